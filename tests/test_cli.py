"""The command: what it prints, what it leaves, and how it ends."""

import contextlib
import io
import re
import subprocess
import sys

import pytest
from PIL import Image

import fluxlab
from fluxlab import cli
from fluxlab.catalog import Catalog
from fluxlab.errors import CatalogError
from fluxlab.grid import Grid, GridCell

#: 48 images on the smallest of machines.
pytestmark = pytest.mark.timeout(900)


def command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "fluxlab.cli", *arguments], capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("demo") / "made" / "here"


@pytest.fixture(scope="module")
def first(folder):
    return command("demo", "--folder", str(folder))


@pytest.fixture(scope="module")
def second(first, folder):
    """The same command again, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.main(["demo", "--folder", str(folder)])
    return code, out.getvalue(), err.getvalue()


def test_version():
    done = command("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"fluxlab {fluxlab.__version__}\n", "")


@pytest.mark.parametrize("arguments", [(), ("dmeo",), ("demo", "--fodler", "x"), ("demo", "extra")])
def test_a_wrong_command_is_answered_with_the_usage(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("usage: fluxlab")


def test_help_names_the_commands(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert ended.value.code == 0
    assert "demo" in capsys.readouterr().out


def test_an_error_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = command("demo", "--folder", str(tmp_path / "file"))
    assert done.returncode == 1
    assert done.stdout == ""
    assert re.fullmatch(r"fluxlab: .*file.*\.\n", done.stderr), done.stderr
    assert "Traceback" not in done.stderr


def test_an_error_later_on_is_one_sentence_too(monkeypatch, capsys):
    def broken(_):
        raise CatalogError("the disk is full: make room.")

    monkeypatch.setattr(cli.demo, "run_demo", broken)
    assert cli.main(["demo"]) == 1
    assert capsys.readouterr().err == "fluxlab: the disk is full: make room.\n"


@pytest.mark.parametrize(
    ("statuses", "code"), [(("ok", "ok"), 0), (("ok", "interrupted", "waiting"), 130), (("ok", "waiting"), 130)]
)
def test_an_interrupted_run_is_told_from_a_whole_one(monkeypatch, statuses, code):
    cells = tuple(GridCell(i, {"seed": i}, None, status, False, str(i)) for i, status in enumerate(statuses))
    monkeypatch.setattr(cli.demo, "run_demo", lambda _: Grid(axes={"seed": tuple(range(len(cells)))}, cells=cells))
    assert cli.main(["demo"]) == code


def test_a_key_pressed_while_nothing_runs_ends_quietly(monkeypatch, capsys):
    def pressed(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.demo, "run_demo", pressed)
    assert cli.main(["demo"]) == 130
    assert capsys.readouterr().err == ""


def test_the_demo_succeeds(first):
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("48 cells: 48 to make · 240 steps · 2 prompt encodings")
    assert re.search(r"^48 cells: 48 made · [\d.]+ s$", first.stdout, re.MULTILINE)
    assert "Means over prompts and seeds; distance is to lora:pixel = 0:" in first.stdout
    assert "nan" not in first.stdout.lower()


def test_only_the_progress_bar_goes_to_stderr(first):
    lines = [line for line in re.split(r"[\r\n]+", first.stderr) if line.strip()]
    assert [line for line in lines if not line.startswith("making: ")] == []
    assert "48/48" in lines[-1]


def test_the_demo_leaves_what_it_names(first, folder):
    named = dict(re.findall(r"^ *([\w ]+): (.+)$", first.stdout.split("Means over")[1], re.MULTILINE))
    assert set(named) == {"catalog", "images", "grid", "contact sheet", "effect plot"}
    assert set(named.values()) == {
        str(folder / name) for name in (".fluxlab", ".fluxlab/objects", "grid.html", "contact-sheet.png", "effect.png")
    }
    assert (folder / "grid.html").read_text(encoding="utf-8").count("<img") == 48
    for name in ("contact-sheet.png", "effect.png"):
        with Image.open(folder / name) as image:
            image.load()
            assert min(image.size) > 200


def test_the_demo_leaves_a_catalog_of_48_images(first, folder):
    with Catalog(folder / ".fluxlab") as catalog:
        table = catalog.df()
        assert len(table) == 48
        made = catalog.get(table.index[0])
        assert made.image.size == (128, 128)
    assert len(list((folder / ".fluxlab" / "objects").rglob("*.png"))) == 48


def test_the_second_time_every_cell_comes_from_the_catalog(second, folder):
    code, out, err = second
    assert code == 0
    assert out.startswith("48 cells: 48 in the catalog, 0 to make\n")
    assert re.search(r"^48 cells: 48 from the catalog · [\d.]+ s$", out, re.MULTILINE)
    assert "all 48 cells come from the catalog, nothing to make" in out + err
    with Catalog(folder / ".fluxlab") as catalog:
        assert len(catalog.df(status=None)) == 48


def test_the_second_time_prints_the_same_figures(first, second):
    def figures(out):
        rows = out.split("Means over prompts and seeds;")[1].split("catalog:")[0].splitlines()
        return [line.split()[:-1] for line in rows if re.match(r"\s*[\d.]+ ", line)]  # all but the seconds

    assert figures(first.stdout) == figures(second[1])
    assert len(figures(first.stdout)) == 12
