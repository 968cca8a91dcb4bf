"""Folders are looked through once for all who ask, a slow one holds up no other, and nothing is left when it ends."""

import asyncio
import json
import threading
from pathlib import Path

import pytest

from fluxlab.catalog import Catalog
from fluxlab.errors import NotFoundError
from fluxlab.server import found, place, shelf
from fluxlab.server.handler import Handler
from fluxlab.server.refusal import ClosingError
from fluxlab.server.shelf import Shelf

WITHIN = 30


@pytest.fixture
def two(jp_root_dir):
    """The ids of two catalogs below the folder."""
    for name in ("far", "near"):
        Catalog(jp_root_dir / name / ".fluxlab")
    by_name = {each.name: each.id for each in found.find(jp_root_dir).values()}
    return by_name["far"], by_name["near"]


@pytest.fixture
def opened(jp_root_dir):
    """A shelf of its own."""
    made = Shelf(jp_root_dir)
    yield made
    made.close()


@pytest.fixture
def looks(monkeypatch):
    """Each time that folders are looked through."""
    seen = []
    monkeypatch.setattr(shelf, "find", lambda root: (seen.append(root), found.find(root))[1])
    return seen


def count(catalog):
    return catalog.count()


async def test_many_who_ask_for_what_is_not_there_have_the_folders_looked_through_once(opened, looks, monkeypatch):
    monkeypatch.setattr(shelf, "FRESH", 3600)
    asked = [opened.do(f"{number:016x}", "read", count) for number in range(20)]
    lists = [opened.all() for _ in range(5)]
    told = await asyncio.gather(*asked, *lists, return_exceptions=True)
    assert [type(each) for each in told] == [NotFoundError] * 20 + [list] * 5
    assert len(looks) == 1
    assert await opened.all() == []
    assert len(looks) == 1


@pytest.mark.parametrize(("takes", "fresh"), [(0, shelf.FRESH), (30, 30)])
async def test_what_was_found_grows_old_and_what_took_long_later(opened, jp_root_dir, monkeypatch, takes, fresh):
    now = [0.0]

    def find(root):
        now[0] += takes
        return found.find(root)

    monkeypatch.setattr(shelf, "find", find)
    monkeypatch.setattr(shelf, "monotonic", lambda: now[0])
    assert await opened.all() == []
    Catalog(jp_root_dir / ".fluxlab")
    now[0] += 0.9 * fresh
    assert await opened.all() == []
    now[0] += 0.1 * fresh
    assert [counted.images for _, counted in await opened.all()] == [0]


async def test_a_folder_that_cannot_be_looked_through_is_tried_again(opened, monkeypatch):
    def fails(_):
        raise OSError("gone for a moment")

    monkeypatch.setattr(shelf, "find", fails)
    with pytest.raises(OSError, match="for a moment"):
        await opened.all()
    monkeypatch.setattr(shelf, "find", found.find)
    assert await opened.all() == []


async def test_a_catalog_that_is_slow_to_open_holds_up_no_other(opened, two, monkeypatch):
    far, near = two
    answers = threading.Event()

    class Slow(place.Catalog):
        def __init__(self, folder):
            if folder.parent.name == "far":
                assert answers.wait(WITHIN)
            super().__init__(folder)

    monkeypatch.setattr(place, "Catalog", Slow)
    try:
        waiting = [asyncio.create_task(opened.do(far, "read", count)) for _ in range(12)]
        waiting += [asyncio.create_task(opened.do(far, kind, count)) for kind in ("count", "draw") for _ in range(12)]
        for kind in ("read", "count", "draw"):
            assert await asyncio.wait_for(opened.do(near, kind, count), WITHIN) == 0
        assert not any(task.done() for task in waiting)
    finally:
        answers.set()
    assert set(await asyncio.gather(*waiting)) == {0}


async def test_what_looks_at_every_row_holds_up_no_page(opened, two):
    answers = threading.Event()
    try:
        waiting = [asyncio.create_task(opened.do(two[0], "count", lambda _: answers.wait(WITHIN))) for _ in range(12)]
        assert await asyncio.wait_for(opened.do(two[0], "read", count), WITHIN) == 0
    finally:
        answers.set()
    assert all(await asyncio.gather(*waiting))


@pytest.fixture
def hang_up(jp_serverapp, wire, monkeypatch):
    """Ask while all threads of a kind are busy, and go before it is their turn."""
    (app,) = jp_serverapp.extension_manager.extension_apps["fluxlab.server"]
    name, do, closed = wire.path.rpartition("/")[2], Shelf.do, Handler.on_connection_close

    async def hang_up(kind, request):
        answers, asked, gone = threading.Event(), asyncio.Event(), asyncio.Event()

        async def noted(*given):
            asked.set()
            return await do(*given)

        def close(handler):
            closed(handler)
            gone.set()

        busy = [asyncio.create_task(do(app.shelf, name, kind, lambda _: answers.wait(WITHIN))) for _ in range(4)]
        try:
            await do(app.shelf, name, "draw", count)  # they have begun, too
            monkeypatch.setattr(Shelf, "do", noted)
            monkeypatch.setattr(Handler, "on_connection_close", close)
            _, writer = await asyncio.open_connection("127.0.0.1", wire.port)
            writer.write(request)
            await asyncio.wait_for(asked.wait(), WITHIN)
            writer.close()
            await asyncio.wait_for(gone.wait(), WITHIN)
        finally:
            answers.set()
        assert all(await asyncio.gather(*busy))
        # Whatever stood in the queue before these has been begun when they are done.
        await asyncio.gather(*(do(app.shelf, name, kind, count) for _ in range(8)))

    return hang_up


async def test_nothing_is_looked_up_for_a_client_that_has_gone(wire, keep, hang_up, monkeypatch):
    keep()
    counted = []
    monkeypatch.setattr(place.Catalog, "facets", lambda *_: counted.append("facets") or ())
    await hang_up("count", wire.head("GET", "facets", wire.token))
    assert counted == []


async def test_what_a_client_said_counts_though_it_has_gone(wire, keep, hang_up, monkeypatch):
    made = keep()
    said = threading.Event()
    star = place.Catalog.star
    monkeypatch.setattr(place.Catalog, "star", lambda *given: (star(*given), said.set())[0])
    body = json.dumps({"uids": [made.uid], "set": {"stars": 4}}).encode()
    head = wire.head("POST", "marks", wire.token, "Content-Type: application/json", f"Content-Length: {len(body)}")
    await hang_up("read", head + body)
    assert await asyncio.to_thread(said.wait, WITHIN)


async def test_the_list_waits_for_a_catalog_that_does_not_answer_only_for_a_while(opened, two, monkeypatch):
    answers, asked = threading.Event(), []

    def slow(each):
        if each.name == "far":
            asked.append(each)
            assert answers.wait(WITHIN)
        return found.count(each)

    monkeypatch.setattr(shelf, "count", slow)
    monkeypatch.setattr(shelf, "COUNT_WITHIN", 0.01)
    try:
        while True:  # the near one may need longer than that, too
            told = {each.name: counted for each, counted in await opened.all()}
            assert "has not answered for 0.01 s" in told["far"].problem
            if told["near"].problem is None:
                break
        assert told["near"].images == 0
        assert len(asked) == 1  # every list waits for the same answer
    finally:
        answers.set()
    monkeypatch.setattr(shelf, "COUNT_WITHIN", WITHIN)
    assert [counted.images for _, counted in await opened.all()] == [0, 0]


async def test_a_folder_that_is_closed_to_us_hides_no_other(opened, two, monkeypatch):
    stat = Path.stat

    def closed(path, **how):
        if path.name == "catalog.db" and path.parent.parent.name == "far":
            raise PermissionError(13, "Permission denied")
        return stat(path, **how)

    monkeypatch.setattr(Path, "stat", closed)
    assert [each.name for each, _ in await opened.all()] == ["near"]


async def test_when_the_server_stops_its_threads_end_and_so_do_streams(jp_serverapp, wire, keep, ask_catalog):
    made = keep()
    for part in ("generations", "facets"):
        assert (await ask_catalog(part)).status == 200
    assert (await ask_catalog("thumbnails", made.file_hash)).status == 200
    reader, writer = await asyncio.open_connection("127.0.0.1", wire.port)
    writer.write(wire.head("GET", "events", wire.token))
    await asyncio.wait_for(reader.readuntil(b"event: change\n"), WITHIN)
    kinds = {f"fluxlab-{kind}" for kind in ("read", "count", "draw", "finder", "counter")}
    # Beside those of panels, which other tests may have begun in this process, and which stay.
    threads = [each for each in threading.enumerate() if each.name.rpartition("_")[0] in kinds]
    assert {each.name.rpartition("_")[0] for each in threads} == kinds
    await jp_serverapp.cleanup_extensions()
    for each in threads:
        await asyncio.to_thread(each.join, WITHIN)
        assert not each.is_alive(), each.name
    assert (await asyncio.wait_for(reader.readuntil(b"\r\n0\r\n\r\n"), WITHIN)).endswith(b"0\r\n\r\n")
    writer.close()


async def test_while_the_server_stops_whoever_asks_is_told_so(jp_serverapp, catalog, ask, ask_catalog):
    (known,) = (await ask("catalogs")).json["catalogs"]
    assert (await ask_catalog("generations")).status == 200
    await jp_serverapp.cleanup_extensions()
    for parts in (("catalogs",), ("catalogs", known["id"], "generations"), ("catalogs", known["id"], "events")):
        told = await ask(*parts)
        assert told.status == 503, parts
        assert told.json["message"].startswith("The Jupyter server shuts down")


async def test_what_waits_for_its_turn_when_the_server_stops_is_told_so(opened, two):
    answers, begun = threading.Event(), threading.Semaphore(0)

    def busy(_):
        begun.release()
        return answers.wait(WITHIN)

    try:
        running = [asyncio.create_task(opened.do(two[0], "count", busy)) for _ in range(2)]
        for _ in running:
            assert await asyncio.to_thread(begun.acquire, timeout=WITHIN)
        waiting = asyncio.create_task(opened.do(two[0], "count", count))
        await opened.do(two[0], "read", count)
        opened.close()
        with pytest.raises(ClosingError, match="shuts down"):
            await waiting
    finally:
        answers.set()
    assert all(await asyncio.gather(*running))
