"""The promise itself, checked through the front door once every writer has ended."""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from fluxlab.catalog import Catalog, pixel_hash
from fluxlab.catalog.encoding import load
from fluxlab.catalog.images import stored_images
from fluxlab.errors import FluxlabError

_COLUMNS = ("status", "path", "pixel_hash")


@dataclass
class Verdict:
    """What is broken, and how much was looked at."""

    broken: list[str] = field(default_factory=list)
    images: int = 0


def check(
    folder: Path,
    acknowledged: Mapping[str, str],
    *,
    given_back: Container[str] = (),
    looked_at: set[str] | None = None,
) -> Verdict:
    """Open the catalog again and compare it with what its users were told.

    Parameters
    ----------
    folder
        Of the catalog; no writer is alive.
    acknowledged
        Uid and pixel hash of every image whose ``complete`` returned.
    given_back
        Uids whose image came back with an error: such an image may be in the catalog or not.
    looked_at
        Names of files that an earlier check has read, which are not read again; this check adds its own.
    """
    verdict = Verdict()
    looked_at = set() if looked_at is None else looked_at
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Catalog(folder) as catalog:
                frame = catalog.df(status=None, columns=_COLUMNS)
        except FluxlabError as error:
            verdict.broken.append(f"the catalog does not open again: {error}")
            return verdict
    frame = frame.astype(object).where(frame.notna(), None)
    rows = {uid: tuple(values) for uid, values in zip(frame.index, frame.to_numpy(), strict=True)}
    files = {path.relative_to(folder).as_posix(): path for path in stored_images(folder)}
    owners = {path: uid for uid, (status, path, _) in rows.items() if status == "ok"}
    for uid, pixels in acknowledged.items():
        status, _, kept = rows.get(uid, ("missing", None, None))
        if (status, kept) != ("ok", pixels):
            verdict.broken.append(f"image {uid} was acknowledged and is '{status}'")
    for path, uid in owners.items():
        if path not in files:
            verdict.broken.append(f"image {uid} is 'ok' without a file")
    for name, path in files.items():
        if name not in looked_at:
            looked_at.add(name)
            verdict.images += 1
            verdict.broken += _look(path, name, rows, owners, given_back)
    verdict.broken += [f"image {uid} was never settled" for uid, row in rows.items() if row[0] == "started"]
    return verdict


def _look(
    path: Path,
    name: str,
    rows: Mapping[str, tuple[str, str, str]],
    owners: Mapping[str, str],
    given_back: Container[str],
) -> list[str]:
    """Read one image to its last pixel."""
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != path.stem:
        return [f"{name} is torn, and visible"]
    with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
        image.load()
        record, pixels = load(image.info["fluxlab"]), pixel_hash(image)
    uid = record["uid"]
    if name not in owners:
        return [] if uid in given_back else [f"{name} of {uid} was not taken up, its row is {rows.get(uid)}"]
    # Of an imported image no hash of its pixels is known.
    if owners[name] != uid or rows[uid][2] != (None if record.get("imported") else pixels):
        return [f"{name} of {uid} is noted as another image"]
    return []
