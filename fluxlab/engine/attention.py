"""The attention backend of one image: set before it, and as it came again after it, for the whole process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fluxlab.errors import ModelError
from fluxlab.levers import NATIVE
from fluxlab.models.anatomy import anatomy
from fluxlab.models.quiet import quiet

#: Where diffusers keeps the backend of a layer; a layer without one follows the default of the process.
_FIELD = "_attention_backend"


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
    if _used(transformer) == wanted:
        yield wanted
        return
    # The layers get their own state back and not a word for the same: compiled blocks look at what is set in them.
    before = [(processor, vars(processor).get(_FIELD)) for processor in _processors(transformer)]
    try:
        _set(transformer, wanted)
        yield _used(transformer)
    finally:
        _set(transformer, NATIVE)
        for processor, backend in before:
            vars(processor).pop(_FIELD, None)
            if backend is not None:
                setattr(processor, _FIELD, backend)


def _set(transformer: Any, name: str) -> None:
    try:
        with quiet():
            transformer.set_attention_backend(name)
    except Exception as error:
        reason = " ".join(str(error).split())[:300]
        raise ModelError(f"attention={name!r} cannot be used ({reason}): leave attention out.") from error


def _processors(transformer: Any) -> list[Any]:
    return [layer.processor for layer in anatomy(transformer).attentions]


def _used(transformer: Any) -> str:
    """The backends that the layers would use; one name where all agree."""
    from diffusers.models.attention_dispatch import _AttentionBackendRegistry

    default, _ = _AttentionBackendRegistry.get_active_backend()
    used = {getattr(processor, _FIELD, None) or default for processor in _processors(transformer)}
    return ", ".join(sorted(str(getattr(backend, "value", backend)) for backend in used))
