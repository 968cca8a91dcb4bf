"""``fluxlab fsck`` and ``fluxlab backup``: what they print, and the exit status that scripts rely on."""

import json
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from benchmarks.upkeep import fill
from fluxlab import cli
from fluxlab.catalog.images import stored_images
from fluxlab.cli import watch


@pytest.fixture
def folder(home):
    """The default catalog, with images."""
    fill(home, 3, 32)
    return home


def run(capsys, *arguments):
    code = cli.main([str(argument) for argument in arguments])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_nothing_found_is_0(folder, capsys):
    code, out, err = run(capsys, "fsck")
    assert (code, err) == (0, "")
    assert out == f"{folder}: 3 images (sizes, first and last bytes), 3 rows\nnothing found\n"
    assert run(capsys, "fsck", folder, "--deep", "--repair")[0] == 0


def test_findings_are_1_until_they_are_repaired(folder, capsys):
    with closing(sqlite3.connect(folder / "catalog.db")) as db, db:
        db.execute("DELETE FROM details WHERE id = 1")
        db.execute("DELETE FROM generations WHERE id = 1")
        db.execute("INSERT INTO prompts (prompts) VALUES ('rebuild')")
    code, out, _ = run(capsys, "fsck")
    assert code == 1
    assert "orphan: 1: whole images that no row names" in out
    assert "run again with --repair" in out
    code, out, _ = run(capsys, "fsck", "--repair")
    assert code == 0
    assert "orphan: 1, 1 repaired" in out
    assert "all repaired" in out
    assert run(capsys, "fsck")[0] == 0


def test_what_cannot_be_repaired_stays_1(folder, capsys):
    stored_images(folder)[0].write_bytes(b"torn")
    for arguments in ((), ("--repair",), ("--repair",), ("--rebuild",)):
        code, out, _ = run(capsys, "fsck", *arguments)
        assert code == 1
    assert "missing: 1: rows whose image file is not there" in out


def test_a_report_for_scripts(folder, capsys):
    stored_images(folder)[0].write_bytes(b"torn")
    code, out, err = run(capsys, "fsck", "--json", "--deep")
    report = json.loads(out)
    assert (code, err) == (1, "")
    assert (report["images"], report["remaining"], report["deep"], report["repaired"]) == (3, 1, True, False)
    [finding] = report["findings"]
    assert (finding["kind"], finding["count"], finding["remaining"]) == ("changed", 1, 1)
    assert json.loads(run(capsys, "fsck", "--json", "--rebuild")[1])["rows"] == 3


def test_a_new_index_and_what_became_of_the_old_one(folder, capsys):
    (folder / "catalog.db").write_bytes(b"?" * 9000)
    assert run(capsys, "fsck")[0] == 1
    code, out, _ = run(capsys, "fsck", "--rebuild")
    assert code == 0
    assert "3 rows built anew: 3 from images" in out
    assert "the old database is kept at" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ("fsck", "nowhere"),
        ("fsck", "nowhere", "--rebuild"),
        ("fsck", "nowhere", "--repair", "--deep"),
        ("fsck",),
        ("backup", "new/target", "--folder", "nowhere", "--images"),
        ("backup", "new/target"),
    ],
)
def test_no_catalog_is_2_and_a_sentence(arguments, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("fluxlab: there is no catalog at ")
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [("fsck", "--repair", "--rebuild"), ("fsck", "a", "b"), ("fsck", "--delete"), ("backup",), ("backup", "a", "b")],
)
def test_wrong_usage_is_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: fluxlab")


@pytest.mark.parametrize("command", ["fsck", "backup"])
def test_help_tells_the_exit_status(command, capsys):
    with pytest.raises(SystemExit):
        cli.main([command, "--help"])
    out = capsys.readouterr().out
    assert [line.split()[0] for line in out[out.index("exit status:") :].splitlines()[1:]] == ["0", "1", "2", "130"]


def test_a_backup_says_what_is_in_it(folder, capsys, tmp_path):
    code, out, err = run(capsys, "backup", tmp_path / "b")
    assert (code, err) == (0, "")
    assert "in it: the database (3 generations)" in out
    assert "not in it: the images (--images copies them too)" in out
    assert run(capsys, "fsck", tmp_path / "b")[0] == 1  # its images are missing
    code, out, _ = run(capsys, "backup", tmp_path / "c", "--images", "--folder", folder)
    assert code == 0
    assert "in it: 3 images, each compared with its hash" in out
    assert run(capsys, "fsck", tmp_path / "c", "--deep")[0] == 0


def test_a_backup_that_left_images_out_is_1_and_none_is_2(folder, capsys, tmp_path):
    stored_images(folder)[0].write_bytes(b"torn")
    assert run(capsys, "backup", tmp_path / "b", "--images")[0] == 1
    (folder / "marks").mkdir()
    (folder / "marks" / "x.json").mkdir()
    code, out, _ = run(capsys, "backup", tmp_path / "marked")
    assert (code, "    marks/x.json: not a plain file" in out) == (1, True)
    assert "made and checked, but not everything is in it" in out
    code, out, err = run(capsys, "backup", tmp_path / "b")
    assert (code, out) == (2, "")
    assert "exists already and is left as it is" in err
    assert run(capsys, "backup", tmp_path / "c", "--folder", tmp_path / "nowhere")[0] == 2


@pytest.mark.parametrize(
    "command", [["fsck", "--repair", "--deep"], ["fsck", "--rebuild"], ["backup", "b", "--images"]]
)
def test_a_key_pressed_leaves_everything_consistent(folder, capsys, tmp_path, monkeypatch, command):
    def pressed(items, /, what, total):
        for number, item in enumerate(items):
            if number == 1:
                raise KeyboardInterrupt
            yield item

    monkeypatch.chdir(tmp_path)
    before = (folder / "catalog.db").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(cli.fsck, "bar", pressed)
        patch.setattr(cli.backup, "bar", pressed)
        assert run(capsys, *command)[::2] == (130, "")
    assert (folder / "catalog.db").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {folder.name}
    assert run(capsys, "fsck", "--deep")[0] == 0


def test_a_real_interrupt_ends_with_130(folder):
    script = (
        "import signal, sys, time; from fluxlab import cli\n"
        # Whoever runs the tests in the background has it ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "def slow(items, /, what, total):\n"
        "    print('here', flush=True); time.sleep(60); return items\n"
        "cli.fsck.bar = slow; sys.exit(cli.main(['fsck', '--rebuild']))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "here\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "")
    assert not list(folder.glob("catalog.db.new-*"))


def test_the_bar_shows_after_two_seconds_with_the_time_left(capsys, monkeypatch):
    clock = iter(range(100))
    monkeypatch.setattr("tqdm.std.time", lambda: next(clock))
    assert list(watch.bar(range(5), what="hashing images", total=5)) == list(range(5))
    err = capsys.readouterr().err
    assert "hashing images" in err
    assert "<" in err
    monkeypatch.undo()
    assert list(watch.bar(range(5), what="hashing images", total=5)) == list(range(5))
    assert capsys.readouterr().err == ""
