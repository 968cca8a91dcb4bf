"""The catalog: a durable index of every image, beside the images themselves, which carry their whole record."""

from fluxlab.catalog.catalog import Catalog
from fluxlab.catalog.draft import Draft
from fluxlab.catalog.generation import Generation
from fluxlab.catalog.images import pixel_hash
from fluxlab.catalog.place import default_folder
from fluxlab.catalog.unrecorded import NotRecordedError

__all__ = ["Catalog", "Draft", "Generation", "NotRecordedError", "default_folder", "pixel_hash"]
