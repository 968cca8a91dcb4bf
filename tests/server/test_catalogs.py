"""Which catalogs there are, and those that cannot be used."""

import sqlite3

import pytest

from fluxlab.catalog import Catalog


async def test_without_a_catalog_the_list_is_empty(ask):
    answer = (await ask("catalogs")).json
    assert answer["catalogs"] == []
    assert answer["version"]


async def test_catalogs_are_found_below_the_folder_and_called_by_it(jp_root_dir, keep, ask):
    keep()
    Catalog(jp_root_dir / ".fluxlab")
    Catalog(jp_root_dir / "a" / "b" / "c" / "d" / ".fluxlab")
    for hidden in ("a/b/c/d/e", ".hidden", "node_modules"):
        Catalog(jp_root_dir / hidden / ".fluxlab")
    (jp_root_dir / "link").symlink_to(jp_root_dir / "work")
    found = (await ask("catalogs")).json["catalogs"]
    assert [each["folder"] for each in found] == ["", "work", "a/b/c/d"]
    assert [each["name"] for each in found] == [jp_root_dir.name, "work", "d"]
    assert [each["images"] for each in found] == [0, 1, 0]
    assert found[1]["path"] == str(jp_root_dir / "work" / ".fluxlab")
    assert len({each["id"] for each in found}) == 3


async def test_the_catalog_of_the_home_comes_first_wherever_it_is(tmp_path, monkeypatch, keep, ask):
    keep()
    elsewhere = tmp_path / "elsewhere"
    Catalog(elsewhere)
    monkeypatch.setenv("FLUXLAB_HOME", str(elsewhere))
    found = (await ask("catalogs")).json["catalogs"]
    assert [each["name"] for each in found] == ["elsewhere", "work"]


@pytest.mark.parametrize("kind", ["newer", "damaged", "foreign"])
async def test_a_catalog_that_cannot_be_used_says_why_and_stays_as_it_is(folder, keep, ask, kind):
    keep()
    path = folder / "catalog.db"
    if kind == "newer":
        with sqlite3.connect(path) as db:
            db.execute(
                "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, 'm999', '')",
                ["fluxlab.catalog"],
            )
        db.close()
        said = "was written by a newer fluxlab"
    elif kind == "damaged":
        path.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
        said = "left as it is"
    else:
        path.unlink()
        with sqlite3.connect(path) as db:
            db.execute("CREATE TABLE mine (a)")
        db.close()
        said = "not a fluxlab catalog"
    before = path.read_bytes()
    (found,) = (await ask("catalogs")).json["catalogs"]
    assert said in found["problem"]
    assert found["images"] is None
    for address in ("generations", "facets", "words", "events"):
        answer = await ask("catalogs", found["id"], address)
        assert answer.status == 409
        assert said in answer.json["message"]
    assert path.read_bytes() == before


async def test_a_catalog_that_goes_away_is_a_sentence(folder, keep, ask, ask_catalog):
    keep()
    assert (await ask_catalog("generations")).json["total"] == 1
    (found,) = (await ask("catalogs")).json["catalogs"]
    (folder / "catalog.db").rename(folder / "elsewhere.db")
    answer = await ask("catalogs", found["id"], "generations")
    assert answer.status == 404
    assert "choose another" in answer.json["message"]


async def test_a_catalog_that_is_damaged_while_it_is_open_is_a_sentence(folder, keep, ask_catalog, ask):
    keep()
    await ask_catalog("generations")
    path = folder / "catalog.db"
    data = bytearray(path.read_bytes())
    data[8192:] = b"\xff" * (len(data) - 8192)
    path.write_bytes(bytes(data))
    (found,) = (await ask("catalogs")).json["catalogs"]
    answer = await ask("catalogs", found["id"], "generations")
    assert answer.status == 409
    assert "damaged" in answer.json["message"]
