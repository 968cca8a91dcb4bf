"""Who may ask, what nobody may ask, and what the server process is made of."""

import json
import os
import subprocess
import sys
from pathlib import Path

import fluxlab
from fluxlab.server.handler import Nothing
from fluxlab.server.routes import ROUTES

VERBS = ("GET", "POST", "PUT", "DELETE", "PATCH")
STRANGER = {"Authorization": "token wrong"}


def address(path, catalog):
    return path.format(catalog=catalog, uid="0" * 32, sha256="0" * 64).split("/")


async def test_nobody_is_answered_who_is_not_logged_in(keep, ask, ask_catalog):
    keep()
    (found,) = (await ask("catalogs")).json["catalogs"]
    for path, handler in ROUTES.items():
        for verb in ("GET", "POST"):
            body = None if verb == "GET" else "{}"
            answer = await ask(*address(path, found["id"]), method=verb, headers=STRANGER, body=body)
            has = verb.lower() in vars(handler)
            assert answer.status in ({403} if has else {403, 405}), (verb, path)
            assert found["path"] not in answer.body.decode()


async def test_a_verb_that_an_address_lacks_is_refused_and_tells_a_stranger_nothing(keep, ask, ask_catalog):
    keep()
    (found,) = (await ask("catalogs")).json["catalogs"]
    for path, handler in {**ROUTES, "nonsense": Nothing}.items():
        for verb in {*VERBS, "OPTIONS", "HEAD"} - {verb for verb in VERBS if verb.lower() in vars(handler)}:
            body = "{}" if verb in {"POST", "PUT", "PATCH"} else None
            refused = await ask(*address(path, found["id"]), method=verb, headers=dict(STRANGER), body=body)
            assert refused.status == 403, (verb, path)
            assert "Access-Control-Allow-Methods" not in refused.headers
            known = await ask(*address(path, found["id"]), method=verb, body=body)
            assert known.status == 405, (verb, path)


async def test_every_verb_says_that_it_is_authenticated():
    for handler in ROUTES.values():
        for verb in VERBS:
            method = vars(handler).get(verb.lower())
            # tornado's decorator is the one that calls the method it wraps
            assert method is None or method.__wrapped__ is not None


async def test_a_post_with_a_cookie_alone_needs_the_xsrf_token(jp_serverapp, keep, ask, ask_catalog):
    made = keep()
    (found,) = (await ask("catalogs")).json["catalogs"]
    jp_serverapp.identity_provider.token = ""  # logged in without a token: only the cookie check stands in between
    body = json.dumps({"uids": [made.uid], "set": {"stars": 5}})
    kind = {"Authorization": "", "Content-Type": "application/json"}
    for path in ("marks", "code", "imports"):
        refused = await ask("catalogs", found["id"], path, method="POST", headers=dict(kind), body=body)
        assert refused.status == 403
    with_token = {**kind, "Cookie": "_xsrf=abc", "X-XSRFToken": "abc"}
    assert (await ask("catalogs", found["id"], "marks", method="POST", headers=with_token, body=body)).status == 200


async def test_no_address_leads_out_of_the_catalogs(jp_root_dir, keep, ask, ask_catalog):
    keep()
    (jp_root_dir / "secret.png").write_bytes(b"private")
    (found,) = (await ask("catalogs")).json["catalogs"]
    names = ("../../secret.png", "..%2f..%2fsecret.png", "%2e%2e/%2e%2e/secret.png", "/etc/passwd", "0" * 63 + "g")
    for name in (*names, "..", "a" * 64 + "/../../secret.png", "C:\\secret.png", "catalog.db"):
        for kind in ("images", "thumbnails", "generations"):
            answer = await ask("catalogs", found["id"], kind, name)
            assert answer.status == 404
            assert set(answer.json) == {"message", "field"}
            assert b"private" not in answer.body
    for name in ("..", "../work", "%2e%2e%2fwork", "0" * 16, found["id"].upper() + "0"):
        assert (await ask("catalogs", name, "generations")).status == 404


async def test_an_address_that_is_none_is_a_sentence_and_not_a_page(ask):
    answer = await ask("nonsense")
    assert answer.status == 404
    assert "no such address" in answer.json["message"]


async def test_a_body_that_is_no_object_of_json_is_refused(keep, ask_catalog):
    keep()
    sent = {
        "{": ("application/json", 400), "[1]": ("application/json", 400), "[" * 100_000: ("application/json", 400),
        "": ("application/json", 400), "{}": ("text/plain", 415), "{} ": ("application/x-www-form-urlencoded", 415),
        " " * (2**20 + 1): ("application/json", 413),
    }  # fmt: skip
    for body, (kind, status) in sent.items():
        answer = await ask_catalog("marks", method="POST", headers={"Content-Type": kind}, body=body)
        assert answer.status == status, body[:20]
        assert answer.json["message"].endswith(".")


def test_the_server_needs_neither_torch_nor_pandas(tmp_path):
    script = """
import asyncio, sys
from pathlib import Path
from PIL import Image
from fluxlab.catalog import Catalog
from fluxlab.server.found import find
from fluxlab.server import routes, generations, grids
from fluxlab.catalog.cell_code import cell_code
root = Path(sys.argv[1])
catalog = grids.Catalog(root / ".fluxlab")
Image.new("RGB", (8, 8)).save(root / "one.png")
uid, _ = catalog.import_bytes((root / "one.png").read_bytes(), "one.png")
assert catalog.page("steps:none", limit=10).total == 1
catalog.facets(), catalog.vocabulary(), generations._whole(catalog, uid), grids._scene(catalog, [uid], None, None, None)
grids._scene(catalog, [uid], None, "seed", None)
cell_code("frame", "x", catalog.get_many([uid]))
print(*(name for name in ("torch", "pandas", "diffusers", "matplotlib", "ipywidgets") if name in sys.modules))
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(fluxlab.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
