"""Provenance in image files: what other programs wrote is read, and what they can read is written."""

from fluxlab.catalog.formats.comfy_graph import comfy_graph, comfy_notes
from fluxlab.catalog.formats.embed import embed_record
from fluxlab.catalog.formats.foreign import Foreign
from fluxlab.catalog.formats.infotext import parameters
from fluxlab.catalog.formats.read import read_foreign
from fluxlab.catalog.formats.strip import strip

__all__ = ["Foreign", "comfy_graph", "comfy_notes", "embed_record", "parameters", "read_foreign", "strip"]
