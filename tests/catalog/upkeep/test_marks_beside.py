"""`fsck` looks at what a person said of images too: it lies beside the database, so that the database may be lost."""

import errno
import importlib
import os
from pathlib import Path

import pytest

from fluxlab.catalog import Catalog, marks
from fluxlab.catalog.upkeep import fsck
from fluxlab.errors import CatalogError

room = importlib.import_module("fluxlab.catalog.upkeep.repair")


def kinds(report):
    return {finding.kind: finding.count for finding in report.findings}


def test_a_bad_file_of_marks_goes_to_the_quarantine_and_is_written_again(catalog, keep, folder):
    uid = keep().uid
    catalog.tag(uid, "best")
    catalog.star(uid, 5)
    catalog.note(uid, "the one")
    file = folder / "marks" / f"{uid}.json"
    file.write_text("{")
    assert kinds(fsck(folder)) == {"marks": 1, "unmarked": 1}
    assert file.read_text() == "{"
    report = fsck(folder, repair=True)
    assert (report["marks"].repaired, report["unmarked"].repaired, report.remaining) == (1, 1, 0)
    assert [path.read_text() for path in (folder / "quarantine").rglob(file.name)] == ["{"]
    assert kinds(fsck(folder)) == {}


def test_marks_that_are_in_the_database_alone_are_kept_beside_it_again(catalog, keep, folder):
    tagged, noted, plain = (keep(str(number)).uid for number in range(3))
    catalog.tag(tagged, "best", "keeper")
    catalog.note(noted, "later")
    for file in (folder / "marks").iterdir():
        file.unlink()
    report = fsck(folder, repair=True)
    assert (report["unmarked"].count, report["unmarked"].repaired, report.remaining) == (2, 2, 0)
    (folder / "catalog.db").unlink()
    with pytest.warns(UserWarning, match="read back from the images"):
        again = Catalog(folder)
    with again:
        assert again.tags() == {"best": 1, "keeper": 1}
        assert again.df(columns=["note"])["note"].dropna().to_dict() == {noted: "later"}
        assert plain in again.df(columns=[]).index


def test_marks_beside_the_database_that_say_something_else_are_left_alone(catalog, keep, folder):
    uid = keep().uid
    catalog.tag(uid, "new")
    file = folder / "marks" / f"{uid}.json"
    file.write_text(file.read_text().replace("new", "old"))
    assert kinds(fsck(folder, repair=True)) == {}
    assert "old" in file.read_text()
    assert catalog.tags() == {"new": 1}


def test_a_bad_file_that_cannot_be_moved_is_not_written_over(catalog, keep, folder, monkeypatch):
    uid = keep().uid
    catalog.tag(uid, "best")
    file = folder / "marks" / f"{uid}.json"
    file.write_text("{")

    def stuck(*_):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(room, "move", stuck)
    report = fsck(folder, repair=True)
    assert file.read_text() == "{"
    assert (report["marks"].remaining, report["unmarked"].remaining) == (1, 1)
    monkeypatch.undo()
    assert fsck(folder, repair=True).remaining == 0
    assert [path.read_text() for path in (folder / "quarantine").rglob(file.name)] == ["{"]


def test_a_file_that_could_not_be_read_for_a_moment_stays(catalog, keep, folder, monkeypatch):
    uid = keep().uid
    catalog.tag(uid, "best")
    file = folder / "marks" / f"{uid}.json"
    body, opened, failures = file.read_bytes(), marks.open_plain, [errno.EIO]

    def once(path):
        if failures:
            raise OSError(failures.pop(), "Input/output error", str(path))
        return opened(path)

    monkeypatch.setattr(marks, "open_plain", once)
    report = fsck(folder, repair=True)
    assert (report["marks"].count, report.remaining) == (1, 0)
    assert file.read_bytes() == body
    assert not (folder / "quarantine").exists()


@pytest.mark.parametrize("code", [errno.EIO, errno.EACCES])
def test_a_folder_that_could_not_be_listed_for_a_moment_stays_as_it_is(code, catalog, keep, folder, monkeypatch):
    good, bad = (keep(str(number)).uid for number in range(2))
    catalog.tag(good, "best")
    catalog.tag(bad, "keeper")
    (folder / "marks" / f"{bad}.json").write_text("{")
    before = {path: path.read_bytes() for path in (folder / "marks").iterdir()}
    usual, failures = os.listdir, [code]

    def once(path="."):
        if Path(path).name == "marks" and failures:
            raise OSError(failures.pop(), os.strerror(code), str(path))
        return usual(path)

    monkeypatch.setattr(os, "listdir", once)
    with pytest.raises(
        CatalogError, match=rf"cannot be checked \(.*{os.strerror(code)}.*marks'\): make its files readable"
    ):
        fsck(folder, repair=True)
    assert {path: path.read_bytes() for path in (folder / "marks").iterdir()} == before
    assert not (folder / "quarantine").exists()
    assert fsck(folder, repair=True).remaining == 0
    assert [path.read_text() for path in (folder / "quarantine").rglob(f"{bad}.json")] == ["{"]
    assert list((folder / "quarantine").rglob(f"{good}.json")) == []


def test_what_has_the_name_of_the_folder_of_marks_and_can_hold_none_goes_to_the_quarantine(catalog, keep, folder):
    uid = keep().uid
    catalog.tag(uid, "best")
    (folder / "marks").rename(folder / "elsewhere")
    (folder / "marks").symlink_to("marks")
    assert fsck(folder, repair=True).remaining == 0
    assert [path.name for path in (folder / "quarantine").rglob("*") if path.is_symlink()] == ["marks"]
    assert marks.is_readable(folder / "marks" / f"{uid}.json")


def test_an_image_that_is_adopted_gets_its_marks_back(catalog, keep, folder, sql):
    uid = keep().uid
    catalog.tag(uid, "best")
    catalog.star(uid, 4)
    sql(
        "DELETE FROM tags",
        "DELETE FROM details",
        "DELETE FROM generations",
        "INSERT INTO prompts (prompts) VALUES ('rebuild')",
    )
    assert kinds(fsck(folder)) == {"orphan": 1}
    assert fsck(folder, repair=True).remaining == 0
    assert catalog.tags() == {"best": 1}
    assert catalog.df(columns=["stars"])["stars"].tolist() == [4]


def test_to_mark_again_does_not_write_over_marks_that_a_new_database_lacks(catalog, keep, folder, sql):
    uid = keep().uid
    catalog.tag(uid, "best")
    catalog.note(uid, "the one")
    sql("DELETE FROM tags", "DELETE FROM notes")
    catalog.tag(uid, "best", "new")
    assert catalog.tags() == {"best": 1, "new": 1}
    assert catalog.df(columns=["note"])["note"].tolist() == ["the one"]
    assert '"the one"' in (folder / "marks" / f"{uid}.json").read_text()
