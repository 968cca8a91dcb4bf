"""The image store: PNG files under the SHA-256 of their bytes, written so that no torn file is ever visible."""

from __future__ import annotations

import hashlib
import io
import os
import re
import uuid
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, PngImagePlugin

#: Modes that a PNG holds without loss; any other image is turned into RGB first.
_MODES = ("RGB", "RGBA", "L", "LA")
_NAME = re.compile(r"[0-9a-f]{64}\.png")


@dataclass(frozen=True)
class StoredFile:
    """Where an image lies, relative to the catalog's folder, and what its bytes are."""

    path: str
    sha256: str
    size: int


def storable(image: Image.Image) -> Image.Image:
    """The image in a mode that PNG holds."""
    return image if image.mode in _MODES else image.convert("RGB")


def pixel_hash(image: Image.Image) -> str:
    """SHA-256 over mode, size and raw pixel bytes: equal exactly when two images look alike bit for bit.

    Parameters
    ----------
    image
        Any Pillow image; modes that PNG cannot hold count as RGB.
    """
    image = storable(image)
    return hashlib.sha256(f"{image.mode} {image.width}x{image.height} ".encode() + image.tobytes()).hexdigest()


def encode_png(image: Image.Image, texts: dict[str, str]) -> bytes:
    """PNG bytes that carry ``texts`` as uncompressed UTF-8 text chunks, in the order given."""
    info = PngImagePlugin.PngInfo()
    for name, text in texts.items():
        info.add_itxt(name, text)
    stream = io.BytesIO()
    storable(image).save(stream, "PNG", pnginfo=info)
    return stream.getvalue()


def store(folder: Path, data: bytes) -> StoredFile:
    """Write ``data`` durably to ``objects/ab/<sha256>.png``: it is there whole, or not at all.

    Raises
    ------
    OSError
        When the disk is full or the folder cannot be written.
    """
    digest = hashlib.sha256(data).hexdigest()
    target = folder / "objects" / digest[:2] / f"{digest}.png"
    write_durably(target, data, folder / "objects" / "tmp")
    return StoredFile(target.relative_to(folder).as_posix(), digest, len(data))


def write_durably(target: Path, data: bytes, scratch: Path) -> None:
    """Write a file through a temporary one: write, fsync, rename, fsync the folder.

    Parameters
    ----------
    target
        The final path; its missing parents are made.
    data
        The whole content.
    scratch
        A folder on the same file system for the temporary file.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    if not target.parent.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        _sync_folder(target.parent.parent)
    temporary = scratch / uuid.uuid4().hex
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o644)
        try:
            rest = memoryview(data)
            while rest:  # a disk that is nearly full takes a part
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def stored_images(folder: Path) -> list[Path]:
    """Every image file of the store, sorted by path."""
    return sorted(path for path in (folder / "objects").glob("[0-9a-f][0-9a-f]/*.png") if _NAME.fullmatch(path.name))


def _sync_folder(folder: Path) -> None:
    """Make the names inside a folder durable; Windows cannot open folders and does not need it."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
