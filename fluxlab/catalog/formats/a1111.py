"""The text of A1111 and Forge: a prompt, a negative prompt, and one last line of ``Key: value`` pairs."""

from __future__ import annotations

import json
import re
from typing import Any

from fluxlab.catalog.formats.bounds import INFOTEXT_MAX
from fluxlab.catalog.formats.findings import Findings, Names, real, text, whole
from fluxlab.catalog.formats.loose_json import LooseJSONError, loads_at

#: A last line with fewer pairs belongs to the prompt.
_PAIRS_MIN = 3
_NEGATIVE = "Negative prompt:"
_TEMPLATES = ("Template: ", "Negative Template: ")
#: A space before a tag is part of how a tag is written; every part is bounded, so that a search takes linear time.
_LORA = re.compile(r" ?<lora:([^:<>\n]{1,200})(?::([^<>\n]{0,200}))?>")
_SIZE = re.compile(r"([0-9]{1,6})x([0-9]{1,6})")
#: A JSON string before a comma or the end; the possessive repeats never go back, so that a search takes linear time.
_QUOTED = re.compile(r'"(?:[^"\\]++|\\.)++"(?=,|\Z)')
_FORGE_VERSION = re.compile(r"f[0-9]")
#: Values that are JSON without quotes, which the grammar of pairs would tear apart.
_JSON_KEYS = ("Hashes", "Civitai resources", "Civitai metadata")

_NAMES: Names = {
    "Steps": ("steps", whole),
    "Seed": ("seed", whole),
    "CFG scale": ("true_cfg_scale", real),
    "Distilled CFG Scale": ("guidance", real),
    "Sampler": ("sampler", text),
    "Schedule type": ("scheduler_name", text),
    "Model": ("model", text),
    "Model hash": ("model_hash", text),
}


def is_infotext(source: str) -> bool:
    """Whether the last line is one of pairs, or the last before the templates of Dynamic Prompts."""
    lines, _ = _without_templates(source[-INFOTEXT_MAX:].strip().split("\n"))
    return len(_pairs(lines[-1])) >= _PAIRS_MIN


def parse(source: str) -> tuple[str, Findings]:
    """Tool and findings of a text.

    Parameters
    ----------
    source
        The whole text.

    Returns
    -------
    tuple
        ``"a1111"`` or ``"forge"``, and what the text says.
    """
    found = Findings()
    if len(source) > INFOTEXT_MAX:
        found.note(f"the text has {len(source):,} characters: the first and last {INFOTEXT_MAX // 2:,} were read.")
        source = f"{source[: INFOTEXT_MAX // 2]}\n{source[-INFOTEXT_MAX // 2 :]}"
    lines, templates = _without_templates(source.strip().split("\n"))
    lines = [line.strip() for line in lines]
    if templates:
        found.extra["Template"] = templates
    last, jsons = _without_json(lines[-1])
    pairs = _pairs(last)
    if len(pairs) < _PAIRS_MIN:
        pairs, jsons = [], {}
        found.note("the text ends without a line of parameters: all of it was read as prompt.")
    else:
        lines.pop()
    _prompts(lines, found)
    values = dict(pairs)
    tool = _tool(values, found)
    if pairs and "Civitai" in source and "FLUX" in source.upper() and "Distilled CFG Scale" not in values:
        _as_forge_reads_civitai(values, found)
    for key, value in values.items():
        size = _SIZE.fullmatch(value) if key == "Size" else None
        if size:
            found.parameters |= {"width": int(size[1]), "height": int(size[2])}
        elif key == "Lora hashes":
            parts = (part.rpartition(":") for part in value.split(","))
            found.extra[key] = {name.strip(): digest.strip() for name, colon, digest in parts if colon}
        else:
            found.put(key, value, _NAMES)
    found.extra |= jsons
    return tool, found


def _without_templates(lines: list[str]) -> tuple[list[str], str]:
    """The lines, and what Dynamic Prompts appends to them: the templates, after the line of parameters.

    A line that begins with a space is of a prompt.
    """
    for at in range(1, len(lines)):
        if lines[at].startswith(_TEMPLATES) and len(_pairs(_without_json(lines[at - 1])[0])) >= _PAIRS_MIN:
            return lines[:at], "\n".join(lines[at:])
    return lines, ""


def _tool(values: dict[str, str], found: Findings) -> str:
    """Forge has keys of its own, and versions that begin with f; many other programs write as A1111 does."""
    version = values.get("Version", "")
    if version.startswith("fluxlab"):
        found.note("fluxlab wrote this text, but there is no readable record of it in the file.")
        return "a1111"
    forge = "Distilled CFG Scale" in values or "Module 1" in values or _FORGE_VERSION.match(version)
    return "forge" if forge else "a1111"


def _prompts(lines: list[str], found: Findings) -> None:
    """Split the prompts, and take the LoRA tags out of them."""
    at = next((index for index, line in enumerate(lines) if line.startswith(_NEGATIVE)), len(lines))
    # The mark may stand again inside the negative prompt, where it is skipped too.
    negative = [line.removeprefix(_NEGATIVE).strip() if line.startswith(_NEGATIVE) else line for line in lines[at:]]
    prompt = "\n".join(lines[:at])
    for tag in _LORA.finditer(prompt):
        # Two strengths are for the transformer and the text encoder; what follows is for extensions.
        written = (tag[2] or "1").split(":")[0]
        strength = real(written)
        if strength is None:
            found.note(f"the strength of LoRA {tag[1][:60]!r} is {written[:60]!r}, which is no number: 1 was read.")
        found.add_lora(tag[1].strip(), 1.0 if strength is None else strength)
    found.parameters["prompt"] = _LORA.sub("", prompt)
    if any(negative):
        found.parameters["negative_prompt"] = "\n".join(negative)


def _as_forge_reads_civitai(values: dict[str, str], found: Findings) -> None:
    """Civitai's own generator writes FLUX's guidance as CFG scale, a clip skip, and a sampler that is undefined."""
    scale = values.pop("CFG scale", None)
    if scale is not None:
        values |= {"Distilled CFG Scale": scale, "CFG scale": "1"}
        found.note("Civitai wrote FLUX's guidance as CFG scale: it was read as guidance.")
    values.pop("Clip skip", None)
    if values.get("Sampler") == "Undefined":
        values |= {"Sampler": "Euler", "Schedule type": "Simple"}
        found.note("Civitai wrote Sampler: Undefined: it was read as Euler, Simple.")


def _without_json(line: str) -> tuple[str, dict[str, Any]]:
    """The line without the values that are bare JSON, and these."""
    values: dict[str, Any] = {}
    for key in _JSON_KEYS:
        mark = f"{key}: "
        at = line.find(mark)
        if (
            at < 0
            or line[at + len(mark) : at + len(mark) + 1] not in {"{", "["}
            or line[:at].rstrip()[-1:] not in {"", ","}
        ):
            continue
        try:
            value, end = loads_at(line, at + len(mark))
        except LooseJSONError:
            continue
        values[key] = value
        line = line[:at].rstrip().removesuffix(",") + line[end:]
    return line, values


def _pairs(line: str) -> list[tuple[str, str]]:
    """All ``Key: value`` pairs of a line, in one pass from left to right.

    A key has two characters or more, of letters, digits, space, ``_``, ``-`` and ``/``, and begins with neither space
    nor sign. A value runs to the next comma, or is a JSON string. Whatever stands between pairs is skipped.
    """
    found: list[tuple[str, str]] = []
    place = 0
    while (colon := line.find(":", place)) >= 0:
        start = _key_start(line, place, colon)
        if start is None:
            place = colon + 1
            continue
        value = colon + 1
        while value < len(line) and line[value].isspace():
            value += 1
        quoted = _QUOTED.match(line, value)
        comma = line.find(",", value)
        end = quoted.end() if quoted else comma if comma >= 0 else len(line)
        found.append((line[start:colon], _unquoted(line[value:end])))
        place = end + 1
    return found


def _key_start(line: str, low: int, colon: int) -> int | None:
    """Where the key before a colon begins, looking back no further than ``low``."""
    start, first = colon, None
    while start > low and (line[start - 1].isalnum() or line[start - 1] in "_ -/"):
        start -= 1
        if line[start].isalnum() or line[start] == "_":
            first = start
    return first if first is not None and colon - first >= 2 else None


def _unquoted(value: str) -> str:
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    try:
        return str(json.loads(value))
    except ValueError:
        return value
