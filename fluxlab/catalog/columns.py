"""The columns of the catalog's DataFrame: their SQL and their fixed dtypes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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


def _seconds(phase: str) -> str:
    return f"json_extract(timings, '$.{phase}')"


_TOTAL = "(SELECT sum(value) FROM json_each(timings) WHERE key IN ('encode', 'denoise', 'decode', 'write'))"
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
        *(Column(f"seconds.{phase}", _seconds(phase), NUMBER) for phase in ("encode", "denoise", "decode", "write")),
        Column("seconds.total", _TOTAL, NUMBER),
        Column("file_bytes", "file_bytes", WHOLE),
        Column("mode", "mode", TEXT),
        Column("run", "run", TEXT),
        Column("pixel_hash", "pixel_hash", TEXT),
        Column("error", "error", TEXT),
        Column("path", "path", TEXT),
    )
}
#: Shown when ``columns`` names them.
FURTHER = {
    column.name: column
    for column in (
        Column("prompt_2", "json_extract(recipe, '$.prompt_2')", TEXT),
        Column("negative_prompt", "json_extract(recipe, '$.negative_prompt')", TEXT),
        Column("true_cfg_scale", "json_extract(recipe, '$.true_cfg_scale')", NUMBER),
        Column("key", "key", TEXT),
        Column("file_hash", "file_hash", TEXT),
        Column("model_hash", "json_extract(files, '$.model')", TEXT),
        Column("coords", "coords", TEXT),
        Column("session", "session", TEXT),
        Column("step", "step", WHOLE),
        Column("finished", "finished", TIME),
        *(
            Column(f"effective.{name}", f"json_extract(effective, '$.{name}')", WHOLE)
            for name in ("steps", "width", "height")
        ),
        Column("effective.guidance", "json_extract(effective, '$.guidance')", NUMBER),
    )
}
_UID = Column("uid", "uid", TEXT)


def column(name: str) -> Column:
    """The column of that name, also ``lora.<name>`` for a strength and ``score.<metric>`` for a measure.

    Raises
    ------
    CatalogError
        For a name that no column has.
    """
    known = {"uid": _UID, **USUAL, **FURTHER}
    if name in known:
        return known[name]
    family, _, member = name.partition(".")
    if family == "lora" and member:
        return Column(name, "(SELECT value FROM json_each(loras) WHERE key = ?)", NUMBER, (member,))
    if family == "score" and member:
        lookup = "(SELECT value FROM scores WHERE scores.uid = generations.uid AND metric = ?)"
        return Column(name, lookup, NUMBER, (member,))
    raise CatalogError(
        f"the catalog has no column {name!r}:{nearest(name, known)} There are {', '.join(known)}, "
        "lora.<name> and score.<metric>."
    )


def chosen(names: Iterable[str] | None) -> list[Column]:
    """The columns for ``df(columns=…)``; without names, the usual ones."""
    if names is None:
        return list(USUAL.values())
    if isinstance(names, str):
        names = [names]
    return [column(name) for name in dict.fromkeys(names) if name != "uid"]
