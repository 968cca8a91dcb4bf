"""Images as cells that run by themselves."""

import ast

import pytest

from fluxlab import Lab
from fluxlab.recipe import Recipe


async def code(ask_catalog, kind, *made):
    answer = await ask_catalog("code", method="POST", send={"uids": [each.uid for each in made], "kind": kind})
    assert answer.status == 200, answer.body
    return answer.json["code"]


def run(text):
    """What a cell shows: the values that are displayed, and that of its last line."""
    shown = []
    tree = ast.parse(text)
    last = tree.body.pop()
    names = {"display": lambda *values: shown.extend(values)}
    exec(compile(tree, "cell", "exec"), names)  # noqa: S102  (it is ours)
    value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)  # noqa: S307  (the same)
    return shown or [value]


async def test_every_kind_runs_in_a_fresh_kernel_and_shows_the_images(folder, ask_catalog):
    lab = Lab(catalog=folder)
    prompt = "a red square \"quoted\" 'twice'\nand a line"
    made = [lab.generate(prompt, steps=1, seed=seed, width=64, height=64, loras={"ink": 0.5}) for seed in (1, 2)]
    wanted = [each.uid for each in made]
    for several in (made[:1], made):
        here = [each.uid for each in several]
        assert [each.uid for each in run(await code(ask_catalog, "generate", *several))] == here
        assert [each.uid for each in run(await code(ask_catalog, "show", *several))] == here
        (table,) = run(await code(ask_catalog, "frame", *several))
        assert sorted(table.index) == sorted(here)
        (grid,) = run(await code(ask_catalog, "grid", *several))
        assert sorted(cell.generation.uid for cell in grid.cells) == sorted(here)
    (panel,) = run(await code(ask_catalog, "panel", *made))
    assert sorted(cell.generation.uid for cell in panel.grid.cells) == sorted(wanted)
    panel.close()
    assert eval(await code(ask_catalog, "recipe", made[0]), {"Recipe": Recipe}) == made[0].recipe  # noqa: S307  (ours)
    assert eval(await code(ask_catalog, "recipe", *made), {"Recipe": Recipe}) == [m.recipe for m in made]  # noqa: S307
    assert len(lab.catalog.df()) == 2  # nothing was made again


@pytest.mark.parametrize("kind", ["run", "", None, 5, "__import__('os')"])
async def test_another_kind_is_a_sentence(keep, ask_catalog, kind):
    answer = await ask_catalog("code", method="POST", send={"uids": [keep().uid], "kind": kind})
    assert answer.status == 400
    assert answer.json["field"] == "kind"
