"""The columns of the catalog's DataFrame: their SQL and their fixed dtypes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from fluxlab.catalog import given
from fluxlab.errors import CatalogError, nearest

TEXT, WHOLE, NUMBER, TIME = "string", "Int64", "Float64", "datetime64[ns, UTC]"


@dataclass(frozen=True)
class Column:
    """One column: its name, the expression it is read with, its dtype, and the values the expression binds."""

    name: str
    sql: str
    dtype: str
    bound: tuple[str, ...] = ()

    @property
    def quoted(self) -> str:
        """The name as an SQL identifier."""
        return '"' + self.name.replace('"', '""') + '"'

    @property
    def literal(self) -> str:
        """The expression with its values written into it, for a view, which cannot bind."""
        sql = self.sql
        for value in self.bound:
            sql = sql.replace("?", "'" + value.replace("'", "''") + "'")
        return sql


def _detail(expression: str) -> str:
    """Something of the table beside, which is read only where the column is asked for."""
    return f"(SELECT {expression} FROM details WHERE details.id = generations.id)"  # noqa: S608  (this module's own)


def _json(text: str, path: str) -> str:
    """A value inside a JSON text; none of a text that is no JSON, because one such row must not cost all others."""
    return f"CASE WHEN json_valid({text}) THEN json_extract({text}, '$.{path}') END"


#: Shown without being asked for.
USUAL = {
    column.name: column
    for column in (
        Column("created", "created", TIME),
        Column("status", "status", TEXT),
        Column("model", "model", TEXT),
        Column("prompt", "prompt", TEXT),
        Column("seed", "seed", TEXT),
        Column("steps", "steps", WHOLE),
        Column("guidance", "guidance", NUMBER),
        Column("width", "width", WHOLE),
        Column("height", "height", WHOLE),
        Column("scheduler", "scheduler", TEXT),
        Column("max_sequence_length", "max_sequence_length", WHOLE),
        Column("loras", "loras", TEXT),
        *(
            Column(f"seconds.{phase}", f"seconds_{phase}", NUMBER)
            for phase in ("encode", "denoise", "decode", "write", "total")
        ),
        Column("file_bytes", "file_bytes", WHOLE),
        Column("mode", "mode", TEXT),
        Column("run", "run", TEXT),
        Column("pixel_hash", "pixel_hash", TEXT),
        Column("error", "error", TEXT),
        Column("path", "'objects/' || substr(file_hash, 1, 2) || '/' || file_hash || '.png'", TEXT),
    )
}
#: Shown when ``columns`` names them.
FURTHER = {
    column.name: column
    for column in (
        Column("source", "source", TEXT),
        Column("stars", "stars", WHOLE),
        Column(
            "tags",
            "(SELECT group_concat(tag, ', ') FROM "
            "(SELECT tag FROM tags WHERE tags.uid = generations.uid ORDER BY tag))",
            TEXT,
        ),
        Column("note", "(SELECT note FROM notes WHERE notes.uid = generations.uid)", TEXT),
        *(
            Column(
                name,
                _detail(f"coalesce({_json('recipe', name)}, {_json('imported', f'parameters.{name}')})"),
                kind,
            )
            for name, kind in (
                ("prompt_2", TEXT),
                ("negative_prompt", TEXT),
                ("true_cfg_scale", NUMBER),
                ("guidance_schedule", TEXT),
                ("step_cache", TEXT),
                ("attention", TEXT),
                ("quantization", TEXT),
                ("compile", WHOLE),
            )
        ),
        # In the words of fluxlab.levers.lossy_levers.
        Column(
            "lossy",
            _detail(
                "nullif(trim("
                "coalesce('step_cache ' || json_extract(recipe, '$.step_cache') || ', ', '') || "
                "coalesce('attention ' || nullif(json_extract(recipe, '$.attention'), 'native') || ', ', '') || "
                "coalesce('quantization ' || json_extract(recipe, '$.quantization') || ', ', '') || "
                "iif(json_extract(recipe, '$.compile'), 'compile', ''), ', '), '')"
            ),
            TEXT,
        ),
        Column("key", "key", TEXT),
        Column("file_hash", "file_hash", TEXT),
        Column("model_hash", _detail(_json("files", "model")), TEXT),
        Column("coords", _detail("coords"), TEXT),
        Column("session", _detail("session"), TEXT),
        Column("step", _detail("step"), WHOLE),
        Column("finished", _detail("finished"), TIME),
        *(
            Column(f"effective.{name}", _detail(_json("effective", name)), WHOLE)
            for name in ("steps", "width", "height")
        ),
        Column("effective.guidance", _detail(_json("effective", "guidance")), NUMBER),
    )
}
_SEED = re.compile(r"-?[0-9]{1,100}")
_UID = Column("uid", "uid", TEXT)
_QUOTED = re.compile(r"""'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|"((?:[^"]|"")*)\"""", re.DOTALL)
_MEMBER = re.compile(r"(?:lora|score)\..", re.DOTALL)


def column(name: str) -> Column:
    """The column of that name, also ``lora.<name>`` for a strength and ``score.<metric>`` for a measure.

    Raises
    ------
    CatalogError
        For a name that no column has.
    """
    fixed = {item.name: item for item in known()}
    if name in fixed:
        return fixed[name]
    family, _, member = name.partition(".")
    if family == "lora" and member:
        lookup = "(SELECT value FROM json_each(CASE WHEN json_valid(loras) THEN loras END) WHERE key = ?)"
        return Column(name, lookup, NUMBER, (member,))
    if family == "score" and member:
        lookup = "(SELECT value FROM scores WHERE metric = ? AND scores.id = generations.id)"
        return Column(name, lookup, NUMBER, (member,))
    raise CatalogError(
        f"the catalog has no column {name!r}:{nearest(name, fixed)} There are {', '.join(fixed)}, "
        "lora.<name> and score.<metric>."
    )


def seed_of(text: str | None) -> int | str | None:
    """A seed, which the database keeps as text, as the number that it is; what is no number stays text."""
    return int(text) if text is not None and _SEED.fullmatch(text) else text


def known() -> list[Column]:
    """Every column but those of single LoRAs and scores."""
    return [_UID, *USUAL.values(), *FURTHER.values()]


def members(text: str) -> list[Column]:
    """The columns of LoRAs and scores that a text of SQL names, such as ``"score.sharpness"``."""
    return [column(name) for name in dict.fromkeys(quoted_names(text)) if _MEMBER.match(name)]


def quoted_names(text: str) -> list[str]:
    """The names in double quotes in a text of SQL, in their order; texts and comments are passed over."""
    return [found[1].replace('""', '"') for found in _QUOTED.finditer(text) if found[1] is not None]


def leaves_its_brackets(condition: str) -> bool:
    """Whether a condition of SQL closes a bracket that it did not open, or leaves one, a text or a comment open."""
    bare = _QUOTED.sub(" ", condition)
    if any(mark in bare for mark in ("'", '"', "/*", "[", "`")):
        return True
    depth = 0
    for mark in bare:
        depth += {"(": 1, ")": -1}.get(mark, 0)
        if depth < 0:
            return True
    return depth != 0


def chosen(names: Iterable[str] | None) -> list[Column]:
    """The columns for ``df(columns=…)``; without names, the usual ones."""
    if names is None:
        return list(USUAL.values())
    wanted = given.texts("columns", names, "the name of a column", "'guidance'")
    return [column(name) for name in dict.fromkeys(wanted) if name != "uid"]
