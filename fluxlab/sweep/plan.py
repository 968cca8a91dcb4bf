"""`Plan`: what a sweep costs before anything runs, and in which order it is made."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from fluxlab.errors import FluxlabError
from fluxlab.recipe import Recipe
from fluxlab.sweep.sweep import Sweep
from fluxlab.sweep.tables import shown, table


class Resolver(Protocol):
    """What turns the values of a cell into a whole recipe: the registry of models."""

    def recipe(self, values: Mapping[str, Any]) -> Recipe:
        """The recipe with the model's defaults filled in; refuses what the model ignores."""
        ...

    def key(self, recipe: Recipe) -> str:
        """The content key over effective values and file hashes."""
        ...


@dataclass(frozen=True)
class Cell:
    """One recipe of a sweep.

    Parameters
    ----------
    index
        Its place in the sweep.
    coords
        Its label on every axis.
    recipe
        The whole recipe.
    key
        Its content key; equal keys give equal pixels.
    """

    index: int
    coords: dict[str, Any]
    recipe: Recipe
    key: str


@dataclass(frozen=True)
class Price:
    """What making a plan costs.

    Parameters
    ----------
    images
        Images to make.
    cached
        Images that the catalog has.
    duplicates
        Cells that share the image of another cell.
    steps
        Transformer steps to run; true classifier-free guidance runs each twice.
    encodings
        Different texts to encode, negative prompts included, for each model.
    lora_switches
        How often the set of LoRAs changes in the plan's order, the first one put on included.
    seconds
        Estimate from recorded timings; ``None`` where nothing is recorded for some cell.
    """

    images: int
    cached: int
    duplicates: int
    steps: int
    encodings: int
    lora_switches: int
    seconds: float | None


@dataclass(frozen=True)
class Plan:
    """A sweep with duplicates folded, known results found, an order and a price.

    Parameters
    ----------
    sweep
        Where it comes from.
    cells
        Every cell, in the sweep's order.
    todo
        One cell for each image that must be made, in the order of making: costly changes are outermost.
    known
        Keys of images that the catalog has.
    price
        What making it costs.
    folded
        The indices of cells that share a key, by key, where there are two or more; the first is the one that is made.
    """

    sweep: Sweep
    cells: tuple[Cell, ...]
    todo: tuple[Cell, ...]
    known: frozenset[str]
    price: Price
    folded: dict[str, tuple[int, ...]] = field(hash=False)

    def summary(self) -> str:
        """One line: cells, what is known, what is to be made, and the price."""
        price = self.price
        parts = [_counted(price.cached, "in the catalog", "in the catalog")]
        parts.append(_counted(price.duplicates, "duplicate folded", "duplicates folded"))
        parts.append(f"{price.images:,} to make")
        counts = f"{_counted(len(self.cells), 'cell', 'cells')}: {', '.join(part for part in parts if part)}"
        if not price.images:
            return counts
        costs = [
            counts,
            _counted(price.steps, "step", "steps"),
            _counted(price.encodings, "prompt encoding", "prompt encodings"),
            _counted(price.lora_switches, "LoRA switch", "LoRA switches"),
            "time unknown, nothing recorded yet" if price.seconds is None else _duration(price.seconds),
        ]
        return " · ".join(cost for cost in costs if cost)

    def __repr__(self) -> str:
        return f"Plan({self.summary()})"

    def _repr_html_(self) -> str:
        rows: list[tuple[str, str, str]] = []
        for name, column in self.sweep.axes.items():
            values = ", ".join(map(shown, column[:8])) + ", …" * (len(column) > 8)
            rows.append((name, f"{len(column):,}", values))
        return table(self.summary(), ("axis", "values", ""), rows)


def make_plan(
    sweep: Sweep,
    resolver: Resolver,
    *,
    known: Callable[[Sequence[str]], set[str]],
    seconds: Callable[[Recipe], float | None],
) -> Plan:
    """Resolve every cell, fold duplicates, find what the catalog has, and set the order and the price.

    Parameters
    ----------
    sweep
        What varies.
    resolver
        Fills in recipes and computes keys.
    known
        Which of the keys given the catalog has an image for.
    seconds
        Estimated duration of one image, or ``None``.

    Raises
    ------
    FluxlabError
        Where a cell cannot be made; the message names the cell.
    """
    cells = tuple(_resolved(index, *cell, resolver) for index, cell in enumerate(sweep.cells()))
    shared: dict[str, list[int]] = {}
    for cell in cells:
        shared.setdefault(cell.key, []).append(cell.index)
    found = frozenset(known(list(shared))) & shared.keys()
    seeds = {seed: place for place, seed in enumerate(dict.fromkeys(cell.recipe.seed for cell in cells))}
    todo = _ordered([cells[indices[0]] for key, indices in shared.items() if key not in found], seeds)
    return Plan(
        sweep=sweep,
        cells=cells,
        todo=todo,
        known=frozenset(found),
        price=_price(cells, todo, len(found), seconds),
        folded={key: tuple(indices) for key, indices in shared.items() if len(indices) > 1},
    )


def _resolved(index: int, coords: dict[str, Any], values: dict[str, Any], resolver: Resolver) -> Cell:
    try:
        recipe = resolver.recipe(values)
        return Cell(index, coords, recipe, resolver.key(recipe))
    except FluxlabError as error:
        if not coords:
            raise
        place = ", ".join(f"{name}={shown(value)}" for name, value in coords.items())
        raise type(error)(f"in the cell {place}: {error}") from error


def _loras(recipe: Recipe) -> tuple[str, ...]:
    return tuple(use.name for use in recipe.loras)


def _texts(recipe: Recipe) -> tuple[Hashable, ...]:
    """What the text encoders see, each entry encoded by itself: the prompt, and the negative prompt if there is one."""
    length = recipe.max_sequence_length
    prompt = (recipe.prompt, recipe.prompt_2, length)
    return (prompt,) if recipe.negative_prompt is None else (prompt, (recipe.negative_prompt, None, length))


def _ordered(cells: Sequence[Cell], seeds: Mapping[int, int]) -> tuple[Cell, ...]:
    """Order by cost of change: loading, quantising or compiling a model, LoRAs, encoding a prompt, what costs nothing.

    Models, LoRA sets, prompts, sizes and schedulers keep the order of their first appearance, and seeds that of the
    sweep, by their places in it.
    """
    seen: dict[Hashable, int] = {}

    def rank(*what: Hashable) -> int:
        return seen.setdefault(what, len(seen))

    def cost(cell: Cell) -> tuple[Any, ...]:
        recipe = cell.recipe
        return (
            rank("model", recipe.model),
            rank("levers", recipe.quantization, recipe.attention, recipe.compile),
            rank("loras", _loras(recipe)),
            rank("texts", _texts(recipe)),
            rank("size", recipe.width, recipe.height),
            rank("scheduler", recipe.scheduler),
            recipe.steps,
            -1.0 if recipe.guidance is None else recipe.guidance,
            recipe.true_cfg_scale,
            tuple((use.strength, use.blocks) for use in recipe.loras),
            # Images that differ only late stand side by side, so that their first steps need not be held for long.
            seeds[recipe.seed],
            cell.index,
        )

    return tuple(sorted(cells, key=cost))


def _price(
    cells: Sequence[Cell], todo: Sequence[Cell], cached: int, seconds: Callable[[Recipe], float | None]
) -> Price:
    switches = 0
    before: tuple[str, tuple[str, ...]] | None = None
    for cell in todo:
        now = (cell.recipe.model, _loras(cell.recipe))
        # A freshly loaded model carries no LoRAs.
        worn = before[1] if before is not None and before[0] == now[0] else ()
        switches += now[1] != worn
        before = now
    estimates = [seconds(cell.recipe) for cell in todo]
    certain = [estimate for estimate in estimates if estimate is not None]
    return Price(
        images=len(todo),
        cached=cached,
        duplicates=len(cells) - len(todo) - cached,
        steps=sum(cell.recipe.steps * (2 if cell.recipe.true_cfg_scale > 1 else 1) for cell in todo),
        encodings=len({(cell.recipe.model, text) for cell in todo for text in _texts(cell.recipe)}),
        lora_switches=switches,
        seconds=sum(certain) if len(certain) == len(estimates) else None,
    )


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}" if count else ""


def _duration(seconds: float) -> str:
    if seconds < 1:
        return "under 1 s"
    whole = round(seconds)
    if whole < 100:
        return f"about {whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 100:
        return f"about {minutes} min {rest} s" if minutes < 10 and rest else f"about {minutes} min"
    return f"about {minutes // 60} h {minutes % 60} min"
