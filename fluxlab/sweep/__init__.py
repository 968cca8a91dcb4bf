"""What varies, and what it costs: axes, ranges, templates, designs and the plan."""

from fluxlab.sweep.listed import sweep_of
from fluxlab.sweep.plan import Cell, Plan, Price, Resolver, make_plan
from fluxlab.sweep.ranges import parse_range
from fluxlab.sweep.sweep import Sweep
from fluxlab.sweep.template import escape, expand

__all__ = ["Cell", "Plan", "Price", "Resolver", "Sweep", "escape", "expand", "make_plan", "parse_range", "sweep_of"]
