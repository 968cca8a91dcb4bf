"""The modules of a model by what they are looked at for, walked through once for as long as its structure lasts.

What is kept is which modules there are; their state is read from them whenever it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary


@dataclass(frozen=True, eq=False)
class Anatomy:
    """The modules of one model.

    Attributes
    ----------
    adaptable
        Paths and modules that can carry LoRA weights.
    attentions
        Attention layers: those with a processor.
    holders
        Modules with weights of their own.
    """

    adaptable: tuple[tuple[str, Any], ...]
    attentions: tuple[Any, ...]
    holders: tuple[Any, ...]
    _adapters: tuple[Any, ...]

    def is_of(self, adapters: tuple[Any, ...]) -> bool:
        """Whether it was taken with these very adapters: loading one, even the same file again, makes a new object."""
        return len(adapters) == len(self._adapters) and all(map(_is, adapters, self._adapters))


_KNOWN: WeakKeyDictionary[Any, Anatomy] = WeakKeyDictionary()


def anatomy(model: Any) -> Anatomy:
    """The modules of a model; walks through them where adapters have come or gone since the last time.

    Parameters
    ----------
    model
        A component of a pipeline. Only adapters change the structure of one that is loaded.
    """
    adapters = tuple((getattr(model, "peft_config", None) or {}).values())
    known = _KNOWN.get(model)
    if known is None or not known.is_of(adapters):
        known = _KNOWN[model] = _walk(model, adapters)
    return known


def forget(model: Any) -> None:
    """Walk through a model anew next time: loading an adapter was cut short, which may have left modules behind."""
    _KNOWN.pop(model, None)


def _walk(model: Any, adapters: tuple[Any, ...]) -> Anatomy:
    from peft.tuners.tuners_utils import BaseTunerLayer

    modules = list(model.named_modules())
    return Anatomy(
        adaptable=tuple((path, module) for path, module in modules if isinstance(module, BaseTunerLayer)),
        attentions=tuple(module for _, module in modules if hasattr(module, "processor")),
        holders=tuple(module for _, module in modules if module._parameters),  # noqa: SLF001  (its own, not its children's)
        _adapters=adapters,
    )


def _is(one: Any, other: Any) -> bool:
    return one is other
