"""A Jupyter server with the extension, on loopback, and a catalog below its folder."""

import hashlib
import json
import os
from dataclasses import dataclass
from typing import Any

import pytest
from PIL import Image
from pytest_jupyter.jupyter_server import *  # noqa: F403  (its fixtures, and the hook that runs async tests, here alone)

from fluxlab.catalog import Catalog, Draft
from fluxlab.recipe import Recipe

TIMINGS = {"encode": 0.5, "denoise": 2.0, "decode": 0.25}


@pytest.fixture
def jp_server_config():
    return {
        "ServerApp": {"jpserver_extensions": {"fluxlab.server": True}, "reraise_server_extension_failures": True},
    }


@pytest.fixture(autouse=True)
def _no_home(monkeypatch, home):
    """Catalogs are found below the server's folder."""
    monkeypatch.delenv("FLUXLAB_HOME")


@pytest.fixture
def folder(jp_root_dir):
    return jp_root_dir / "work" / ".fluxlab"


@pytest.fixture
def catalog(folder):
    with Catalog(folder) as opened:
        yield opened


@pytest.fixture
def keep(catalog):
    """Begin and complete one image."""

    def make(prompt="a cat", *, colour="red", run=None, coords=None, size=(32, 32), **recipe):
        values = {"seed": 7, "steps": 4, "guidance": 3.5, "width": size[0], "height": size[1], **recipe}
        draft = Draft(
            recipe=Recipe(prompt=prompt, max_sequence_length=64, **values),
            key=f"{prompt} {values}",
            files={"model": "ab" * 32},
            environment={"device": "cpu"},
            pipeline={"model": "nano", "class": "FluxPipeline"},
            run=run,
            coords=coords,
        )
        uid = catalog.begin(draft)
        return catalog.complete(uid, Image.new("RGB", size, colour), {"steps": values["steps"]}, TIMINGS)

    return make


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Any
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


@pytest.fixture
def ask(jp_fetch, jp_serverapp):
    """Ask the API; whatever the status, an answer comes back. Several texts are the parts of the address."""

    async def ask(*parts, method="GET", headers=None, body=None, send=None, **params):
        told = dict(headers or {})
        if send is not None:
            body, told["Content-Type"] = json.dumps(send), "application/json"
        found = await jp_fetch(
            "fluxlab", "api", *parts, method=method, headers=told, body=body, params=params, raise_error=False,
            allow_nonstandard_methods=True, follow_redirects=False,
        )  # fmt: skip
        return Answer(found.code, found.headers, found.body)

    return ask


@pytest.fixture
def ask_catalog(ask, catalog):
    """The same of the one catalog."""

    async def ask_catalog(*parts, **more):
        (found,) = (await ask("catalogs")).json["catalogs"]
        return await ask("catalogs", found["id"], *parts, **more)

    return ask_catalog


@dataclass
class Wire:
    """Where the API of the one catalog is, for what is said to it byte by byte."""

    port: int
    path: str
    token: str

    def head(self, verb, part, *lines):
        told = [f"{verb} {self.path}/{part} HTTP/1.1", "Host: localhost", *lines]
        return "\r\n".join([*told, "", ""]).encode()


@pytest.fixture
def wire(jp_http_port, jp_base_url, jp_auth_header, catalog, http_server_client):
    """The server of this test, on its port."""
    name = hashlib.sha256(os.fsencode(catalog.folder.resolve())).hexdigest()[:16]
    path = f"{jp_base_url}fluxlab/api/catalogs/{name}"
    return Wire(jp_http_port, path, f"Authorization: {jp_auth_header['Authorization']}")
