"""Loading without a word: no progress bars, nothing about torchvision, and everything as before afterwards."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

#: Where transformers tells that FLUX's unused image processor runs without torchvision.
IMPORTS = "transformers.utils.import_utils"


def _matters(record: logging.LogRecord) -> bool:
    return "requires torchvision" not in record.getMessage()


@contextmanager
def quiet() -> Iterator[None]:
    """Keep diffusers and transformers from drawing bars and from naming torchvision; other warnings come through.

    The first import of diffusers belongs inside. Levels, handlers and the switches for progress bars that a person has
    set are the same afterwards.
    """
    imports = logging.getLogger(IMPORTS)
    imports.addFilter(_matters)
    try:
        from diffusers.utils import logging as of_diffusers
        from transformers.utils import logging as of_transformers

        # transformers' public switch would turn the bars of huggingface_hub off and on as well.
        switches = [vars(of_diffusers), vars(of_transformers)]
        before = [switch.get("_tqdm_active", True) for switch in switches]
        try:
            for switch in switches:
                switch["_tqdm_active"] = False
            yield
        finally:
            for switch, active in zip(switches, before, strict=True):
                switch["_tqdm_active"] = active
    finally:
        imports.removeFilter(_matters)
