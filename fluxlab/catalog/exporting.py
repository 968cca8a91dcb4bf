"""Out of the catalog: tables for other programs, folders of images, and a graph for ComfyUI."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from fluxlab.catalog import given, images
from fluxlab.catalog.formats import comfy_graph, comfy_notes, strip
from fluxlab.errors import CatalogError, nearest

if TYPE_CHECKING:
    import pandas as pd

    from fluxlab.catalog.generation import Generation

TABLES = (".parquet", ".csv")
#: What makes a cell a formula in a spreadsheet. Prompts are hostile text, and a formula can send away what it sees.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SLUG_MAX = 60
#: Endings of files; ``run.v2`` and ``2026.11`` may well be folders.
_FILE = re.compile(r"\.[A-Za-z]{2,7}")


def new_file(target: str | Path, suffixes: Iterable[str]) -> Path:
    """A path that nothing is written over.

    Parameters
    ----------
    target
        Where to.
    suffixes
        The endings that are allowed.

    Raises
    ------
    CatalogError
        For another ending, a file that is there already, or a folder that is not there.
    """
    path = given.path("target", target)
    allowed = tuple(suffixes)
    if path.suffix.lower() not in allowed:
        raise CatalogError(
            f"target='{path}' must end with {' or '.join(allowed)}.{nearest(path.suffix.lower(), allowed)}"
        )
    if path.exists():
        raise CatalogError(f"target='{path}' is there already: name another file, or move that one away.")
    if not path.parent.is_dir():
        raise CatalogError(f"target='{path}' lies in a folder that is not there: make '{path.parent}' first.")
    return path


def refuse_other_tables(folder: Path) -> None:
    """Refuse the name of a file as the name of a new folder.

    Raises
    ------
    CatalogError
        For ``table.xlsx`` and the like, where there is no such folder.
    """
    if _FILE.fullmatch(folder.suffix) and not folder.is_dir():
        raise CatalogError(
            f"target='{folder}' ends with '{folder.suffix}', which is not written: name a .parquet or .csv for a table "
            "or, without such an ending, a folder for images."
        )


def write_table(frame: pd.DataFrame, target: Path) -> Path:
    """A table as Parquet, which keeps every dtype, or as CSV in UTF-8.

    In CSV, texts that a spreadsheet would take for a formula get a ``'`` before them.

    Parameters
    ----------
    frame
        From `Catalog.df`.
    target
        From `new_file`.

    Raises
    ------
    CatalogError
        When it cannot be written, or Parquet needs a package that is not there.
    """
    table = frame.reset_index()
    table.attrs = {}
    try:
        if target.suffix.lower() == ".csv":
            with target.open("x", encoding="utf-8", errors="backslashreplace", newline="") as file:
                # Only what ends a line is quoted: a lone carriage return would end a row otherwise.
                _disarmed(table).to_csv(file, index=False, lineterminator="\r\n")
        else:
            table.to_parquet(target, index=False)
    except ImportError:
        raise CatalogError(
            f"target='{target}' needs the package pyarrow: pip install 'fluxlab[parquet]', or write a .csv."
        ) from None
    except OSError as error:
        raise CatalogError(f"target='{target}' cannot be written ({error.strerror or error}).") from error
    return target


def write_images(
    generations: Iterable[Generation],
    table: pd.DataFrame,
    target: str | Path,
    *,
    stripped: bool = False,
    progress: Callable[[int], None] | None = None,
    left_out: Callable[[str], None],
) -> Path:
    """A folder with the images under names that a person can read, and ``table.csv`` beside them.

    Parameters
    ----------
    generations
        With images.
    table
        Their rows; gets a column ``file``.
    target
        A folder that is not there yet, or is empty.
    stripped
        Leave all metadata out of the images: records, prompts, everything; and write no table, which would tell them.
    progress
        Called with the number of images done.
    left_out
        Called with a sentence for each image whose file is gone or damaged; in the table it has no ``file``.

    Raises
    ------
    CatalogError
        When the folder is not empty or cannot be written, or not one image can be read.
    """
    folder = given.path("target", target)
    # Whatever stops it leaves nothing that looks like an export.
    partial = folder.with_name(f"{folder.name}.partial")
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise CatalogError(f"target='{folder}' is not an empty folder: name one that is, or a new one.")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        names: dict[str, str] = {}
        gone: list[str] = []
        for number, generation in enumerate(generations, start=1):
            try:
                data = strip(generation.file_bytes()) if stripped else generation.file_bytes()
            except CatalogError as error:
                gone.append(str(error))
            else:
                name = f"{number:04d}.png" if stripped else _name(generation)
                (partial / name).write_bytes(data)
                names[generation.uid] = name
            if progress is not None:
                progress(number)
        if not names:
            raise CatalogError(gone[0])
        if not stripped:
            files = table.index.to_series().map(names).astype("string")
            write_table(table.assign(file=files), partial / "table.csv")
        partial.replace(folder)
    except OSError as error:
        raise CatalogError(f"target='{folder}' cannot be written ({error.strerror or error}).") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    for sentence in gone:
        left_out(sentence)
    return folder


def write_comfyui(generation: Generation, target: Path, *, unet: str | None = None) -> tuple[str, ...]:
    """One generation as a graph that ComfyUI loads; returns sentences on what does not carry over.

    Parameters
    ----------
    generation
        One that fluxlab made.
    target
        From `new_file`.
    unet
        See `comfy_graph`.

    Raises
    ------
    CatalogError
        When its model has no counterpart in ComfyUI, it was imported, or the file cannot be written.
    """
    if generation.imported is not None:
        raise CatalogError(
            f"generation {generation.uid[:8]} was imported from '{generation.source}' and has no recipe to write a "
            "graph from: the texts of its file are in .imported['raw']."
        )
    record = generation.record()
    body = json.dumps(comfy_graph(record, unet=unet), indent=2, ensure_ascii=True)
    try:
        images.write_durably(target, body.encode("ascii"), target.parent)
    except OSError as error:
        raise CatalogError(f"target='{target}' cannot be written ({error.strerror or error}).") from error
    return comfy_notes(record)


def _disarmed(table: pd.DataFrame) -> pd.DataFrame:
    """The table with a ``'`` before each text that a spreadsheet would run; numbers stay numbers."""
    import pandas as pd

    out = table.copy(deep=False)
    for name, texts in table.items():
        if not isinstance(texts.dtype, pd.StringDtype):
            continue
        risky = texts.str.startswith(_FORMULA).fillna(False).astype(bool)
        out[name] = texts.mask(risky, "'" + texts)
    return out


def _name(generation: Generation) -> str:
    """Date, prompt, seed and uid: letters and digits alone, because names come from hostile text."""
    told = generation.parameters
    words = re.sub(r"[^a-z0-9]+", "-", str(told["prompt"]).lower())[:_SLUG_MAX].strip("-")
    seed = re.sub(r"[^0-9]", "", str(told.get("seed", "")))[:20]
    parts = [f"{generation.created:%Y%m%d-%H%M%S}", words, f"seed{seed}" if seed else "", generation.uid[:12]]
    return "_".join(part for part in parts if part) + ".png"
