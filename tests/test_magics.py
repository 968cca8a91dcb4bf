"""The magics in a real shell: what a reader types, sees, and gets."""

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from fluxlab import Grid, Lab, Sweep
from fluxlab.errors import CatalogError, SweepError
from fluxlab.magics.commands import _one_sentence
from fluxlab.magics.sweep_text import read_sweep


@pytest.fixture
def shell(tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    quiet = Config()
    quiet.HistoryManager.enabled = False
    quiet.Completer.use_jedi = False
    made = InteractiveShell(config=quiet)
    made.run_cell("%load_ext fluxlab").raise_error()
    yield made
    made.restore_sys_module_state()


@pytest.fixture
def says(shell, capsys):
    """Run a cell that fails; the one line that it shows."""

    def run(cell):
        capsys.readouterr()
        result = shell.run_cell(cell)
        assert not result.success
        shown = capsys.readouterr()
        assert shown.out == ""
        assert shown.err.startswith("UsageError: ")
        assert shown.err.count("\n") == 1
        return shown.err.removeprefix("UsageError: ").strip()

    return run


def run(shell, cell):
    result = shell.run_cell(cell)
    result.raise_error()
    return result.result


def test_a_prompt_becomes_a_generation(shell):
    made = run(
        shell,
        "%%flux --seed 42 --steps=1 --guidance 2.5 --lora ink=0.5 --lora pixel --as fox\n  a fox\n\non a teal sea ",
    )
    recipe = made.recipe
    assert recipe.prompt == "a fox on a teal sea"
    assert (recipe.seed, recipe.steps, recipe.guidance) == (42, 1, 2.5)
    assert {use.name: use.strength for use in recipe.loras} == {"ink": 0.5, "pixel": 1.0}
    assert run(shell, "_") is made
    assert shell.user_ns["fox"] is made


def test_a_value_may_come_from_the_notebook(shell):
    shell.user_ns["number"] = 7
    assert run(shell, "%%flux --seed {number} --steps 1\na fox").recipe.seed == 7


def test_a_sweep_becomes_a_grid(shell, home):
    grid = run(shell, "%%fluxsweep --mode fast --as foxes\nprompt: a {red|blue} fox\nsteps: 1\nseed: 3\nlora:ink: 1")
    assert isinstance(grid, Grid)
    assert shell.user_ns["foxes"] is grid
    assert grid.axes == {"prompt": ("a red fox", "a blue fox")}
    assert set(Lab(catalog=home).catalog.df()["mode"]) == {"fast"}


def test_the_lab_of_the_notebook_is_used(shell, tmp_path, capsys):
    lab = shell.user_ns["lab"] = Lab(model="nano-schnell", catalog=tmp_path / "own")
    assert run(shell, "%%flux --seed 1 --steps 1\na fox").recipe.model == "nano-schnell"
    assert len(lab.catalog.df()) == 1
    assert "No Lab" not in capsys.readouterr().out


@pytest.mark.parametrize("taken", [False, True])
def test_a_lab_is_made_once_where_there_is_none(shell, home, capsys, taken):
    if taken:
        shell.user_ns["lab"] = "my notes"
    first = run(shell, "%fluxlab loras")
    told = capsys.readouterr().out
    assert told.startswith("No Lab was here, so one was made")
    assert str(home) in told
    assert run(shell, "%fluxlab loras") is first
    assert "No Lab" not in capsys.readouterr().out
    assert isinstance(shell.user_ns["lab"], str if taken else Lab)


def test_the_newest_images_are_shown(shell, says):
    run(shell, "%fluxlab loras")
    assert "has no image yet" in says("%fluxlab last")
    made = [run(shell, f"%%flux --seed {seed} --steps 1\na fox") for seed in (1, 2, 3)]
    assert run(shell, "%fluxlab last").uid == made[2].uid
    grid = run(shell, "%fluxlab last 2")
    assert [cell.generation.uid for cell in grid.cells] == [made[2].uid, made[1].uid]
    assert len(run(shell, "%fluxlab last 100").cells) == 3


def test_models_loras_and_help(shell, capsys):
    assert "nano-schnell" in run(shell, "%fluxlab models").index
    assert "ink" in run(shell, "%fluxlab loras")
    capsys.readouterr()
    run(shell, "%fluxlab help")
    text = capsys.readouterr().out
    run(shell, "%fluxlab")
    assert capsys.readouterr().out == text
    assert "%%fluxsweep" in text


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("%%flux --sed 1\na fox", "'--sed' is no option of %%flux: Did you mean '--seed'?"),
        ("%%flux 42\na fox", "'42' is no option of %%flux: the prompt stands in the lines below"),
        ("%%flux --seed\na fox", "--seed has no value: write it behind, as in --seed 42."),
        ("%%flux --seed --steps 8\na fox", "--seed has no value"),
        ("%%flux --seed 1,2\na fox", "--seed '1,2' is not a whole number: give one; several are a sweep"),
        ("%%flux --guidance high\na fox", "--guidance 'high' is not a number"),
        ("%%flux --guidance nan\na fox", "guidance=nan is not allowed"),
        ("%%flux --seed -1\na fox", "seed=-1 is not allowed"),
        ("%%flux --seed 1 --seed 2\na fox", "--seed is given twice"),
        ("%%flux --lora ink=1 --lora ink=2\na fox", "--lora names 'ink' twice"),
        ("%%flux --lora ink=much\na fox", "--lora ink= 'much' is not a number"),
        ("%%flux --lora =1\na fox", "--lora '=1' names no LoRA"),
        ("%%flux --lora inc=1\na fox", "Did you mean 'ink'?"),
        ("%%flux --model nanno\na fox", "Did you mean 'nano'?"),
        ("%%flux --compile=yes\na fox", "--compile takes no value"),
        ("%%flux --as class\na fox", "--as 'class' is not a name of Python"),
        ("%%flux --as lab\na fox", "--as lab would take the name of the notebook's lab away"),
        ("%%flux --help\na fox", "'--help' is no option of %%flux: %fluxlab help tells what there is."),
        ("%%flux --prompt hi\na fox", "'--prompt' is no option of %%flux: the prompt stands in the lines below."),
        ("%%flux --model 'nano\na fox", "has a quote that does not end"),
        ("%%flux\n \n", "%%flux has no prompt"),
        ("%%fluxsweep --mode slow\nprompt: a fox", "mode='slow' is not allowed: it must be 'exact' or 'fast'."),
        ("%%fluxsweep --seed 1\nprompt: a fox", "'--seed' is no option of %%fluxsweep"),
        ("%%fluxsweep\nprompt: a fox\nguidanc: 1", "unknown parameter 'guidanc': Did you mean 'guidance'?"),
        ("%%fluxsweep\nprompt: a fox\nwildcards: 7", "wildcards=7 is no folder: give the path of one, as text."),
        ("%fluxlab lst", "%fluxlab 'lst' is unknown: Did you mean 'last'?"),
        ("%fluxlab last 0", "%fluxlab last '0' is not a number from 1 to 100"),
        ("%fluxlab last 1 2", "%fluxlab last '1 2' is not a number"),
        ("%fluxlab models nano", "%fluxlab models takes no more words: leave out 'nano'."),
    ],
)
def test_a_mistake_is_one_sentence(shell, says, home, cell, sentence):
    shell.user_ns["lab"] = lab = Lab()
    assert sentence in says(cell)
    assert lab.catalog.df(status=None).empty


def test_an_error_with_images_in_it_comes_through_whole():
    error = CatalogError("the disk is full.")
    error.unsaved = ("an image",)
    with pytest.raises(CatalogError, match="full"), _one_sentence():
        raise error


@pytest.mark.parametrize(
    ("text", "sweep"),
    [
        ("prompt: a {red|blue} fox\nseed: 1..3", Sweep("a {red|blue} fox", seed=[1, 2, 3])),
        ("prompt: [a fox, a cat]\nseed: 1\nguidance: 1..5 [3]", Sweep(["a fox", "a cat"], seed=1, guidance=[1, 3, 5])),
        ("seed: 7\nprompt: >\n  a fox\n  on teal\n", Sweep("a fox on teal", seed=7)),
        ("seed: 7\nprompt: |\n  a fox\n  on teal\n", Sweep("a fox\non teal", seed=7)),
        ("prompt: a fox\nseed: 1\nlora:ink: [0, 0.5]", Sweep("a fox", seed=1, lora={"ink": [0, 0.5]})),
        ("prompt: a fox\nseed: 1\nlora:ink@double: 0..1 [3]", Sweep("a fox", seed=1, lora={"ink@double": "0..1 [3]"})),
        (
            "prompt: a fox\nseed: 1\nlora: [ink, pixel]\nstrength: [0, 1]",
            Sweep("a fox", seed=1, lora=["ink", "pixel"], strength=[0, 1]),
        ),
        ("prompt: a red fox\nseed: 1\nreplace:red: [red, teal]", Sweep("a red fox", seed=1, replace=["red", "teal"])),
        (
            "prompt: a fox\nseed: 1\nsteps: [1, 2]\nguidance: [2, 3]\nzip: [steps, guidance]",
            Sweep("a fox", seed=1, steps=[1, 2], guidance=[2, 3], zip=("steps", "guidance")),
        ),
        (
            "prompt: a fox\nseed: 1..9\nsize: [128x128, 128x160]\nsample: 4",
            Sweep("a fox", seed="1..9", size=["128x128", "128x160"], sample=4),
        ),
        ("prompt: a fox\nseed: 1\ncompile: [false, true]", Sweep("a fox", seed=1, compile=[False, True])),
        ("prompt: a fox\nseed: 1\nquantization: [null, fp8]", Sweep("a fox", seed=1, quantization=[None, "fp8"])),
        ("prompt: [no, 1:30, 2026-01-01, on]\nseed: 010", Sweep(["no", "1:30", "2026-01-01", "on"], seed=10)),
    ],
)
def test_yaml_is_the_same_sweep(text, sweep):
    assert read_sweep(text) == sweep


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the cell is empty"),
        ("a fox", "the cell holds 'a fox', which names no parameter"),
        ("- a fox", "which names no parameter"),
        ("seed: 1", "the cell has no prompt"),
        ("prompt: a: fox", "line 2 of the cell is not YAML (mapping values are not allowed here)"),
        ("prompt: a fox\n\tseed: 1", "line 3 of the cell has a tab where YAML takes none: put spaces in its place."),
        ("prompt: {red|blue} fox", "or with a sign such as { or [ at its beginning, in quotes"),
        ("prompt: {red|blue}", "the prompt is read as a mapping"),
        ("prompt: 42", "prompt=42 is not text"),
        ("prompt: a fox\nprompt: a cat", "line 3 of the cell gives 'prompt' a second time"),
        ("prompt: a fox\nlora: {ink: 1, ink: 2}", "line 3 of the cell gives 'ink' a second time"),
        ("prompt: a fox\nloras: {ink: 1}\nlora:ink: 2", "'lora:ink' and loras are both given"),
        ("prompt: a fox\nlora:: 2", "'lora:' names nothing"),
        ("prompt: a fox\nwhere: v > 1", "where is a function of Python"),
        ("prompt: a fox\nguidance: 1..5/1", "guidance='1..5/1' is malformed at character 5"),
        ("prompt: a fox\nguidance: {low: 1}", "guidance={'low': 1} has no order of values"),
        ("prompt: &fox a fox\nprompt_2: *fox", "line 2 of the cell has an anchor or an alias"),
        ("prompt: !!python/object/apply:os.system [ls]", "line 2 of the cell has the tag"),
        ("prompt: !fox a", "line 2 of the cell has the tag '!fox'"),
        ("prompt: a fox\n---\nprompt: a cat", "line 3 of the cell begins a second document"),
        ("? [prompt]\n: a fox", "line 2 of the cell has a list or a mapping as a name"),
        ("prompt: 'a \x07 fox'", "the cell is not YAML (special characters are not allowed)"),
        ("prompt: 'a fox", "is not YAML"),
        ("prompt: a fox\nseed: " + "[" * 50_000, "line 3 of the cell lies more than 8 levels deep"),
        ("prompt: a fox\nseed: [" + "1," * 30_000 + "]", "line 3 of the cell passes 20,000 values"),
        ("prompt: " + "a" * 100_001, "the cell has 100,009 characters"),
        ("prompt: a fox\nseed: 1" + "0" * 5000, "a number has at most 40 digits"),
    ],
)
def test_what_is_no_sweep_is_one_sentence(text, sentence):
    with pytest.raises(SweepError) as caught:
        read_sweep(text)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


def test_an_alias_bomb_is_refused_where_it_begins():
    bomb = "a: &a [x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    )
    with pytest.raises(SweepError, match="line 2 of the cell has an anchor"):
        read_sweep(bomb)


@pytest.mark.parametrize(
    ("cell", "replaced", "offered"),
    [
        ("%fluxlab l", "l", ["last", "loras"]),
        ("%fluxlab ", "", ["last", "models", "loras", "help"]),
        ("x = 1\n%fluxlab mo", "mo", ["models"]),
        ("%%flux --se", "--se", ["--seed"]),
        ("%%flux --seed 1 --se", "--se", []),
        ("%%flux --lora ink=1 --lo", "--lo", ["--lora"]),
        ("%%flux --model nano-", "nano-", ["nano-schnell"]),
        ("%%flux --model=nano-", "nano-", ["nano-schnell"]),
        ("%%flux --lora i", "i", ["ink="]),
        ("%%flux --scheduler euler-", "euler-", ["euler-karras", "euler-exponential"]),
        ("%%fluxsweep --mode ", "", ["exact", "fast"]),
        ("%%fluxsweep\nprompt: a fox\nsee", "see", ["seed: "]),
        ("%%fluxsweep\nlora:", "lora:", ["lora: ", "lora:ink: ", "lora:pixel: "]),
        ("%%fluxsweep\nmodel: [nano, nano-", "nano-", ["nano-schnell"]),
        ("%%fluxsweep\nlora: [ink, p", "p", ["pixel"]),
    ],
)
def test_completions(shell, cell, replaced, offered):
    with provisionalcompleter():
        found = list(shell.Completer.completions(cell, len(cell)))
    ours = [(cell[each.start : each.end], each.text) for each in found if each.type == "param"]
    assert ours == [(replaced, name) for name in offered]


def test_a_prompt_and_plain_code_are_left_to_others(shell):
    with provisionalcompleter():
        for cell in ("%%flux\na se", "see = 1\nse", "%%time\n--se"):
            assert not [each for each in shell.Completer.completions(cell, len(cell)) if each.type == "param"]


def test_unloading_takes_everything_out(shell, says):
    before = len(shell.Completer.custom_matchers)
    run(shell, "%unload_ext fluxlab")
    assert "%%flux` not found" in says("%%flux\na fox")
    assert "%fluxlab` not found" in says("%fluxlab last")
    assert len(shell.Completer.custom_matchers) == before - 1
    run(shell, "%load_ext fluxlab")
    run(shell, "%fluxlab help")
