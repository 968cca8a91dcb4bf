"""Changes are told as they happen, whoever makes them."""

import asyncio
import json
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import fluxlab

WRITER = """
import sys
from fluxlab.catalog import Catalog
Catalog(sys.argv[1]).star(sys.argv[2], 3)
"""


@asynccontextmanager
async def listening(wire):
    """The events of a catalog, read as a browser reads a stream."""
    reader, writer = await asyncio.open_connection("127.0.0.1", wire.port)
    writer.write(wire.head("GET", "events", wire.token))
    head = (await reader.readuntil(b"\r\n\r\n")).decode()

    async def change():
        await asyncio.wait_for(reader.readuntil(b"event: change\n"), 30)
        return json.loads((await reader.readline()).removeprefix(b"data: "))

    try:
        yield head, change
    finally:
        writer.close()


async def test_a_write_of_another_process_is_heard_by_all_who_listen(folder, wire, keep, ask_catalog):
    made = keep()
    async with listening(wire) as (head, first), listening(wire) as (_, second):
        assert "text/event-stream" in head
        assert "nosniff" in head
        before = await first()
        assert before["total"] == 1
        assert (await second())["total"] == 1
        keep("another")
        while (news := await first())["total"] != 2:
            pass
        assert news["version"] != before["version"]
        while (await second())["total"] != 2:
            pass
        environment = {**os.environ, "PYTHONPATH": str(Path(fluxlab.__file__).parents[1])}
        writer = await asyncio.create_subprocess_exec(
            sys.executable, "-c", WRITER, str(folder), made.uid, env=environment, stderr=subprocess.DEVNULL
        )
        heard = [await first(), await second()]
        assert await writer.wait() == 0
        assert [each["total"] for each in heard] == [2, 2]
        assert heard[0]["version"] != news["version"]
    (item,) = (await ask_catalog("generations", query="stars:3")).json["items"]
    assert item["uid"] == made.uid


async def test_who_goes_is_not_waited_for_and_who_comes_later_is_told_at_once(wire, keep):
    keep()
    for _ in range(2):
        async with listening(wire) as (_, change):
            assert (await change())["total"] == 1
