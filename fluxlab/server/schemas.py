"""What the routes take and give, as JSON Schema."""

from __future__ import annotations

from typing import Any

from fluxlab.catalog.facets import FACETS
from fluxlab.catalog.record import STATUSES

Json = dict[str, Any]


def text(description: str = "", **more: Any) -> Json:
    """A text."""
    return {"type": "string", **({"description": description} if description else {}), **more}


def record(fields: Json, *, optional: tuple[str, ...] = ()) -> Json:
    """An object that has these fields and no others."""
    required = [name for name in fields if name not in optional]
    return {"type": "object", "properties": fields, "required": required, "additionalProperties": False}


def listed(items: Json, **more: Any) -> Json:
    """A list."""
    return {"type": "array", "items": items, **more}


def named(name: str) -> Json:
    """One of `SCHEMAS`."""
    return {"$ref": f"#/components/schemas/{name}"}


def _or_none(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


_WHOLE: Json = {"type": "integer"}
_NUMBER: Json = {"type": "number"}
_SWITCH: Json = {"type": "boolean"}
_COUNT: Json = {"type": "integer", "minimum": 0}
_STARS = _or_none({"type": "integer", "minimum": 1, "maximum": 5})
_NOTE = _or_none(text())
_PAIRS = listed(listed(text(), minItems=2, maxItems=2))
_CELL_STATUSES = ("ok", "waiting", "queued", "running", "failed", "interrupted", "crashed", "missing")

SCHEMAS: Json = {
    "Refusal": record({"message": text("One sentence."), "field": _or_none(text("What it is about."))}),
    "Catalogs": record(
        {
            "catalogs": listed(
                record(
                    {
                        "id": text(pattern="^[0-9a-f]{16}$"),
                        "name": text(),
                        "folder": text("The folder around it, from the server's where it is below that."),
                        "path": text("What Python writes in Catalog(...)."),
                        "images": _or_none(_COUNT),
                        "problem": _or_none(text("Why it cannot be used.")),
                    }
                )
            ),
            "version": text("Of fluxlab."),
        }
    ),
    "Item": record(
        {
            "uid": text(pattern="^[0-9a-f]{32}$"),
            "created": text("ISO time in UTC."),
            "status": {"type": "string", "enum": list(STATUSES)},
            "prompt": text(),
            "negative_prompt": _or_none(text()),
            "model": _or_none(text()),
            "seed": _or_none(text("As decimal text: it may be larger than what JSON keeps.")),
            "steps": _or_none(_WHOLE),
            "guidance": _or_none(_NUMBER),
            "width": _WHOLE,
            "height": _WHOLE,
            "scheduler": _or_none(text()),
            "loras": listed(record({"name": text(), "strength": _NUMBER})),
            "mode": text(),
            "source": text("fluxlab, or the program that made it."),
            "run": _or_none(text()),
            "run_name": _or_none(text()),
            "seconds": _or_none(_NUMBER),
            "stars": _STARS,
            "rejected": _SWITCH,
            "tags": listed(text()),
            "note": _NOTE,
            "error": _or_none(text()),
            "image": _or_none(text("SHA-256 of its file.", pattern="^[0-9a-f]{64}$")),
        }
    ),
    "Page": record(
        {
            "items": listed(named("Item")),
            "next": _or_none(text("The cursor of the next page.")),
            "total": _COUNT,
            "version": text("Another one after every change of the catalog."),
        }
    ),
    "Details": record(
        {
            "title": text(),
            "parameters": listed(
                record({"name": text(), "text": text(), "differs": _SWITCH, "base": _or_none(text())})
            ),
            "effective": _PAIRS,
            "environment": _PAIRS,
            "code": text(),
            "path": _or_none(text()),
            "seconds": _or_none(_NUMBER),
            "notes": listed(text()),
        }
    ),
    "Whole": record({"item": named("Item"), "details": named("Details")}),
    "Facets": record(
        {
            "facets": listed(
                record(
                    {
                        "field": {"type": "string", "enum": list(FACETS)},
                        "values": listed(record({"text": text(), "words": text(), "count": _COUNT}), maxItems=20),
                        "more": _COUNT,
                    }
                )
            )
        }
    ),
    "Words": record(
        {
            "fields": listed(
                record(
                    {
                        "name": text(),
                        "kind": {"type": "string", "enum": ["text", "number", "yes_no", "choice"]},
                        "values": listed(text(), maxItems=200),
                        "help": text(),
                    }
                )
            )
        }
    ),
    "Marks": {
        "oneOf": [
            record({"stars": _STARS}),
            record({"rejected": _SWITCH}),
            record({"note": _NOTE}),
            record({"tags": listed(text())}),
            record({"tag": text()}),
            record({"untag": text()}),
        ]
    },
    "Comparison": record(
        {
            "rows": listed(record({"name": text(), "values": listed(text()), "same": _SWITCH})),
            "factors": listed(text()),
            "warning": _or_none(text()),
        }
    ),
    "Cell": record(
        {
            "id": _WHOLE,
            "place": listed(_COUNT),
            "status": {"type": "string", "enum": list(_CELL_STATUSES)},
            "cached": _SWITCH,
            "lossy": _SWITCH,
            "label": text(),
            "alt": text(),
            "notes": listed(text()),
            "uid": _or_none(text()),
            "version": _or_none(text("SHA-256 of its file.")),
            "width": _or_none(_WHOLE),
            "height": _or_none(_WHOLE),
            "error": _or_none(text()),
            "step": _COUNT,
            "steps": _COUNT,
            "stars": _STARS,
            "rejected": _SWITCH,
            "tags": listed(text()),
            "note": _NOTE,
        }
    ),
    "Direction": record(
        {"name": text(), "labels": listed(record({"text": text(), "full": text()})), "numeric": _SWITCH}
    ),
    "Scene": record(
        {
            "id": text(),
            "trail": listed(text()),
            "title": text(),
            "summary": text(),
            "directions": listed(named("Direction")),
            "rows": _or_none(_COUNT),
            "columns": _or_none(_COUNT),
            "cells": listed(named("Cell")),
            "warnings": listed(text()),
            "fixed": _PAIRS,
            "progress": {"type": "null"},
            "actions": listed(text(), maxItems=0),
            "code": text(),
        }
    ),
    "Grid": record({"scene": named("Scene"), "axes": listed(text("Names to choose from."))}),
}
