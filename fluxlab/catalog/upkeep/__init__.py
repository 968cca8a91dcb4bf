"""Upkeep of a catalog: look for damage and repair it, build the index anew from the images, back everything up."""

from fluxlab.catalog.upkeep.backup import Backup, backup
from fluxlab.catalog.upkeep.fsck import fsck
from fluxlab.catalog.upkeep.rebuild import Rebuilt, rebuild
from fluxlab.catalog.upkeep.report import KINDS, Finding, Report

__all__ = ["KINDS", "Backup", "Finding", "Rebuilt", "Report", "backup", "fsck", "rebuild"]
