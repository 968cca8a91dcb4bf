"""The image store: PNG files under the SHA-256 of their bytes, written so that no torn file is ever visible."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import sys
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, PngImagePlugin

from fluxlab.catalog.formats.xmp import XMP_KEY, packet

#: Modes that a PNG holds without loss; any other image is turned into RGB first.
_MODES = ("RGB", "RGBA", "L", "LA")
#: Of zlib, 0 to 9. For flat pictures its usual 6 takes twice the time and saves a thirtieth; for grainy ones none.
_EFFORT = 4
_SHELF = re.compile(r"[0-9a-f]{2}")
#: Folders whose names this process knows to be durable, so that each is synced once: it costs as much as an image.
_durable: set[Path] = set()
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


def encode_png(image: Image.Image, texts: dict[str, str], *, made_by_model: bool = True) -> bytes:
    """PNG bytes that carry ``texts`` as uncompressed UTF-8 chunks in the order given, and then IPTC's AI label.

    Parameters
    ----------
    image
        Any Pillow image.
    texts
        By their keys.
    made_by_model
        Whether to label it as made by a model.
    """
    info = PngImagePlugin.PngInfo()
    for name, text in texts.items():
        info.add_itxt(name, text)
    if made_by_model:
        info.add_itxt(XMP_KEY, packet())
    stream = io.BytesIO()
    storable(image).save(stream, "PNG", pnginfo=info, compress_level=_EFFORT)
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
    """Write a file through a temporary one: write, fsync, rename, fsync the folders.

    Parameters
    ----------
    target
        The final path; its missing parents are made.
    data
        The whole content.
    scratch
        A folder on the same file system for the temporary file.

    Raises
    ------
    OSError
        When a step fails. A file of that name that was there before is still there, old or new; one that only this
        call has made is not, as far as the disk still lets itself be asked.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    if not target.parent.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        _durable.discard(target.parent)
    temporary = scratch / uuid.uuid4().hex
    made: os.stat_result | None = None
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o644)
        try:
            rest = memoryview(data)
            while rest:  # a disk that is nearly full takes a part
                rest = rest[os.write(descriptor, rest) :]
            _sync(descriptor)
            if _is_missing(target):
                made = os.fstat(descriptor)
        finally:
            os.close(descriptor)
        temporary.replace(target)
        sync_folder(target.parent)
        if target.parent not in _durable:
            # Also when the folder was there: whoever made it may have ended before its name was durable.
            sync_folder(target.parent.parent)
            _durable.add(target.parent)
    except OSError:
        # What is reported as failed must not turn up later. The first error is the one to report.
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        with suppress(OSError):
            # What was there before was acknowledged; what is another file by now, another process has put there.
            if made is not None and os.path.samestat(made, os.lstat(target)):
                target.unlink()
        raise
    except BaseException:
        # Ctrl-C: an image that has its name already is whole, and stays.
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def _is_missing(path: Path) -> bool:
    """Whether nothing of that name is there; what cannot be looked at counts as there."""
    try:
        os.lstat(path)
    except FileNotFoundError:
        return True
    return False


def stored_images(folder: Path) -> list[Path]:
    """Every image file of the store, sorted by path.

    Raises
    ------
    OSError
        When a folder of the store cannot be read: a list that is cut short would pass for the whole.
    """
    found: list[Path] = []
    try:
        shelves = [entry.path for entry in os.scandir(folder / "objects") if _SHELF.fullmatch(entry.name)]
    except FileNotFoundError:
        return found
    for shelf in shelves:
        with suppress(NotADirectoryError, FileNotFoundError):
            found += [Path(entry.path) for entry in os.scandir(shelf) if _NAME.fullmatch(entry.name)]
    return sorted(found)


def sync_store(folder: Path) -> None:
    """Make the names of the store's folders durable, whoever made them.

    Raises
    ------
    OSError
        When the disk fails.
    """
    shelves = [Path(entry.path) for entry in os.scandir(folder / "objects") if _SHELF.fullmatch(entry.name)]
    sync_folder(folder / "objects")
    _durable.update(shelves)


def sync_folder(folder: Path) -> None:
    """Make the names inside a folder durable; Windows cannot open folders and does not need it.

    Raises
    ------
    OSError
        When the disk fails. A file system that cannot sync folders at all is no failure.
    """
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _sync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def _sync(descriptor: int) -> None:
    """Make a file or folder durable."""
    if sys.platform == "darwin":
        import fcntl

        # There, fsync leaves the bytes in the disk's own cache.
        with suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)
