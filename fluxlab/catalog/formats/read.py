"""`read_foreign`: what any image says about how it was made, whoever wrote it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from fluxlab.blocks import flat_loras
from fluxlab.catalog.encoding import load
from fluxlab.catalog.formats import a1111, comfyui, invokeai, jpeg, png, swarmui, webp
from fluxlab.catalog.formats.bounds import ITEMS_MAX
from fluxlab.catalog.formats.findings import Findings
from fluxlab.catalog.formats.foreign import Foreign
from fluxlab.catalog.formats.loose_json import LooseJSONError
from fluxlab.catalog.formats.texts import Texts
from fluxlab.catalog.record import checked, parameters_of
from fluxlab.errors import CatalogError

#: Prefixes with which ComfyUI's and its extensions' texts stand in the fields of EXIF.
_PREFIXED = ("prompt", "workflow")
#: Texts outside PNG in which A1111, SwarmUI and others keep what PNG has under ``parameters``.
_COMMENTS = ("UserComment", "comment", "ImageDescription")


def read_foreign(source: str | Path | bytes) -> Foreign | None:
    """What a PNG, JPEG or WebP says about how it was made.

    Pixels are never decoded. Whatever the bytes, no more than a second and 64 MB are spent on one file.

    Parameters
    ----------
    source
        The path of a file, or its bytes.

    Returns
    -------
    Foreign or None
        ``None`` when this is no such image, or one without any text. Text that nobody's format explains comes with the
        tool ``"unknown"``, and what could not be read is told in the notes.

    Raises
    ------
    CatalogError
        When there is no file at the path, or it may not be read.
    """
    texts = Texts()
    if isinstance(source, bytes):
        known = _collect(io.BytesIO(source), texts)
    else:
        try:
            with Path(source).open("rb") as stream:
                known = _collect(stream, texts)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise CatalogError(f"'{source}' cannot be read ({reason}): give the path of an image file.") from None
    if not known or not (texts.raw or texts.notes):
        return None
    return _understood(texts)


def _collect(stream: BinaryIO, texts: Texts) -> bool:
    """Collect the texts; whether this is an image of a known kind."""
    head = stream.read(16)
    if head.startswith(png.SIGNATURE):
        png.read_texts(stream, texts)
    elif head.startswith(jpeg.SIGNATURE):
        jpeg.read_texts(stream, texts)
    elif webp.is_webp(head):
        webp.read_texts(stream, texts)
    else:
        return False
    return True


def _understood(texts: Texts) -> Foreign:
    """The first format that explains a text, in the order in which formats hide in each other."""
    raw = texts.raw
    if "fluxlab" in raw:
        ours = _foreign(texts, "fluxlab", "fluxlab", _record)
        if ours.parameters:
            return ours
        # Perhaps another text can still be read.
        texts.notes[:] = ours.notes
    swarm = next((key for key in ("parameters", *_COMMENTS) if key in raw and swarmui.is_swarm(raw[key])), None)
    if swarm is not None:
        return _foreign(texts, "swarmui", swarm, swarmui.parse)
    if "parameters" in raw and raw["parameters"].lstrip()[:1] != "{" and raw["parameters"].strip():
        return _infotext(texts, "parameters")
    if "invokeai_metadata" in raw:
        return _foreign(texts, "invokeai", "invokeai_metadata", invokeai.parse)
    if "prompt" in raw and raw["prompt"].lstrip()[:1] == "{":
        return _foreign(texts, "comfyui", "prompt", comfyui.parse)
    comment = next((key for key in _COMMENTS if key in raw and a1111.is_infotext(raw[key])), None)
    if comment is not None:
        return _infotext(texts, comment)
    prefixed = _prefixed(raw)
    if "prompt" in prefixed:
        key, graph = prefixed["prompt"]
        return _foreign(texts, "comfyui", key, lambda _: comfyui.parse(graph))
    return _unexplained(texts, workflow="workflow" in raw or "workflow" in prefixed)


def _unexplained(texts: Texts, *, workflow: bool) -> Foreign:
    """An image whose texts are kept but say nothing to us."""
    if workflow:
        texts.note("the image has ComfyUI's workflow for the editor but not the graph that ran: only its text is kept.")
    elif texts.raw:
        texts.note("no format that fluxlab knows explains the texts of this image.")
    return Foreign("comfyui" if workflow else "unknown", raw=texts.raw, notes=tuple(texts.notes))


def _prefixed(raw: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Key and JSON of the fields that begin with ``prompt:`` or ``workflow:``."""
    found: dict[str, tuple[str, str]] = {}
    for key, text in raw.items():
        name, colon, body = text[:64].partition(":")
        if colon and name.strip().lower() in _PREFIXED and body.lstrip()[:1] == "{":
            found.setdefault(name.strip().lower(), (key, text[len(name) + 1 :]))
    return found


def _foreign(texts: Texts, tool: str, key: str, parse: Callable[[str], Findings]) -> Foreign:
    try:
        found = parse(texts.raw[key])
    except LooseJSONError as error:
        texts.note(f"'{key}' {error}: only its text is kept.")
        found = Findings()
    except Exception as error:  # noqa: BLE001  (a stranger's text must not stop an import, whatever our parser overlooked)
        texts.note(f"'{key}' could not be read ({type(error).__name__}): only its text is kept.")
        found = Findings()
    return Foreign(tool, found.parameters, found.extra, texts.raw, (*texts.notes, *found.notes))


def _infotext(texts: Texts, key: str) -> Foreign:
    tools: list[str] = []

    def parse(source: str) -> Findings:
        tool, found = a1111.parse(source)
        tools.append(tool)
        return found

    read = _foreign(texts, "a1111", key, parse)
    return Foreign(tools[0], read.parameters, read.extra, read.raw, read.notes) if tools else read


def _record(source: str) -> Findings:
    """The recipe of one of our own records."""
    found = Findings()
    if sum(source.count(mark) for mark in ",[{") > ITEMS_MAX:
        raise LooseJSONError(f"holds more than {ITEMS_MAX:,} values")
    try:
        recipe: dict[str, Any] = dict(parameters_of(checked(load(source))))
    except CatalogError as error:
        found.note(str(error))
        return found
    if isinstance(recipe.get("loras"), list):
        recipe["loras"] = flat_loras(recipe["loras"])
    found.parameters = {name: value for name, value in recipe.items() if value not in (None, {})}
    return found
