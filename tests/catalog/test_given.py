"""Values of the wrong kind: one sentence that names the argument, never a traceback."""

from pathlib import Path

import pytest

from fluxlab.catalog import Catalog
from fluxlab.catalog.upkeep import backup, fsck, rebuild
from fluxlab.errors import CatalogError, brief

#: Stands for the uid of an image that is there.
UID = object()


def asked(name, *arguments, **more):
    return name, arguments, more


WRONG = [
    (asked("get", 5), "uid=5 is not a uid"),
    (asked("get", [UID]), "is not a uid"),
    (asked("get_many", 5), "uids=5 names no generations"),
    (asked("get_many", None), "uids=None names no generations"),
    (asked("get_many", [5]), "uid='5' is not in the catalog"),
    (asked("compare", 5, UID), "uid=5 is not a uid"),
    (asked("run", [5]), "run=[5] is not the id of a run"),
    (asked("df", status=5), "status=5 is not a status"),
    (asked("df", status=["ok", []]), "status=[] is not a status"),
    (asked("df", columns=5), "columns=5 is not the name of a column"),
    (asked("df", columns=[1]), "columns=1 is not the name of a column"),
    (asked("df", where="1", params=[1]), "params=[1] names no values"),
    (asked("df", where="1", params=5), "params=5 names no values"),
    (asked("df", where="1", params={5: 1}), "params names 5"),
    (asked("df", limit="5"), "limit='5' is not allowed"),
    (asked("df", where=5), "where=5 is not a condition"),
    (asked("df", prompt_has=5), "prompt_has=5 is not text"),
    (asked("df", tags=5), "tags=5 is not a tag"),
    (asked("df", tags=[5]), "tags=5 is not a tag"),
    (asked("df", since=[]), "since=[] is no time"),
    (asked("df", seed=object), "cannot be compared"),
    (asked("pivot", 5, "steps"), "value=5 is not the name of a column"),
    (asked("pivot", "steps", rows=5), "rows=5 is not the name of a column"),
    (asked("pivot", "steps", "seed", columns=5), "columns=5 is not the name of a column"),
    (asked("pivot", "steps", "seed", agg=5), "agg=5 is not the name of a statistic"),
    (asked("pivot", "steps", "seed", agg=[[]]), "agg=[] is not the name of a statistic"),
    (asked("sql", 5), "sql=5 is no query"),
    (asked("sql", "select ?", 5), "params=5 is no list of values"),
    (asked("tag", UID, 5), "tag=5 is not allowed"),
    (asked("tag", 5, "x"), "uids=5 names no generations"),
    (asked("score", 5, "m", 1), "uid=5 is not a uid"),
    (asked("score", UID, "m", "much"), "score 'm'='much' is not allowed"),
    (asked("score", UID, 5, 1), "metric=5 is not allowed"),
    (asked("score", UID, "m\ud800", 1), "metric='m\\ud800' is not allowed"),
    (asked("score", UID, " ", 1), "metric=' ' is not allowed"),
    (asked("score", UID, "m", 1, version=2), "version=2 is not allowed"),
    (asked("score_all", "m", 5), "values=5 names no generations"),
    (asked("score_all", "m", {5: 1}), "uid=5 is not a uid"),
    (asked("scores", 5, "m"), "uids=5 names no generations"),
    (asked("scores", [UID], 5), "metric=5 is not allowed"),
    (asked("import_images", 5), "path=5 is not a path"),
    (asked("import_images", [5]), "path=5 is not a path"),
    (asked("import_images", "a\0"), "holds a character that no name can have"),
    (asked("import_images", "a" * 5000), "it is too long"),
    (asked("export", 5), "target=5 is not a path"),
    (asked("export", "\ud800.csv"), "holds a character that no name can have"),
    (asked("export_comfyui", UID, 5), "target=5 is not a path"),
    (asked("export_comfyui", 5, "x.json"), "uid=5 is not a uid"),
]


@pytest.mark.parametrize(("call", "message"), WRONG)
def test_a_value_of_the_wrong_kind_is_one_sentence(catalog, keep, call, message):
    name, arguments, more = call
    uid = keep().uid
    with pytest.raises(CatalogError) as caught:
        getattr(catalog, name)(*(uid if each is UID else each for each in arguments), **more)
    told = str(caught.value)
    assert message in told
    assert told.endswith((".", "?"))
    assert "\n" not in told


@pytest.mark.parametrize("open_", [Catalog, fsck, rebuild, lambda folder: backup(folder, "x")])
@pytest.mark.parametrize(
    ("folder", "message"),
    [
        (5, "folder=5 is not a path: give text or a pathlib.Path."),
        (b"x", "folder=b'x' is not a path"),
        ("a\0", "folder='a\\x00' is not a path, because it holds a character that no name can have"),
        ("~nobody-of-that-name/x", "there is no such home folder"),
        ("a" * 5000, "it is too long"),
    ],
)
def test_what_can_be_no_folder_is_one_sentence(open_, folder, message):
    with pytest.raises(CatalogError) as caught:
        open_(folder)
    assert message in str(caught.value)


def test_what_a_message_shows_is_short_and_in_one_line():
    assert brief("a\nb") == "'a\\nb'"
    assert len(brief("x" * 10**6)) == 60
    assert "\n" not in brief(Path("a\nb"))
