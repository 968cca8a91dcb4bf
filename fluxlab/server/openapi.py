"""The routes in the words of OpenAPI 3.1."""

from __future__ import annotations

from typing import Any

from jupyter_server.utils import url_path_join

from fluxlab.catalog.browse import PAGE_MAX
from fluxlab.catalog.cell_code import KINDS
from fluxlab.catalog.record import fluxlab_version
from fluxlab.server.imports import BYTES_MAX
from fluxlab.server.pictures import SIDE_MAX, SIDE_MIN
from fluxlab.server.schemas import SCHEMAS, Json, listed, named, record, text

_UID = text("Of a generation: 32 hexadecimal digits.", pattern="^[0-9a-f]{32}$")
_UIDS = {"type": "array", "items": _UID, "minItems": 1, "maxItems": PAGE_MAX, "uniqueItems": True}
_REFUSALS = {
    400: "What is asked is not understood.",
    403: "Whoever asks is not logged in, or an XSRF token is missing.",
    404: "It is not there.",
    409: "The catalog cannot be used: it is damaged, or a newer fluxlab wrote it.",
    503: "The server is about to end.",
}


def description(base_url: str) -> Json:
    """The whole document.

    Parameters
    ----------
    base_url
        Of the server.
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "fluxlab",
            "version": fluxlab_version(),
            "description": "Catalogs of generated images: looked through, marked, compared, and turned into code.",
        },
        "servers": [{"url": url_path_join(base_url, "fluxlab/api")}],
        "security": [{"token": []}],
        "paths": _paths(),
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {"token": {"type": "apiKey", "in": "header", "name": "Authorization"}},
        },
    }


def _paths() -> Json:
    catalog = "/catalogs/{catalog}"
    query = _asked("query", text("Query words, as model:dev steps:20..28 -tag:bad."))
    sha256 = _part("sha256", text("Of a file, as `image` of an item.", pattern="^[0-9a-f]{64}$"))
    side = {"type": "integer", "minimum": SIDE_MIN, "maximum": SIDE_MAX, "default": 256}
    limit = {"type": "integer", "minimum": 1, "maximum": PAGE_MAX, "default": 100}
    return {
        "/catalogs": {
            "get": _verb("Catalogs below the server's folder.", _json(named("Catalogs")), below=False),
        },
        f"{catalog}/generations": {
            "get": _verb(
                "Generations page by page, newest first.",
                _json(named("Page")),
                [query, _asked("cursor", text("`next` of the page before.")), _asked("limit", limit)],
            )
        },
        f"{catalog}/generations/{{uid}}": {
            "get": _verb("All that is known of a generation.", _json(named("Whole")), [_part("uid", _UID)])
        },
        f"{catalog}/facets": {"get": _verb("Values to choose from, with counts.", _json(named("Facets")), [query])},
        f"{catalog}/words": {"get": _verb("What may be typed as query words.", _json(named("Words")))},
        f"{catalog}/images/{{sha256}}": {"get": _verb("An image as it was stored.", _bytes("image/png"), [sha256])},
        f"{catalog}/thumbnails/{{sha256}}": {
            "get": _verb("A small picture of an image.", _bytes("image/webp"), [sha256, _asked("side", side)])
        },
        f"{catalog}/marks": {
            "post": _verb(
                "Say something of images.",
                _json(record({"items": listed(named("Item"))})),
                body=_sent(record({"uids": _UIDS, "set": named("Marks")})),
                refusals=(413, 415),
            )
        },
        f"{catalog}/compare": {
            "get": _verb("What two to four images have in common.", _json(named("Comparison")), [_commas(2, 4)])
        },
        f"{catalog}/grid": {
            "get": _verb(
                "Images along axes: of a run its own, of some images those asked for.",
                _json(named("Grid")),
                [
                    _commas(1, PAGE_MAX, required=False),
                    *(_asked(name, text(told)) for name, told in (
                        ("run", "Id of a run, in place of uids."), ("x", "Axis along the columns."),
                        ("y", "Axis along the rows."),
                    )),
                ],
            )
        },
        f"{catalog}/code": {
            "post": _verb(
                "Images as the Python of a notebook's cell.",
                _json(record({"code": text("Runs by itself in a fresh kernel.")})),
                body=_sent(
                    record(
                        {
                            "uids": _UIDS, "kind": {"type": "string", "enum": list(KINDS)},
                            "folder": text("Of the notebook, from the root: a catalog in it is named from there."),
                        },
                        optional=("folder",),
                    )
                ),
                refusals=(413, 415),
            )
        },
        f"{catalog}/imports": {
            "post": _verb(
                f"Take a PNG, JPEG or WebP of at most {BYTES_MAX >> 20} MiB into the catalog.",
                _json(record({"item": named("Item"), "new": {"type": "boolean"}})),
                [
                    {
                        "name": "X-Fluxlab-Name", "in": "header", "required": False,
                        "schema": text("What the file is called, percent-encoded: shown, never a place."),
                    }
                ],
                body={
                    "required": True,
                    "content": {kind: {"schema": {}} for kind in ("image/png", "image/jpeg", "image/webp")},
                },
                refusals=(413, 415),
            )
        },
        f"{catalog}/events": {
            "get": _verb(
                "An event `change` with version and total after every change, without end.", _bytes("text/event-stream")
            )
        },
        "/openapi.json": {"get": _verb("This document.", _json({"type": "object"}), below=False)},
    }  # fmt: skip


def _verb(
    summary: str,
    answer: Json,
    parameters: list[Json] | None = None,
    *,
    body: Json | None = None,
    refusals: tuple[int, ...] = (),
    below: bool = True,
) -> Json:
    """One verb of a route; those below a catalog all take its id and may all be refused in the same ways."""
    statuses = {*refusals, *(_REFUSALS if below else (403, 503))}
    told = {**_REFUSALS, 413: "It is too large.", 415: "It is of the wrong kind."}
    refused = {str(status): {"description": told[status], **_content(named("Refusal"))} for status in sorted(statuses)}
    parts = [_part("catalog", text("Of `GET catalogs`.", pattern="^[0-9a-f]{16}$"))] if below else []
    return {
        "summary": summary,
        "parameters": [*parts, *(parameters or ())],
        **({} if body is None else {"requestBody": body}),
        "responses": {"200": answer, **refused},
    }


def _content(schema: Json, kind: str = "application/json") -> Json:
    return {"content": {kind: {"schema": schema}}}


def _json(schema: Json) -> Json:
    return {"description": "What was asked for.", **_content(schema)}


def _bytes(kind: str) -> Json:
    return {"description": "What was asked for.", **_content({"type": "string", "format": "binary"}, kind)}


def _sent(schema: Json) -> Json:
    return {"required": True, **_content(schema)}


def _part(name: str, schema: Json) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _asked(name: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _commas(least: int, most: int, *, required: bool = True) -> Json:
    schema: dict[str, Any] = {"type": "array", "items": _UID, "minItems": least, "maxItems": most, "uniqueItems": True}
    return {"name": "uids", "in": "query", "required": required, "style": "form", "explode": False, "schema": schema}
