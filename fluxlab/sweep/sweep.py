"""`Sweep`: a base recipe and the axes along which it varies."""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from types import NoneType
from typing import Any, Self, TypedDict, Unpack

from fluxlab.errors import SweepError
from fluxlab.lora_axes import LORA, NAME, STRENGTH, worn_at
from fluxlab.recipe import DRAWN_SEED_END, canonical_json
from fluxlab.sweep import axes as ax
from fluxlab.sweep.design import CELLS_MAX, Group, drawn, grouped, row_numbers
from fluxlab.sweep.ranges import AXIS_MAX, excerpt
from fluxlab.sweep.tables import shown, table
from fluxlab.sweep.template import expand

#: Version of the JSON form.
FORMAT = 1

Coords = dict[str, Any]
Values = dict[str, Any]


class Parameters(TypedDict, total=False):
    """The keywords of `Sweep` that fix or vary something, for editors and type checkers."""

    model: Any
    prompt_2: Any
    negative_prompt: Any
    true_cfg_scale: Any
    seed: Any
    steps: Any
    guidance: Any
    width: Any
    height: Any
    size: Any
    lora: Any
    strength: Any
    max_sequence_length: Any
    scheduler: Any
    guidance_schedule: Any
    step_cache: Any
    attention: Any
    quantization: Any
    compile: Any
    replace: Any
    loras: Any


class Sweep:
    """A base recipe and the axes along which it varies.

    A scalar fixes a parameter; a list, tuple, numpy array or range string (``"1..4"``, ``"1, 2, .., 10"``,
    ``"0..1 (+0.25)"``, ``"1..10 [5]"``) varies it. All combinations are made, the first axis slowest, unless `zip`,
    `where` or `sample` say otherwise. Repeated values are folded, and an axis with one value counts as fixed.

    Parameters
    ----------
    prompt
        A template (``"a {cat|dog}"``, ``"a __animal__"``) or a list of templates. `fluxlab.sweep.escape` turns any
        text into a template for exactly this text.
    zip
        Tuples of axes that advance together: ``[("steps", "guidance")]``. They need as many values each.
    where
        Called with a dict of each cell's coordinates and values; cells for which it is false are left out.
    sample, sample_seed
        Keep this many of the cells, drawn at random with this seed.
    wildcards
        Folder of files for ``__name__`` in templates.
    **values
        Any field of a `fluxlab.Recipe`, and:

        - ``size``: ``"128x160"``, ``(128, 160)`` or a list of these;
        - ``lora``: strengths by name, ``{"ink": [0, 0.5, 1]}``; axes are called ``"lora:ink"``. Factors for parts of
          the model follow the name, ``{"ink": 1, "ink@double": [0, 0.5, 1]}``, see `fluxlab.recipe.Lora`; and
          ``{"ink@only": ["double", "single.0-3"]}`` or ``"ink@without"`` go through parts of which only one acts, or
          one does not;
        - ``lora`` as a list of names, ``["ink", "pixel"]``, with ``strength=[0, 0.5, 1]`` (1 where it is left out):
          each name at each strength; the axes are ``"lora"`` and ``"strength"``;
        - ``replace``: texts by needle, ``{"blue": ["blue", "red"]}``, or a list that begins with the needle; axes are
          called ``"replace:blue"``. All needles are replaced at once, so a replacement is never searched again.

        Without ``seed``, one is drawn for the whole sweep and recorded in `values`.

    Attributes
    ----------
    axes : dict
        Values by axis, in the order given, the prompt first.
    values : dict
        The fixed part of the recipes.
    seed_drawn : bool
        Whether the seed was drawn here.
    template : tuple of str
        The templates as written.

    Raises
    ------
    SweepError
        For anything that cannot be understood, in one sentence.

    Examples
    --------
    >>> sweep = Sweep("a {cat|dog}", seed=[1, 2], steps="4, 8")
    >>> len(sweep)
    8
    """

    axes: dict[str, tuple[Any, ...]]
    values: dict[str, Any]
    seed_drawn: bool
    template: tuple[str, ...]

    def __init__(
        self,
        prompt: str | Sequence[str],
        *,
        zip: Any = (),  # noqa: A002  (the word for axes that advance together; the builtin is not needed here)
        where: Callable[[dict[str, Any]], Any] | None = None,
        sample: int | None = None,
        sample_seed: int = 0,
        wildcards: Path | str | None = None,
        **values: Unpack[Parameters],
    ) -> None:
        self.template = tuple(ax.texts("prompt", prompt))
        if not isinstance(wildcards, (str, PathLike, NoneType)):
            raise SweepError(f"wildcards={excerpt(repr(wildcards))[1:-1]} is no folder: give the path of one, as text.")
        self._sample, self._sample_seed = sample, sample_seed
        self.seed_drawn = values.get("seed") is None
        if self.seed_drawn:
            # The system's randomness, so that a program that seeds Python's own generator still gets fresh images.
            values = {**values, "seed": random.SystemRandom().randrange(DRAWN_SEED_END)}
        varied, fixed = _read(_prompts(self.template, wildcards), values)
        self._arrange(grouped(varied, fixed, zip), tuple(varied), fixed)
        self._kept: Sequence[int] = range(math.prod(len(group.rows) for group in self._groups))
        self._predicate = where is not None
        if where is not None:
            self._kept = self._where(where)
        self._chosen = drawn(self._kept, sample, sample_seed)

    def _arrange(self, groups: Sequence[Group], order: Sequence[str], fixed: Mapping[str, Any]) -> None:
        """Settle axes and fixed values: an axis with one value after folding is fixed."""
        columns = {name: tuple(row[i] for row in group.rows) for group in groups for i, name in enumerate(group.names)}
        distinct = {name: tuple(dict.fromkeys(columns[name])) for name in order}
        self.axes = {name: column for name, column in distinct.items() if len(column) > 1}
        self._base = {**fixed, **{name: column[0] for name, column in distinct.items() if len(column) == 1}}
        self._groups = tuple(
            Group(names, tuple(tuple(row[group.names.index(name)] for name in names) for row in group.rows))
            for group in groups
            if (names := tuple(name for name in group.names if name in self.axes))
        )
        prompts = self.axes.get("prompt", (self._base.get("prompt"),))
        for name in (*self.axes, *self._base):
            needle = name.removeprefix(ax.REPLACE)
            if needle != name and not any(needle in str(prompt) for prompt in prompts):
                raise SweepError(
                    f"replace={{{needle!r}: ...}} finds its needle in no prompt: search for text that occurs in "
                    f"{excerpt(str(prompts[0]))}."
                )
        self.values = self._recipe_values({})
        self._base = dict(sorted(self._base.items()))

    @property
    def fixed(self) -> dict[str, Any]:
        """What does not vary, named as axes are: ``"size"``, ``"lora:ink"``, ``"strength"`` and so on."""
        return dict(self._base)

    @property
    def places(self) -> Sequence[int]:
        """The number of each cell among all combinations, of which `where` and `sample` leave some out."""
        return self._chosen

    def __len__(self) -> int:
        return len(self._chosen)

    def cells(self) -> list[tuple[Coords, Values]]:
        """All cells in order: coordinates by axis, and the partial recipe.

        Returns
        -------
        list of tuple
            Coordinates are JSON-able labels; the values are `fluxlab.Recipe` fields, ``loras`` as ``{name: strength}``.
        """
        return [self._cell(index) for index in self._chosen]

    def _cell(self, index: int) -> tuple[Coords, Values]:
        found: Coords = {}
        for group, number in zip(self._groups, row_numbers(self._groups, index), strict=True):
            found.update(zip(group.names, group.rows[number], strict=True))
        coords = {name: found[name] for name in self.axes}
        return coords, self._recipe_values(coords)

    def _recipe_values(self, coords: Mapping[str, Any]) -> Values:
        values: Values = {}
        replace: dict[str, str] = {}
        given = {**self._base, **coords}
        loras = worn_at(given)
        for name, value in given.items():
            if name == "size":
                values["width"], values["height"] = ax.sides(value)
            elif name in {NAME, STRENGTH} or name.startswith(LORA):
                continue
            elif name.startswith(ax.REPLACE):
                replace[name.removeprefix(ax.REPLACE)] = value
            else:
                values[name] = value
        if loras:
            values["loras"] = loras
        if replace and "prompt" in values:
            # Longest first: of two needles that begin alike, the one that says more is meant.
            needles = "|".join(re.escape(needle) for needle in sorted(replace, key=len, reverse=True))
            values["prompt"] = re.sub(needles, lambda match: replace[match[0]], values["prompt"])
        return values

    def _where(self, where: Callable[[dict[str, Any]], Any]) -> tuple[int, ...]:
        if not callable(where):
            raise SweepError(
                f"where={repr(where)[:60]} is no condition: give a function of one cell's values, such as "
                "where=lambda cell: cell['seed'] > 1."
            )
        kept = []
        for index in self._kept:
            coords, values = self._cell(index)
            try:
                if where({**coords, **values}):
                    kept.append(index)
            except Exception as error:
                raise SweepError(
                    f"where failed with {type(error).__name__}: {error} in the cell {_place(coords)}: "
                    f"it gets a dict with {', '.join(dict.fromkeys((*coords, *values)))}."
                ) from error
        if not kept:
            raise SweepError(
                f"where keeps none of the {len(self._kept):,} cells: it must return True for those that are to be made."
            )
        return tuple(kept)

    def to_json(self) -> str:
        """The sweep as canonical JSON: templates and wildcards expanded, a predicate as the list of kept cells."""
        return canonical_json(
            {
                "format": FORMAT,
                "template": self.template,
                "fixed": self._base,
                "groups": [{"names": group.names, "rows": group.rows} for group in self._groups],
                "axes": list(self.axes),
                "kept": list(self._kept) if self._predicate else None,
                "sample": self._sample,
                "sample_seed": self._sample_seed,
                "seed_drawn": self.seed_drawn,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The sweep that `to_json` wrote.

        Parameters
        ----------
        text
            The JSON.

        Raises
        ------
        SweepError
            For text that is not such a sweep.
        """
        try:
            data = json.loads(text)
            if data["format"] != FORMAT:
                raise SweepError(f"the sweep's format {data['format']!r} is not known, only {FORMAT}: update fluxlab.")
            sweep = cls.__new__(cls)
            sweep._load(data)  # noqa: SLF001  (this class builds itself)
        except SweepError:
            raise
        except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
            raise SweepError(
                f"the text {excerpt(str(text))} is not a sweep ({type(error).__name__}: {error}): "
                "give what Sweep.to_json() returned."
            ) from None
        return sweep

    def _load(self, data: dict[str, Any]) -> None:
        self.template = tuple(ax.texts("prompt", data["template"]))
        self._sample, self._sample_seed = data["sample"], data["sample_seed"]
        self.seed_drawn = bool(data["seed_drawn"])
        columns = {
            name: [_checked(name, row[i]) for row in group["rows"]]
            for group in data["groups"]
            for i, name in enumerate(group["names"])
        }
        if any(len(column) > CELLS_MAX for column in columns.values()):
            raise SweepError(f"the sweep has a group of more than {CELLS_MAX:,} rows, the most that is allowed.")
        fixed = {name: _checked(name, value) for name, value in data["fixed"].items()}
        zipped = [tuple(group["names"]) for group in data["groups"] if len(group["names"]) > 1]
        varied = {name: columns[name] for name in data["axes"]}
        self._arrange(grouped(varied, fixed, zipped), tuple(varied), fixed)
        count = math.prod(len(group.rows) for group in self._groups)
        kept = data["kept"]
        self._predicate = kept is not None
        self._kept = range(count) if kept is None else tuple(sorted({range(count)[index] for index in kept}))
        self._chosen = drawn(self._kept, self._sample, self._sample_seed)

    def __eq__(self, other: object) -> bool:
        return self.to_json() == other.to_json() if isinstance(other, Sweep) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.to_json())

    def __repr__(self) -> str:
        parts = [f"{'+'.join(group.names)} ({len(group.rows)})" for group in self._groups]
        text = f"Sweep of {len(self):,} cell{'s' * (len(self) != 1)}: {' × '.join(parts) or 'no axis'}"
        left_out = math.prod(len(group.rows) for group in self._groups) - len(self)
        if left_out:
            text += f", {left_out:,} left out"
        fixed = ", ".join(f"{name}={shown(value)}" for name, value in self._base.items())
        return f"{text}; fixed: {fixed}{' (seed drawn)' if self.seed_drawn else ''}"

    def _repr_html_(self) -> str:
        rows: list[tuple[str, Any, str]] = []
        for name, column in self.axes.items():
            rows.append((name, len(column), ", ".join(map(shown, column[:8])) + ", …" * (len(column) > 8)))
        for name, value in self._base.items():
            rows.append((name, "", shown(value) + " (drawn)" * (name == "seed" and self.seed_drawn)))
        return table(repr(self).partition("; fixed: ")[0], ("parameter", "values", ""), rows)


def _prompts(templates: Sequence[str], wildcards: Path | str | None) -> list[str]:
    prompts: dict[str, None] = {}
    for template in templates:
        prompts.update(dict.fromkeys(expand(template, wildcards)))
        if len(prompts) > AXIS_MAX:
            raise ax.too_many("prompt")
    return [ax.check("prompt", prompt) for prompt in prompts]


def _read(prompts: list[str], given: Mapping[str, Any]) -> tuple[dict[str, list[Any]], dict[str, Any]]:
    """Axes and fixed values under their axis names."""
    varied: dict[str, list[Any]] = {}
    fixed: dict[str, Any] = {}

    def take(name: str, found: tuple[list[Any], bool]) -> None:
        values, is_axis = found
        if is_axis:
            varied[name] = values
        else:
            fixed[name] = values[0]

    take("prompt", (prompts, len(prompts) > 1))
    loras = ax.lora_axes(given)
    for name, value in given.items():
        ax.check_name(name)
        if value is None:
            continue  # left out: the model's default holds
        if name in {"lora", "loras", "strength"}:
            own = (name == "strength" or given.get("strength") is None, name != "strength")
            for axis in [axis for axis in loras if own[axis != STRENGTH]]:
                take(axis, ax.read(axis, loras.pop(axis)))
        elif name == "replace":
            for needle, texts in ax.replacements(value).items():
                take(ax.REPLACE + needle, (texts, len(texts) > 1))
        else:
            take(name, ax.read(name, value))
    both = {*varied, *fixed}
    if "size" in both and both & {"width", "height"}:
        raise SweepError("size and width or height are both given: size sets both sides, so give one or the other.")
    return varied, fixed


def _checked(name: str, value: Any) -> Any:
    """A value from JSON: as strict as one that a person gave."""
    if name.startswith(ax.REPLACE) and isinstance(value, str) and name != ax.REPLACE:
        return value
    if name != "prompt" and not name.startswith(LORA):
        ax.check_name(name)
    return ax.check(name, value)


def _place(coords: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={shown(value)}" for name, value in coords.items()) or "without axes"
