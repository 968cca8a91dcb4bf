"""Models: what each one is and takes, where its files are, and loading them once per process."""

from fluxlab.models.loading import Loaded, load
from fluxlab.models.loras import LoraFile, bundled_loras, find_lora
from fluxlab.models.memory_report import MemoryReport, memory_report
from fluxlab.models.resolve import Resolver, complete, effective
from fluxlab.models.spec import ModelSpec, get_spec, model_names, register

__all__ = [
    "Loaded",
    "LoraFile",
    "MemoryReport",
    "ModelSpec",
    "Resolver",
    "bundled_loras",
    "complete",
    "effective",
    "find_lora",
    "get_spec",
    "load",
    "memory_report",
    "model_names",
    "register",
]
