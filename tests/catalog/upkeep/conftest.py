"""What the tests of upkeep share: a look at every byte and every column, and images made by hand."""

import hashlib
import sqlite3
import struct
import zlib
from contextlib import closing

import pytest

from fluxlab.catalog.images import encode_png


@pytest.fixture
def everything():
    """Every file of a folder with its bytes, its time and its kind, links not followed."""

    def look(folder):
        seen = {}
        for path in sorted(folder.rglob("*")):
            state = path.lstat()
            body = path.read_bytes() if path.is_file() and not path.is_symlink() else None
            seen[path.relative_to(folder).as_posix()] = (state.st_mode, state.st_mtime_ns, body)
        return seen

    return look


@pytest.fixture
def tables():
    """Every row of every table that is not SQLite's or the full-text index's own."""

    def read(folder):
        with closing(sqlite3.connect(folder / "catalog.db")) as db:
            names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            ours = [name for name in names if not name.startswith(("prompts", "_sqlite", "sqlite"))]
            return {name: sorted(db.execute(f"SELECT * FROM {name}"), key=repr) for name in ours}  # noqa: S608

    return read


@pytest.fixture
def sql(folder):
    """Run statements on the database behind the catalog's back."""

    def run(*statements):
        with closing(sqlite3.connect(folder / "catalog.db")) as db, db:
            for statement in statements:
                db.execute(statement)

    return run


@pytest.fixture
def put(folder):
    """Put bytes into the store under the name that they should have."""

    def write(data):
        name = hashlib.sha256(data).hexdigest()
        path = folder / "objects" / name[:2] / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    return write


@pytest.fixture
def png(picture):
    """PNG bytes with a text of any kind before the pixels."""

    def make(text=None, *, kind=b"iTXt", length=None, check=None, colour="red"):
        whole = encode_png(picture(colour), {})
        if text is None:
            return whole
        body = b"fluxlab\0" + (b"\0\0\0\0" if kind == b"iTXt" else b"") + text
        chunk = struct.pack(">I", len(body) if length is None else length) + kind + body
        chunk += struct.pack(">I", zlib.crc32(kind + body) if check is None else check)
        return whole[:33] + chunk + whole[33:]

    return make
