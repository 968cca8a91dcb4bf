"""The attention backend of one image: set before it, and torch's own again after it, for the whole process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fluxlab.errors import ModelError
from fluxlab.levers import NATIVE
from fluxlab.models.quiet import quiet


@contextmanager
def attention_backend(transformer: Any, name: str | None) -> Iterator[str]:
    """Let a backend compute attention inside the block; gives the name as it was read back.

    diffusers keeps the backend in every attention layer and as a default of the process, which other pipelines take:
    afterwards the layers are as they came, and the default is native.

    Raises
    ------
    ModelError
        When the backend cannot be used here.
    """
    wanted = name or NATIVE
    if _used(transformer) != wanted:
        _set(transformer, wanted)
    try:
        yield _used(transformer)
    finally:
        if name not in {None, NATIVE}:
            _set(transformer, NATIVE)
            # The layers follow the default again: compiled blocks look at what is set in them.
            with quiet():
                transformer.reset_attention_backend()


def _set(transformer: Any, name: str) -> None:
    try:
        with quiet():
            transformer.set_attention_backend(name)
    except Exception as error:
        reason = " ".join(str(error).split())[:300]
        raise ModelError(f"attention={name!r} cannot be used ({reason}): leave attention out.") from error


def _used(transformer: Any) -> str:
    """The backends that the layers would use, and the default of the process; one name where all agree."""
    from diffusers.models.attention_dispatch import _AttentionBackendRegistry

    default, _ = _AttentionBackendRegistry.get_active_backend()
    processors = [module.processor for module in transformer.modules() if hasattr(module, "processor")]
    used = {getattr(processor, "_attention_backend", None) or default for processor in processors} | {default}
    return ", ".join(sorted(str(getattr(backend, "value", backend)) for backend in used))
