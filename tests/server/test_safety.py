"""Who may ask, what nobody may ask, and what the server process is made of."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tornado.web import RequestHandler

import fluxlab
from fluxlab.server.handler import Nothing
from fluxlab.server.routes import ROUTES

VERBS = RequestHandler.SUPPORTED_METHODS
WRITING = ("POST", "PUT", "PATCH", "DELETE")
ELSEWHERE = {"Origin": "https://elsewhere.example"}
STRANGERS = {
    "a wrong token": {"Authorization": "token wrong"},
    "no token": {"Authorization": ""},
    "no token, from elsewhere": {"Authorization": "", **ELSEWHERE},
    "a wrong token, with a cookie": {"Authorization": "token wrong", "Cookie": "_xsrf=abc", "X-XSRFToken": "abc"},
    "a preflight": {"Authorization": "", **ELSEWHERE, "Access-Control-Request-Method": "POST"},
}


def routes(web_app):
    """What the server really has of fluxlab, by pattern."""
    rules = [rule for group in web_app.default_router.rules for rule in getattr(group.target, "rules", ())]
    return {
        rule.matcher.regex.pattern: rule.target
        for rule in rules
        if isinstance(rule.target, type) and rule.target.__module__.startswith("fluxlab.")
    }


@pytest.fixture
def addresses(jp_web_app, jp_base_url, wire, keep):
    """An address of something that is there, and its handler, for every route of the server."""
    made = keep()
    parts = [wire.path.rpartition("/")[2], made.uid, made.file_hash]
    base = re.escape(f"{jp_base_url}fluxlab/api/")
    found = {}
    for pattern, handler in routes(jp_web_app).items():
        assert pattern.replace("\\", "").startswith(base.replace("\\", "")), pattern
        path = pattern.replace("\\", "").removeprefix(base.replace("\\", "")).removesuffix("$")
        path = path.replace("([^/]+)", parts[0], 1)
        path = path.replace("([^/]+)", parts[1] if "generations/" in path else parts[2], 1).replace(".*", "nonsense")
        assert not set(path) & set("()[]*"), path
        found[path] = handler
    return found


def body_of(verb):
    return "{}" if verb in {"POST", "PUT", "PATCH"} else None


def has(handler, verb):
    return verb.lower() in vars(handler) and verb != "OPTIONS"


def test_the_server_has_the_routes_that_are_listed_and_no_other(addresses):
    assert sorted(map(repr, addresses.values())) == sorted(map(repr, [*ROUTES.values(), Nothing]))


@pytest.mark.parametrize("stranger", STRANGERS)
async def test_nobody_is_answered_who_is_not_logged_in(ask, addresses, catalog, stranger):
    before = catalog.state().text
    for path, handler in addresses.items():
        for verb in VERBS:
            headers = {**STRANGERS[stranger], "Content-Type": "application/json"}
            answer = await ask(*path.split("/"), method=verb, headers=headers, body=body_of(verb))
            # Jupyter looks at where a request comes from before it looks at who sends it.
            assert answer.status in ({403, 404} if "Origin" in headers else {403}), (verb, path, handler)
            assert str(catalog.folder) not in answer.body.decode()
            told = {name for name in answer.headers if name.startswith("Access-Control-Allow-")}
            assert not told & {"Access-Control-Allow-Methods", "Access-Control-Allow-Origin"}
    assert catalog.state().text == before


async def test_a_verb_that_an_address_lacks_is_refused(ask, addresses):
    for path, handler in addresses.items():
        for verb in VERBS:
            if not has(handler, verb):
                answer = await ask(*path.split("/"), method=verb, body=body_of(verb))
                assert answer.status == 405, (verb, path)
                assert "Access-Control-Allow-Methods" not in answer.headers


async def test_a_page_of_another_origin_is_refused_though_the_browser_is_logged_in(
    jp_serverapp, ask, addresses, catalog
):
    jp_serverapp.identity_provider.token = ""  # everybody is logged in, as with a cookie
    before = catalog.state().text
    for path in addresses:
        for verb in VERBS:
            for more in ({}, {"Cookie": "_xsrf=abc", "X-XSRFToken": "abc"}):
                headers = {"Authorization": "", "Content-Type": "application/json", **ELSEWHERE, **more}
                answer = await ask(*path.split("/"), method=verb, headers=headers, body=body_of(verb))
                assert answer.status in ({405} if verb == "OPTIONS" else {403, 404}), (verb, path)
                assert str(catalog.folder) not in answer.body.decode()
                assert "Access-Control-Allow-Origin" not in answer.headers
    assert catalog.state().text == before


async def test_what_may_change_something_needs_the_xsrf_token_where_a_cookie_is_all_there_is(
    jp_serverapp, ask, addresses, catalog
):
    jp_serverapp.identity_provider.token = ""
    before = catalog.state().text
    for path in addresses:
        for verb in WRITING:
            for more in ({}, {"Cookie": "_xsrf=abc"}, {"Cookie": "_xsrf=abc", "X-XSRFToken": "other"}):
                headers = {"Authorization": "", "Content-Type": "application/json", **more}
                answer = await ask(*path.split("/"), method=verb, headers=headers, body=body_of(verb))
                assert answer.status == 403, (verb, path, more)
    assert catalog.state().text == before


def test_every_verb_says_that_it_is_authenticated(jp_web_app):
    for handler in routes(jp_web_app).values():
        for verb in VERBS:
            method = vars(handler).get(verb.lower())
            # tornado's decorator is the one that calls the method it wraps
            assert method is None or method.__wrapped__ is not None


async def test_a_cookie_with_its_xsrf_token_is_enough(jp_serverapp, keep, ask_catalog):
    made = keep()
    jp_serverapp.identity_provider.token = ""
    headers = {"Authorization": "", "Cookie": "_xsrf=abc", "X-XSRFToken": "abc", "Content-Type": "application/json"}
    body = json.dumps({"uids": [made.uid], "set": {"stars": 5}})
    assert (await ask_catalog("marks", method="POST", headers=headers, body=body)).status == 200


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
