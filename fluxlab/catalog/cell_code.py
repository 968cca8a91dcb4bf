"""Images of the catalog as the Python of a notebook's cell, which runs by itself in a fresh kernel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fluxlab.catalog.generation import Generation
from fluxlab.catalog.recipe_code import UNSET, arguments, call, generate_code
from fluxlab.errors import CatalogError, QueryError, RecipeError, brief, nearest
from fluxlab.recipe import Recipe

#: What another program wrote by a name of ours means the same here.
_SAID_BY_OTHERS = ("prompt_2", "seed", "steps", "guidance", "width", "height")
#: These two have an effect only together.
_TWO_PASSES = ("negative_prompt", "true_cfg_scale")
#: These name what only the other program has.
_OF_OTHERS = ("loras", "sampler", "scheduler_name")
#: Fills a recipe up, so that one value of it can be checked; a cell leaves it to the model.
_FILLED: dict[str, Any] = {"prompt": "", "seed": 0, "steps": 1, "width": 64, "height": 64, "max_sequence_length": 1}


def cell_code(kind: str, path: str, generations: Sequence[Generation]) -> str:
    """The code of a cell.

    Parameters
    ----------
    kind
        ``"generate"`` makes them again or finds them, ``"show"`` takes them from the catalog, ``"frame"`` is their
        table, ``"grid"`` and ``"panel"`` put them side by side, ``"recipe"`` is no cell but their recipes alone.
    path
        Of the catalog, as Python opens it.
    generations
        One or more.

    Raises
    ------
    QueryError
        For another kind.
    CatalogError
        When the prompt of an imported image is none that a recipe takes.
    """
    if kind not in KINDS:
        raise QueryError(
            f"kind={brief(kind)} is not known:{nearest(str(kind), KINDS)} Give {', '.join(KINDS)}.", "kind"
        )
    return KINDS[kind](path, generations)


def _lab(path: str) -> str:
    return f"from fluxlab import Lab\n\nlab = Lab(catalog={path!r})\n"


def _catalog(path: str) -> str:
    return f"from fluxlab import Catalog\n\ncatalog = Catalog({path!r})\n"


def _generate(path: str, generations: Sequence[Generation]) -> str:
    calls = [(_remark(each), _generate_code(each)) for each in generations]
    if len(calls) == 1:
        remark, code = calls[0]
        return f"{_lab(path)}{remark}{code}"
    return _lab(path) + "\n".join(f"{remark}display({code})" for remark, code in calls)


def _show(path: str, generations: Sequence[Generation]) -> str:
    if len(generations) == 1:
        return f"{_catalog(path)}catalog.get({generations[0].uid!r})"
    return f"{_catalog(path)}display(*{call('catalog.get_many', _uids(generations))})"


def _frame(path: str, generations: Sequence[Generation]) -> str:
    return _catalog(path) + _of(generations, "catalog.df")


def _grid(path: str, generations: Sequence[Generation]) -> str:
    return _catalog(path) + _of(generations, "catalog.grid")


def _panel(path: str, generations: Sequence[Generation]) -> str:
    return f"{_lab(path)}grid = {_of(generations, 'lab.catalog.grid')}\nlab.panel.grid(grid)"


def _recipes(_: str, generations: Sequence[Generation]) -> str:
    codes = [_remark(each) + _recipe_code(each) for each in generations]
    return codes[0] if len(codes) == 1 else "[\n" + "".join(f"    {_indented(code)},\n" for code in codes) + "]"


def _of(generations: Sequence[Generation], name: str) -> str:
    # What failed is among them where it was chosen.
    status = {} if all(each.status == "ok" for each in generations) else {"status": None}
    return call(name, uid=_uids(generations), **status)


def _uids(generations: Sequence[Generation]) -> list[str]:
    return [each.uid for each in generations]


def _generate_code(generation: Generation) -> str:
    if generation.imported is None:
        return generate_code(generation.recipe)
    return call("lab.generate", _prompt(generation), **_said(generation))


def _recipe_code(generation: Generation) -> str:
    if generation.imported is None:
        recipe = generation.recipe
        return call("Recipe", prompt=recipe.prompt, **arguments(recipe.values()))
    # Only a lab fills in what another program did not say.
    return call("lab.recipe", _prompt(generation), **_said(generation))


def _indented(code: str) -> str:
    return code.replace("\n", "\n    ")


def _prompt(generation: Generation) -> str:
    """The prompt of an imported image."""
    prompt = generation.parameters.get("prompt") or ""
    try:
        return Recipe(**{**_FILLED, "prompt": prompt}).prompt
    except RecipeError as error:
        raise CatalogError(
            f"generation {generation.uid[:8]} was imported, and its prompt makes no recipe here ({error}): write one "
            "from what .parameters holds."
        ) from None


def _said(generation: Generation) -> dict[str, Any]:
    """What the program of an imported image wrote beside the prompt, as far as it means the same here."""
    told = generation.parameters
    said: dict[str, Any] = {}
    for names in (*((name,) for name in _SAID_BY_OTHERS), _TWO_PASSES):
        values = {name: told[name] for name in names if told.get(name) is not None}
        if len(values) == len(names) and _allowed(values):
            said |= values
    return said


def _allowed(values: dict[str, Any]) -> bool:
    try:
        Recipe(**{**_FILLED, **values})
    except RecipeError:
        return False
    return True


def _remark(generation: Generation) -> str:
    """What the code does not repeat, as a comment: other programs wrote down less, and batches differ."""
    if generation.imported is None:
        fast = "# Made in a batch (mode='fast'): made again alone, its last bits differ.\n"
        return fast if generation.mode == "fast" else ""
    told, said = generation.parameters, _said(generation)
    model = told.get("model")
    made = brief(generation.source) + (f" with the model {brief(model)}" if model else "")
    names = (*_SAID_BY_OTHERS, *_TWO_PASSES, *_OF_OTHERS)
    left = [name for name in names if name not in said and told.get(name) not in (None, "", {}, UNSET.get(name))]
    without = f" and without its {', '.join(left)}" if left else ""
    silent = [name for name in ("prompt", "seed", "steps", "guidance") if told.get(name) in (None, "")]
    unsaid = f"; it wrote down no {', '.join(silent)}" if silent else ""
    return f"# Made by {made}: this repeats what it wrote down, with another model{without}{unsaid}.\n"


KINDS: dict[str, Callable[[str, Sequence[Generation]], str]] = {
    "generate": _generate,
    "show": _show,
    "frame": _frame,
    "grid": _grid,
    "panel": _panel,
    "recipe": _recipes,
}
