"""Images dropped onto a gallery."""

import asyncio
import io
import json
from pathlib import Path
from urllib.parse import quote

from PIL import Image

from fluxlab.server.imports import BYTES_MAX

GOLDEN = Path(__file__).parents[1] / "catalog" / "formats" / "golden"


def picture(kind="PNG", colour="teal"):
    stream = io.BytesIO()
    Image.new("RGB", (16, 16), colour).save(stream, kind)
    return stream.getvalue()


async def send(ask_catalog, data, name=None, kind="image/png"):
    told = {"Content-Type": kind, **({} if name is None else {"X-Fluxlab-Name": name})}
    return await ask_catalog("imports", method="POST", body=data, headers=told)


async def test_images_of_other_programs_become_generations(ask_catalog):
    expected = json.loads((GOLDEN / "expected.json").read_text(encoding="utf-8"))
    tools = set()
    for name in expected:
        answer = await send(ask_catalog, (GOLDEN / name).read_bytes(), name)
        assert answer.status == 200, answer.body
        assert answer.json["new"] is True
        item = answer.json["item"]
        tools.add(item["source"])
        assert (await ask_catalog("images", item["image"])).status == 200
        code = await ask_catalog("code", method="POST", send={"uids": [item["uid"]], "kind": "show"})
        assert item["uid"] in code.json["code"]
    assert tools >= {"a1111", "comfyui", "invokeai", "swarmui"}
    assert (await ask_catalog("generations")).json["total"] == len(expected)


async def test_what_is_known_already_is_found_and_not_taken_twice(keep, ask_catalog):
    first = (await send(ask_catalog, picture())).json
    again = (await send(ask_catalog, picture())).json
    assert (again["item"]["uid"], again["new"]) == (first["item"]["uid"], False)
    made = keep("our own")
    own = (await send(ask_catalog, made.file_bytes())).json
    assert (own["item"]["uid"], own["new"]) == (made.uid, False)
    assert (await ask_catalog("generations")).json["total"] == 2


async def test_a_name_is_shown_and_is_no_place(catalog, jp_root_dir, ask_catalog):
    name = quote("../../../out\u202e of here <b>.png")
    item = (await send(ask_catalog, picture(), name)).json["item"]
    assert catalog.get(item["uid"]).imported["name"] == "out of here <b>.png"
    assert not list(jp_root_dir.parent.glob("**/*of here*"))


async def test_what_is_no_such_image_is_refused(ask_catalog):
    for data in (
        b"",
        b"GIF89a" + bytes(99),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture("GIF"),
        picture("BMP"),
    ):
        answer = await send(ask_catalog, data)
        assert answer.status == 415
        assert "PNG, JPEG or WebP" in answer.json["message"]
    damaged = bytearray(picture())
    damaged[-20] ^= 255
    for data in (b"\x89PNG\r\n\x1a\n" + bytes(999), b"RIFF" + bytes(99), picture()[:60], bytes(damaged)):
        answer = await send(ask_catalog, data)
        assert answer.status == 400
        assert answer.json["message"].startswith("the image was not imported")
    assert (await ask_catalog("generations")).json["total"] == 0


async def heard(wire, head, body=b""):
    """The first line that the server answers to what is sent, and what it says."""
    reader, writer = await asyncio.open_connection("127.0.0.1", wire.port)
    writer.write(head + body)
    answer = await asyncio.wait_for(reader.read(65536), 30)
    writer.close()
    top, _, said = answer.partition(b"\r\n\r\n")
    return top.split(b"\r\n")[0].decode(), said.decode()


async def test_what_is_too_large_is_refused_before_it_is_sent(wire):
    head = wire.head("POST", "imports", wire.token, f"Content-Length: {BYTES_MAX + 1}")
    status, said = await heard(wire, head)
    assert "413" in status
    assert "larger than 64 MiB" in said
    # Who is not logged in need not send anything either.
    status, _ = await heard(wire, wire.head("POST", "imports", "Content-Length: 1000"))
    assert "403" in status


async def test_only_a_post_is_waited_for(wire):
    for verb in ("OPTIONS", "GET", "PUT", "PATCH", "DELETE"):
        # The bytes never come: an answer comes before them, or none.
        status, _ = await heard(wire, wire.head(verb, "imports", "Content-Length: 1000"))
        assert "403" in status, verb
        status, _ = await heard(wire, wire.head(verb, "imports", wire.token, "Content-Length: 1000"))
        assert "405" in status, verb


async def test_what_has_no_length_is_cut_off_where_it_becomes_too_large(monkeypatch, wire, ask_catalog):
    monkeypatch.setattr("fluxlab.server.imports.BYTES_MAX", 2**20)
    head = wire.head("POST", "imports", wire.token, "Transfer-Encoding: chunked")
    chunk = b"%x\r\n" % 2**16 + b"\x89PNG".ljust(2**16, b"x") + b"\r\n"
    status, said = await heard(wire, head, chunk * 20)
    assert "413" in status
    assert "larger than 1 MiB" in said
    assert (await ask_catalog("generations")).json["total"] == 0
