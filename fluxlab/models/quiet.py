"""Loading without a word: no progress bars, nothing about torchvision, and everything as before afterwards."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Messages that tell a user of fluxlab nothing, and the loggers they come from: transformers notes that FLUX's unused
#: image processor runs without torchvision and lists the weights of earlier LoRAs as missing from the file of the next
#: one, diffusers that a LoRA leaves a component alone or cannot be loaded, which is an error then, each time that
#: attention backends are new, and that none of the modules of a single file must stay in float32. With torchao
#: installed, diffusers imports it: it notes which kernels for other hardware it has not loaded, torch that it registers
#: a type in an old way, and diffusers that it lacks types of older versions and that integers are made for bfloat16,
#: though they work in float32 too.
IDLE = {
    "diffusers.models.modeling_utils": (
        "Attention backends are an experimental feature",
        "should be kept in float32: []",
    ),
    "transformers.utils.import_utils": ("requires torchvision",),
    "diffusers.loaders.lora_base": ("No LoRA keys associated to",),
    "diffusers.loaders.peft": ("No LoRA keys associated to", "was unsuccessful with the following error"),
    "transformers.integrations.peft": ("LOAD REPORT",),
    "diffusers.quantizers.torchao.torchao_quantizer": ("for integer quantization", "Unable to import `torchao` Tensor"),
    "torch.utils._pytree": ("is an Enum subclass",),
    "torchao": ("Failed to load",),
}

#: The switches are the process's own: of two threads at once, the second would take the first one's for a person's.
_ONE_AT_A_TIME = threading.RLock()


def _filter(idle: tuple[str, ...]) -> Callable[[logging.LogRecord], bool]:
    return lambda record: not any(text in record.getMessage() for text in idle)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep diffusers and transformers from drawing bars and from idle messages; other warnings come through.

    The first import of diffusers belongs inside. Levels, handlers and the switches for progress bars that a person has
    set are the same afterwards.
    """
    with _ONE_AT_A_TIME, _hidden():
        yield


@contextmanager
def _hidden() -> Iterator[None]:
    filters = [(logging.getLogger(name), _filter(idle)) for name, idle in IDLE.items()]
    for logger, idle in filters:
        logger.addFilter(idle)
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
        for logger, idle in filters:
            logger.removeFilter(idle)
