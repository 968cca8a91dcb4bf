"""Step caches by text: ``"first_block"``, ``"first_block:0.12"`` or ``"taylorseer:interval=4,order=2"``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fluxlab.errors import nearest


@dataclass(frozen=True)
class Setting:
    """One number of a step cache: its default, its bounds (both allowed), and whether it is a whole number."""

    default: float
    low: float
    high: float
    whole: bool = False


#: Every cache and its settings; the first setting may be written without its name. The defaults are diffusers' own.
CACHES: dict[str, dict[str, Setting]] = {
    "first_block": {"threshold": Setting(0.05, 1e-6, 10.0)},
    "taylorseer": {
        "interval": Setting(5, 2, 1000, whole=True),
        "order": Setting(1, 0, 4, whole=True),
        "warmup": Setting(3, 1, 1000, whole=True),
    },
    "magcache": {
        "threshold": Setting(0.06, 1e-6, 10.0),
        "max_skip": Setting(3, 1, 1000, whole=True),
        "retention": Setting(0.2, 0.0, 1.0),
    },
    "pab": {
        "every": Setting(2, 2, 1000, whole=True),
        "low": Setting(100, 0, 1000, whole=True),
        "high": Setting(800, 0, 1000, whole=True),
    },
}
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:[eE]-?[0-9]{1,2})?|\.[0-9]+")


@dataclass(frozen=True)
class StepCache:
    """A step cache with all of its settings."""

    name: str
    settings: dict[str, float]

    def __str__(self) -> str:
        """The one spelling: every setting by name, defaults written out."""
        return f"{self.name}:{','.join(f'{key}={_written(value)}' for key, value in self.settings.items())}"

    def whole(self, setting: str) -> int:
        """A setting that is a whole number."""
        return int(self.settings[setting])


def parse_step_cache(text: str) -> StepCache:
    """Read a step cache.

    Parameters
    ----------
    text
        ``name``, ``name:value`` for the first setting, or ``name:setting=value,setting=value``.

    Raises
    ------
    ValueError
        For an unknown cache or setting, and a value out of range.
    """
    name, colon, rest = text.strip().partition(":")
    name = name.strip()
    if name not in CACHES:
        raise ValueError(f"is no step cache:{nearest(name, CACHES)} {_allowed()}")
    known = CACHES[name]
    settings = {key: setting.default for key, setting in known.items()}
    given: set[str] = set()
    for place, part in enumerate(rest.split(",") if colon else ()):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals and place == 0:
            key, value = next(iter(known)), key
        if key not in known:
            raise ValueError(
                f"has an unknown setting {key[:40]!r}:{nearest(key, known)} {name} takes {', '.join(known)}"
            )
        if key in given:
            raise ValueError(f"gives {key} twice: write it once")
        given.add(key)
        settings[key] = _number(key, value, known[key])
    if name == "pab" and settings["low"] >= settings["high"]:
        raise ValueError(
            "has an empty range of timesteps: low must be below high, as in 'pab:every=2,low=100,high=800'"
        )
    return StepCache(name, settings)


def check_step_cache(text: str) -> str:
    """The text itself, once it was understood; for a field of the recipe.

    Raises
    ------
    ValueError
        As `parse_step_cache`.
    """
    parse_step_cache(text)
    return text


def _number(key: str, value: str, setting: Setting) -> float:
    kind = "a whole number" if setting.whole else "a number"
    if not _NUMBER.fullmatch(value):
        raise ValueError(f"needs a number for {key}, not {value[:40]!r}: give {kind} {_bounds(setting)}")
    number = float(value)
    if not setting.low <= number <= setting.high or (setting.whole and number != int(number)):
        raise ValueError(f"has {key}={value[:40]}, which is not allowed: {key} must be {kind} {_bounds(setting)}")
    return number


def _bounds(setting: Setting) -> str:
    return f"from {_written(setting.low)} to {_written(setting.high)}"


def _written(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))


def _allowed() -> str:
    shapes = (str(StepCache(name, {k: s.default for k, s in settings.items()})) for name, settings in CACHES.items())
    return f"allowed are {', '.join(shapes)}, where every setting may be left out"
