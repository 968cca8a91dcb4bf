"""`Matches`: the images that a query found, what varies among them, and the table of the newest."""

from __future__ import annotations

import base64
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from fluxlab.blocks import absent
from fluxlab.catalog import Generation
from fluxlab.catalog.search import hint
from fluxlab.errors import CatalogError, FluxlabError
from fluxlab.grid.labels import value_text
from fluxlab.grid.thumbnails import THUMBNAIL, thumbnail
from fluxlab.grid.varied import strengths_in
from fluxlab.lora_axes import LORA
from fluxlab.recipe import LATER

if TYPE_CHECKING:
    import pandas as pd

    from fluxlab.catalog import Catalog

#: The newest so many are looked at for what varies: a catalog may have a million.
LOOKED_AT = 5000
_PARAMETERS = (
    *("model", "prompt", "seed", "steps", "guidance", "width", "height", "scheduler", "max_sequence_length"),
    *("prompt_2", "negative_prompt", "true_cfg_scale", *LATER),
)
_SIDES = ("width", "height")
_MARKS = ("stars", "tags", "error")
_TEXT_MAX = 120
#: Thumbnails that are kept, and their side in pixels.
_KEPT, _SIDE = 400, 48


class Matches:
    """The images that a query found.

    Parameters
    ----------
    catalog
        Where they are.
    query
        As `fluxlab.Catalog.df` takes it.

    Attributes
    ----------
    count, hidden : int
        How many match, and how many failed ones the status hides.
    varying : tuple of str
        Parameters that differ among the newest `LOOKED_AT`, as axes of a grid are called.
    hint : str or None
        Why nothing was found, where the words are taken otherwise than they may be meant.

    Raises
    ------
    CatalogError
        For a query that is not understood.
    """

    def __init__(self, catalog: Catalog, query: Mapping[str, Any]) -> None:
        columns = ["created", "status", "run", *_PARAMETERS, "loras", *_MARKS]
        table = catalog.df(columns=columns, limit=LOOKED_AT, **query)
        self._table = table
        self.count, self.hidden = int(table.attrs["count"]), int(table.attrs["hidden_failed"])
        self.varying = _varying(table)
        words = query.get("prompt_has")
        self.hint = hint(words) if words and not self.count else None

    @property
    def looked_at(self) -> int:
        """How many of them were looked at."""
        return len(self._table)

    def newest(self, most: int) -> list[dict[str, Any]]:
        """The newest, the last one first, each with its ``uid`` and columns; ``None`` where there is no value.

        Parameters
        ----------
        most
            How many at most.
        """
        rows = self._table.iloc[::-1].head(most)
        columns = {
            str(name): [None if gap else value for value, gap in zip(rows[name], rows[name].isna(), strict=True)]
            for name in rows.columns
        }
        return [
            {"uid": str(uid), **{name: column[number] for name, column in columns.items()}}
            for number, uid in enumerate(rows.index)
        ]


class Table:
    """The newest matches as HTML; thumbnails are kept, so that typing on reads no file again.

    Parameters
    ----------
    catalog
        Where the images are.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._pictures: OrderedDict[str, str] = OrderedDict()

    def html(self, matches: Matches, rows: Sequence[Mapping[str, Any]]) -> str:
        """The table.

        Parameters
        ----------
        matches
            What varies among them has columns.
        rows
            Of `Matches.newest`.
        """
        if not rows:
            return ""
        sized = [name for name in matches.varying if name != "size"]
        names = [name for name in sized if name != "prompt" and not name.startswith(LORA)]
        names += ["size"] if "size" in matches.varying else []
        names += ["loras"] if any(name.startswith(LORA) for name in matches.varying) else []
        names += [name for name in ("status",) if any(row[name] != "ok" for row in rows)]
        names += [name for name in _MARKS if any(row[name] is not None for row in rows)]
        pictures = self._drawn([str(row["uid"]) for row in rows])
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in ("", "uid", "made (UTC)", "prompt", *names))
        body = "".join(
            f"<tr><td>{pictures[str(row['uid'])]}</td><td><code>{escape(str(row['uid'])[:8])}</code></td>"
            + "".join(f"<td><bdi>{escape(text)}</bdi></td>" for text in _texts(row, names))
            + "</tr>"
            for row in rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def _drawn(self, uids: Sequence[str]) -> dict[str, str]:
        """Thumbnails by uid, as HTML."""
        new = [uid for uid in uids if uid not in self._pictures]
        for uid, found in zip(new, self._catalog.get_each(new) if new else [], strict=True):
            self._pictures[uid] = _picture(found)
        out = {uid: self._pictures[uid] for uid in uids}
        while len(self._pictures) > _KEPT:
            self._pictures.popitem(last=False)
        return out


def _picture(found: Generation | CatalogError) -> str:
    try:
        if isinstance(found, CatalogError):
            raise found
        data = base64.b64encode(thumbnail(found.image, _SIDE)).decode("ascii")
    except (FluxlabError, OSError):
        return "✕ no image"
    # The prompt stands beside it.
    return f'<img alt="" style="max-width:{_SIDE}px;max-height:{_SIDE}px" src="data:{THUMBNAIL};base64,{data}">'


def _texts(row: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    out = [f"{row['created']:%Y-%m-%d %H:%M}", _text(row["prompt"])]
    for name in names:
        if name == "size":
            out.append(f"{_text(row['width'])} x {_text(row['height'])}")
        elif name == "loras":
            out.append(value_text(strengths_in(row[name]), _TEXT_MAX))
        else:
            out.append(_text(row[name]))
    return out


def _text(value: Any) -> str:
    item = getattr(value, "item", None)
    plain = item() if callable(item) else value
    return "" if plain is None else value_text(plain, _TEXT_MAX)


def _varying(table: pd.DataFrame) -> tuple[str, ...]:
    several = [name for name in _PARAMETERS if len(table[name].unique()) > 1]
    found = [name for name in several if name not in _SIDES]
    if len(found) < len(several):
        found.append("size")
    worn = [strengths_in(text) for text in table["loras"].unique()]
    names = dict.fromkeys(name for loras in worn for name in loras)
    # A LoRA that a recipe does not name has no effect.
    found += [LORA + name for name in names if len({str(loras.get(name, absent(name))) for loras in worn}) > 1]
    return tuple(found)
