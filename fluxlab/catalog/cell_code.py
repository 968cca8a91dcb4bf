"""Images of the catalog as the Python of a notebook's cell, which runs by itself in a fresh kernel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fluxlab.catalog.generation import Generation
from fluxlab.catalog.recipe_code import arguments, call, generate_code
from fluxlab.errors import CatalogError, QueryError, RecipeError, brief, nearest
from fluxlab.recipe import Recipe

#: What another program wrote by a name of ours means the same here; its models and schedulers have names of their own.
_SAID_BY_OTHERS = ("seed", "steps", "guidance", "width", "height", "negative_prompt")


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
        When an imported image does not say enough.
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
    calls = [(_remark(each), generate_code(_recipe(each))) for each in generations]
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
    codes = [_recipe_code(_recipe(each)) for each in generations]
    return codes[0] if len(codes) == 1 else "[\n" + "".join(f"    {_indented(code)},\n" for code in codes) + "]"


def _of(generations: Sequence[Generation], name: str) -> str:
    # What failed is among them where it was chosen.
    status = {} if all(each.status == "ok" for each in generations) else {"status": None}
    return call(name, uid=_uids(generations), **status)


def _uids(generations: Sequence[Generation]) -> list[str]:
    return [each.uid for each in generations]


def _recipe_code(recipe: Recipe) -> str:
    return call("Recipe", prompt=recipe.prompt, **arguments(recipe.values()))


def _indented(code: str) -> str:
    return code.replace("\n", "\n    ")


def _recipe(generation: Generation) -> Recipe:
    """The recipe; of an imported image what its program wrote, as far as it means the same here."""
    if generation.imported is None:
        return generation.recipe
    told = generation.parameters
    said: dict[str, Any] = {name: told[name] for name in _SAID_BY_OTHERS if told.get(name) is not None}
    try:
        return Recipe(prompt=str(told.get("prompt") or ""), **said)
    except RecipeError as error:
        raise CatalogError(
            f"generation {generation.uid[:8]} was imported, and what it says makes no recipe here ({error}): write one "
            "from what .parameters holds."
        ) from None


def _remark(generation: Generation) -> str:
    """What is not repeated of an imported image, as a comment."""
    if generation.imported is None:
        return ""
    model = generation.parameters.get("model")
    made = f"{generation.source!r}" + (f" with the model {brief(model)}" if model else "")
    return f"# Made by {made}: this repeats what it wrote down, with another model.\n"


KINDS: dict[str, Callable[[str, Sequence[Generation]], str]] = {
    "generate": _generate,
    "show": _show,
    "frame": _frame,
    "grid": _grid,
    "panel": _panel,
    "recipe": _recipes,
}
