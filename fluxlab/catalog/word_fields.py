"""What the fields of the query words mean: each as a condition over the catalog's columns, its values bound."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from fluxlab.catalog.encoding import text_safe
from fluxlab.catalog.marks import REJECTED
from fluxlab.catalog.record import STATUSES
from fluxlab.catalog.search import full_text, is_letter
from fluxlab.catalog.times import moment
from fluxlab.catalog.words import Part, Word, quoted, taken_apart
from fluxlab.errors import CatalogError, brief, nearest

Kind = Literal["text", "number", "yes_no", "choice"]
MODES = ("exact", "fast")
SCORE = "score."
_COMPARED = (">=", "<=", ">", "<")
_STRENGTH = re.compile(r"(>=|<=|>|<)")
_SIZE = re.compile(r"([0-9]{1,7})x([0-9]{1,7})", re.IGNORECASE)
_WHOLE = re.compile(r"-?[0-9]{1,20}")
_UID = re.compile(r"[0-9a-f]{1,32}")
_INTEGER_END = 2**63


@dataclass
class Conditions:
    """Conditions over the columns, and what they bind.

    Attributes
    ----------
    sql : list of str
        All must hold.
    bound : dict
        Values by name.
    search : str or None
        The full-text query of the words of the prompt.
    names_status : bool
        Whether one of the words is about the status.
    passing : bool
        Whether what is meant changes with the clock alone.
    """

    sql: list[str] = field(default_factory=list)
    bound: dict[str, Any] = field(default_factory=dict)
    search: str | None = None
    names_status: bool = False
    passing: bool = False

    def bind(self, value: str | float) -> str:
        """The name that stands for a value in the SQL."""
        name = f"_w{len(self.bound)}"
        self.bound[name] = text_safe(value) if isinstance(value, str) else value
        return f":{name}"


Meaning = Callable[[Word, tuple[Part, ...], Conditions], str]


@dataclass(frozen=True)
class Field:
    """A field: its name, what may stand behind it, and one line of help."""

    name: str
    kind: Kind
    help: str
    meaning: Meaning
    choices: tuple[str, ...] = ()


def conditions(line: Any) -> Conditions:
    """What a line of query words asks for.

    Parameters
    ----------
    line
        Such as ``'model:dev steps:20..28 "red fox"'``.

    Raises
    ------
    QueryError
        For a word that is not understood, by its place in the line.
    """
    out = Conditions()
    wanted: list[str] = []
    for word in taken_apart(line):
        if word.field is None:
            search = _search(word)
            if word.negated:
                mark = out.bind(full_text(search))
                out.sql.append(f"_id NOT IN (SELECT rowid FROM prompts WHERE prompts MATCH {mark})")  # noqa: S608  (bound)
            else:
                wanted.append(search)
            continue
        meant = _field(word)
        out.names_status |= meant.name == "status"
        out.passing |= meant.name in {"since", "until"}
        either = " OR ".join(meant.meaning(word, value, out) for value in word.values)
        # What is not recorded is not what was asked for, hence among what is left when that is taken away.
        out.sql.append(f"NOT coalesce(({either}), 0)" if word.negated else f"({either})")
    out.search = full_text(" ".join(wanted)) if wanted else None
    return out


def _field(word: Word) -> Field:
    name = str(word.field).lower()
    if name.startswith(SCORE):
        return FIELDS[SCORE]
    if name in FIELDS and name != SCORE:
        return FIELDS[name]
    raise word.refuse(
        f"names no field:{nearest(name, FIELDS)} Fields are {', '.join(FIELDS)}<metric>; to look for it in prompts, "
        "put it in double quotes."
    )


def _search(word: Word) -> str:
    """A word of the prompt as `full_text` reads it."""
    (parts,) = word.values
    out = "".join('"' + part.text.replace('"', " ") + '"' if part.quoted else part.text for part in parts)
    if not any(map(is_letter, out)):
        raise word.refuse("has no letter or digit to look for in prompts: write a word, or leave it out.")
    return out


def _text(value: tuple[Part, ...]) -> str:
    return "".join(part.text for part in value)


def _number(word: Word, text: str) -> int | float:
    for kind in (int, float):
        try:
            number: int | float = kind(text)
        except ValueError:
            continue
        if math.isfinite(number) and abs(number) < _INTEGER_END:
            return number
        break
    raise word.refuse(
        f"has {brief(text)} where a number belongs: write one, several by commas, or a range such as {word.field}:4..8."
    )


def _is_none(value: tuple[Part, ...]) -> bool:
    return len(value) == 1 and not value[0].quoted and value[0].text.lower() == "none"


def _compared(column: str, word: Word, value: tuple[Part, ...], out: Conditions) -> str:
    """A column of numbers against a number, a range or nothing."""
    text = _text(value)
    if word.sign in _COMPARED:
        if len(word.values) > 1:
            raise word.refuse(f"compares with several numbers: give {word.sign} one.")
        return f"{column} {word.sign} {out.bind(_number(word, text))}"
    if _is_none(value):
        return f"{column} IS NULL"
    low, dots, high = text.partition("..")
    if not dots:
        return f"{column} = {out.bind(_number(word, text))}"
    if not low and not high:
        raise word.refuse(f"has a range without an end: write one, such as {word.field}:4..8 or {word.field}:4...")
    ends = [f"{column} >= {out.bind(_number(word, low))}"] if low else []
    ends += [f"{column} <= {out.bind(_number(word, high))}"] if high else []
    return f"({' AND '.join(ends)})"


def _plain(word: Word, example: str) -> None:
    """Refuse a comparison where there is nothing to compare."""
    if word.sign in _COMPARED:
        raise word.refuse(f"compares what has no order: write {example}.")


def _part_of(column: str, word: Word, value: tuple[Part, ...], out: Conditions) -> str:
    """A part of a text, in any case; after ``=`` the whole of it."""
    _plain(word, f"{word.field}:{quoted(_text(value))}")
    if word.sign == "=":
        return f"{column} = {out.bind(_text(value))}"
    return f"instr(lower({column}), lower({out.bind(_text(value))})) > 0"


def _chosen(column: str, allowed: Sequence[str], word: Word, value: tuple[Part, ...], out: Conditions) -> str:
    text = _text(value).lower()
    _plain(word, f"{word.field}:{allowed[0]}")
    if text not in allowed:
        raise word.refuse(f"is not allowed: {word.field} is one of {', '.join(allowed)}.{nearest(text, allowed)}")
    return f"{column} = {out.bind(text)}"


def _whether(condition: str, word: Word, value: tuple[Part, ...], _: Conditions) -> str:
    text = _text(value).lower()
    if word.sign in _COMPARED or text not in {"yes", "no"}:
        raise word.refuse(f"is neither yes nor no: write {word.field}:yes or {word.field}:no.")
    return condition if text == "yes" else f"NOT ({condition})"


def _seed(word: Word, value: tuple[Part, ...], out: Conditions) -> str:
    """Seeds are kept as text, because they reach beyond the integers of SQLite."""
    text = _text(value)
    if word.sign in _COMPARED or ".." in text:
        return _compared("CAST(seed AS INTEGER)", word, value, out)
    if _is_none(value):
        return "seed IS NULL"
    if not _WHOLE.fullmatch(text):
        raise word.refuse("is not a whole number: write one, several by commas, or a range such as seed:1..4.")
    return f"seed = {out.bind(str(int(text)))}"


def _size(word: Word, value: tuple[Part, ...], out: Conditions) -> str:
    found = _SIZE.fullmatch(_text(value))
    if found is None or word.sign in _COMPARED:
        raise word.refuse("is no size: write width and height, such as size:1024x768.")
    return f"(width = {out.bind(int(found[1]))} AND height = {out.bind(int(found[2]))})"


def _lora(word: Word, value: tuple[Part, ...], out: Conditions) -> str:
    """The whole name of a LoRA that has an effect, and perhaps a comparison of its strength."""
    _plain(word, "lora:ink or lora:ink>0.5")
    name, sign, strength = "", "", ""
    for part in value:
        if sign:
            strength += part.text
        elif not part.quoted and (found := _STRENGTH.search(part.text)):
            name += part.text[: found.start()]
            sign, strength = found[1], part.text[found.end() :]
        else:
            name += part.text
    if not name:
        raise word.refuse("names no LoRA: write lora:ink or lora:ink>0.5.")
    worn = "FROM json_each(CASE WHEN json_valid(loras) THEN loras END)"
    if not sign:
        return f"EXISTS (SELECT 1 {worn} WHERE key = {out.bind(name)} AND value <> 0)"
    number = out.bind(_number(word, strength))
    return f"EXISTS (SELECT 1 {worn} WHERE key = {out.bind(name)} AND value {sign} {number})"


def _tag(word: Word, value: tuple[Part, ...], out: Conditions) -> str:
    _plain(word, "tag:keeper")
    return f"uid IN (SELECT uid FROM tags WHERE tag = {out.bind(_text(value))})"  # noqa: S608  (bound)


def _run(word: Word, value: tuple[Part, ...], out: Conditions) -> str:
    _plain(word, "run:fox, which is a part of its name or its whole id")
    mark = out.bind(_text(value))
    named = f"SELECT id FROM runs WHERE instr(lower(name), lower({mark})) > 0"  # noqa: S608  (bound)
    return f"(run = {mark} OR run IN ({named}))"


def _time(sign: str, word: Word, value: tuple[Part, ...], out: Conditions) -> str:
    _plain(word, f"{word.field}:7d or {word.field}:2026-11-24")
    try:
        mark = out.bind(moment(str(word.field).lower(), _text(value)))
    except CatalogError:
        raise word.refuse(
            "is no time: write a span back from now such as 7d, 12h, 30m or 2w, or a date such as 2026-11-24."
        ) from None
    return f"_id IN (SELECT id FROM generations WHERE created {sign} {mark})"  # noqa: S608  (own words, bound)


def _score(word: Word, value: tuple[Part, ...], out: Conditions) -> str:
    metric = out.bind(str(word.field)[len(SCORE) :])
    compared = _compared("value", word, value, out)
    return f"_id IN (SELECT id FROM scores WHERE metric = {metric} AND {compared})"  # noqa: S608  (own words, bound)


def _beginning(word: Word, value: tuple[Part, ...], out: Conditions) -> str:
    text = _text(value).lower()
    if word.sign in _COMPARED or not _UID.fullmatch(text):
        raise word.refuse("is no beginning of a uid: write hexadecimal digits, such as uid:3f9a.")
    # The letter after f ends the range of all texts that begin so.
    return f"(uid >= {out.bind(text)} AND uid < {out.bind(text + 'g')})"


_HAS_TAG = f"uid IN (SELECT uid FROM tags WHERE tag = '{REJECTED}')"  # noqa: S608  (own word)
_NUMBERS = "; several by commas, a range as 4..8"

#: By name; the last is of a family, and names a measure behind its dot.
FIELDS: Mapping[str, Field] = {
    each.name: each
    for each in (
        Field("model", "text", "a part of the model's name; = for the whole name", partial(_part_of, "model")),
        Field("steps", "number", f"steps{_NUMBERS}", partial(_compared, "steps")),
        Field("guidance", "number", f"guidance{_NUMBERS}", partial(_compared, "guidance")),
        Field("seed", "number", f"seed{_NUMBERS}", _seed),
        Field("size", "text", "width and height, as 1024x768", _size),
        Field("lora", "text", "a LoRA by its whole name, and its strength: lora:ink>0.5", _lora),
        Field("tag", "text", "a tag; of several by commas any", _tag),
        Field("stars", "number", "1 to 5 stars, or none", partial(_compared, "stars")),
        Field("starred", "yes_no", "whether it has stars", partial(_whether, "stars IS NOT NULL")),
        Field("rejected", "yes_no", "whether it was rejected", partial(_whether, _HAS_TAG)),
        Field("note", "yes_no", "whether it has a note", partial(_whether, "uid IN (SELECT uid FROM notes)")),
        Field("status", "choice", "how it ended", partial(_chosen, "status", STATUSES), STATUSES),
        Field("run", "text", "a part of a sweep's name, or its whole id", _run),
        Field("since", "text", "a time, or 30m, 12h, 7d, 2w before now", partial(_time, ">=")),
        Field("until", "text", "a time; a date is the whole day", partial(_time, "<=")),
        Field("scheduler", "text", "a part of the scheduler's name", partial(_part_of, "scheduler")),
        Field("source", "text", "the program that made it", partial(_part_of, "source")),
        Field("mode", "choice", "how it was made", partial(_chosen, "mode", MODES), MODES),
        Field("width", "number", f"pixels{_NUMBERS}", partial(_compared, "width")),
        Field("height", "number", f"pixels{_NUMBERS}", partial(_compared, "height")),
        Field("seconds", "number", "seconds that it took in all", partial(_compared, '"seconds.total"')),
        Field("uid", "text", "the beginning of its uid", _beginning),
        Field(SCORE, "number", "a measure: score.sharpness>0.2", _score),
    )
}
