"""Images as cells that run by themselves."""

import ast
import io
import json
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from fluxlab import Lab, Sweep
from fluxlab.recipe import Recipe

GOLDEN = Path(__file__).parents[1] / "catalog" / "formats" / "golden"


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


async def test_a_catalog_in_the_folder_of_the_notebook_is_named_from_there(folder, ask_catalog, monkeypatch):
    made = Lab(catalog=folder).generate("a fox", steps=1, seed=1, width=64, height=64)

    async def named(notebook):
        send = {"uids": [made.uid], "kind": "show", "folder": notebook}
        text = (await ask_catalog("code", method="POST", send=send)).json["code"]
        return ast.literal_eval(ast.parse(text).body[1].value.args[0]), text

    for notebook, wanted in (("work", ".fluxlab"), ("", "work/.fluxlab"), ("/work/", ".fluxlab")):
        path, text = await named(notebook)
        assert path == wanted
        monkeypatch.chdir(folder.parents[1] / notebook.strip("/"))
        (shown,) = run(text)
        assert shown.uid == made.uid
    for elsewhere in ("other", "work/deep", "work/.fluxlab", "..", "../..", "work/../../..", "/\0", "\ud800"):
        path, _ = await named(elsewhere)
        assert path == str(folder)
    refused = await ask_catalog("code", method="POST", send={"uids": [made.uid], "kind": "show", "folder": 3})
    assert refused.status == 400
    assert refused.json == {"message": "folder=3 is no folder: give text, or leave it out.", "field": "folder"}


def said(text):
    """Prompt and parameters of the call that a cell ends with."""
    call = ast.parse(text).body[-1].value
    (prompt,) = call.args
    return {"prompt": ast.literal_eval(prompt), **{word.arg: ast.literal_eval(word.value) for word in call.keywords}}


async def test_images_of_every_other_program_become_code(folder, ask_catalog):
    lab = Lab(catalog=folder)
    imported = []
    for name in json.loads((GOLDEN / "expected.json").read_text(encoding="utf-8")):
        uid, _ = lab.catalog.import_bytes((GOLDEN / name).read_bytes(), name)
        made = lab.catalog.get(uid)
        for kind in ("generate", "show", "frame", "grid", "panel", "recipe"):
            ast.parse(await code(ask_catalog, kind, made))
        if made.imported is None:  # our own program wrote it
            continue
        imported.append(made)
        text = await code(ask_catalog, "recipe", made)
        recipe = eval(text, {"lab": lab})  # noqa: S307  (it is ours)
        told = made.parameters
        assert recipe.prompt == told["prompt"]
        assert recipe.model == lab.model
        for field in ("prompt_2", "negative_prompt", "seed", "steps", "guidance", "width", "height"):
            if told.get(field) is not None:
                assert getattr(recipe, field) == told[field], (name, field)
        remark = text.splitlines()[0]
        assert remark.startswith(f"# Made by '{made.source}'")
        for field in ("loras", "sampler"):
            assert (field in remark) == bool(told.get(field)), (name, remark)
        cell = await code(ask_catalog, "generate", made)
        assert remark in cell
        assert said(cell) == said(text)
    together = eval(await code(ask_catalog, "recipe", *imported), {"lab": lab})  # noqa: S307  (the same)
    assert [each.prompt for each in together] == [each.parameters["prompt"] for each in imported]


def drawn(words, size):
    """An image as another program writes it."""
    about, stream = PngInfo(), io.BytesIO()
    about.add_text("parameters", words)
    Image.new("RGB", size, "teal").save(stream, "PNG", pnginfo=about)
    return stream.getvalue()


async def test_code_of_another_program_runs_and_leaves_out_what_no_model_here_takes(folder, ask_catalog):
    lab = Lab(catalog=folder)
    words = "a fox\nNegative prompt: fog\nSteps: 1, Sampler: Euler, CFG scale: 1, Seed: 5, Size: 64x50"
    uid, _ = lab.catalog.import_bytes(drawn(words, (64, 50)), "fox.png")
    text = await code(ask_catalog, "generate", lab.catalog.get(uid))
    assert "without its height, negative_prompt, sampler; it wrote down no guidance." in text
    (made,) = run(text)
    assert (made.recipe.prompt, made.recipe.seed, made.recipe.steps, made.recipe.width) == ("a fox", 5, 1, 64)
    assert made.recipe.negative_prompt is None


@pytest.mark.parametrize("kind", ["run", "", None, 5, "__import__('os')"])
async def test_another_kind_is_a_sentence(keep, ask_catalog, kind):
    answer = await ask_catalog("code", method="POST", send={"uids": [keep().uid], "kind": kind})
    assert answer.status == 400
    assert answer.json["field"] == "kind"


async def test_an_image_of_a_batch_says_that_it_is_not_made_again_to_the_bit(folder, ask_catalog):
    lab = Lab(catalog=folder)
    grid = lab.run(Sweep("a fox", seed=[1, 2], steps=1, size="64x64"), mode="fast", progress=False)
    text = await code(ask_catalog, "generate", grid.cells[0].generation)
    assert "# Made in a batch (mode='fast'): made again alone, its last bits differ." in text
    alone = await code(ask_catalog, "generate", lab.generate("a fox", seed=3, steps=1, width=64, height=64))
    assert "#" not in alone


async def test_only_an_image_of_a_sweep_names_a_sweep_that_can_be_opened(folder, ask_catalog):
    lab = Lab(catalog=folder)
    alone = lab.generate("a fox", seed=3, steps=1, width=64, height=64)
    swept = lab.run(Sweep("a fox", seed=[1, 2], steps=1, size="64x64"), progress=False).cells[0].generation
    runs = {item["uid"]: item["run"] for item in (await ask_catalog("generations")).json["items"]}
    assert runs[alone.uid] is None
    assert (await ask_catalog("grid", run=runs[swept.uid])).status == 200
