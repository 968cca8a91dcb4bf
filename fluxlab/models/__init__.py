"""Models: what each one is and takes, where its files are, and loading them once per process."""

from fluxlab.models.builtin import BUILTIN
from fluxlab.models.loading import Loaded, load, loaded
from fluxlab.models.lora_parts import listed_parts
from fluxlab.models.loras import LoraFile, add_lora, added_loras, as_recorded, bundled_loras, find_lora
from fluxlab.models.memory_report import MemoryReport, memory_report
from fluxlab.models.resolve import Resolver, complete, effective
from fluxlab.models.spec import ModelSpec, get_spec, model_names, register
from fluxlab.models.table import model_rows, needs_download
from fluxlab.models.tokens import TokenCounts, count_tokens

__all__ = [
    "Loaded",
    "LoraFile",
    "MemoryReport",
    "ModelSpec",
    "Resolver",
    "TokenCounts",
    "add_lora",
    "added_loras",
    "as_recorded",
    "bundled_loras",
    "complete",
    "count_tokens",
    "effective",
    "find_lora",
    "get_spec",
    "listed_parts",
    "load",
    "loaded",
    "memory_report",
    "model_names",
    "model_rows",
    "needs_download",
    "register",
]

for _spec in BUILTIN:
    register(_spec)
