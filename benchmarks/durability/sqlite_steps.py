"""Steps that SQLite takes: its own file functions are replaced, for the rest of this process.

SQLite reaches the disk through a table of functions (its VFS). Where Python's ``sqlite3`` uses a shared library, that
library can be asked for the table, and a few of its entries be replaced: opening, reading, writing, truncating, syncing
and deleting. Locks and the shared memory of a write-ahead log are left as they are: they are not on the disk.
"""

from __future__ import annotations

import _sqlite3
import ctypes
import errno
import os
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_int, c_int64, c_void_p
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.durability.step import Root, Step, Watcher

_OPEN_CREATE = 0x4
#: Of a rollback journal, a super-journal and a write-ahead log: the first sync of these also syncs the folder.
_OPEN_JOURNALS = 0x800 | 0x4000 | 0x80000
_FULL, _IOERR, _CANTOPEN = 13, 10, 14
_READ, _WRITE, _SYNC, _TRUNCATE, _DELETE = (_IOERR | extended << 8 for extended in (1, 3, 4, 6, 10))


class _Methods(ctypes.Structure):
    """``sqlite3_io_methods``."""

    _fields_ = [
        ("version", c_int),
        *((name, c_void_p) for name in ("close", "read", "write", "truncate", "sync", "size", "lock", "unlock")),
        *((name, c_void_p) for name in ("reserved", "control", "sector", "character")),
        *((name, c_void_p) for name in ("shm_map", "shm_lock", "shm_barrier", "shm_unmap", "fetch", "unfetch")),
    ]


class _File(ctypes.Structure):
    """``sqlite3_file``: the table of an open file stands at its beginning."""

    _fields_ = [("methods", POINTER(_Methods))]


class _Vfs(ctypes.Structure):
    """``sqlite3_vfs``, as far as it is needed."""

    _fields_ = [
        *(("version", c_int), ("file_size", c_int), ("path_max", c_int), ("next", c_void_p), ("name", c_char_p)),
        *(("data", c_void_p), ("open", c_void_p), ("delete", c_void_p)),
    ]


_OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, POINTER(_File), c_int, POINTER(c_int))
_REMOVE = CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)
_CLOSE = CFUNCTYPE(c_int, c_void_p)
_INOUT = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_CUT = CFUNCTYPE(c_int, c_void_p, c_int64)
_FLUSH = CFUNCTYPE(c_int, c_void_p, c_int)
#: What C code points to must never be collected.
_kept: list[Any] = []


@cache
def library() -> ctypes.CDLL | None:
    """The SQLite that ``sqlite3`` uses; ``None`` where it is built in or hides its functions."""
    file = getattr(_sqlite3, "__file__", None)
    if file is None:
        return None
    try:
        # Symbols of the libraries that an extension module is linked with are found through it.
        found = ctypes.CDLL(file)
        found.sqlite3_vfs_find.restype = POINTER(_Vfs)
        found.sqlite3_vfs_find.argtypes = [c_char_p]
    except (OSError, AttributeError):
        return None
    return found if found.sqlite3_vfs_find(None) else None


def watch(root: Root, watcher: Watcher) -> bool:
    """Show every step below ``root`` to the watcher; returns whether that is possible here."""
    found = library()
    if found is None:
        return False
    vfs = found.sqlite3_vfs_find(None).contents
    really_open, really_delete = _OPEN(vfs.open), _REMOVE(vfs.delete)
    files = _Files(watcher)

    def open_(this: int, name: int | None, file: Any, flags: int, out: Any) -> int:
        path = root.covers(ctypes.string_at(name)) if name else ""
        new = bool(path) and bool(flags & _OPEN_CREATE) and not os.path.lexists(path)
        step = Step("create" if new else "open", path)
        if path and watcher.before(step):
            file.contents.methods = None
            return _CANTOPEN
        result = int(really_open(this, name, file, flags, out))
        if path and result == 0:
            files.adopt(file, path, first_sync=bool(flags & _OPEN_CREATE and flags & _OPEN_JOURNALS))
            watcher.after(step)
        return result

    def delete(this: int, name: bytes, sync: int) -> int:
        path = root.covers(name)
        step = Step("unlink", path)
        if path and watcher.before(step):
            return _DELETE
        result = int(really_delete(this, name, sync))
        if path and result == 0:
            watcher.after(step)
            if sync:
                watcher.after(Step("sync folder", str(Path(path).parent)))
        return result

    _kept.extend([_OPEN(open_), _REMOVE(delete), files])
    vfs.open = ctypes.cast(_kept[-3], c_void_p).value
    vfs.delete = ctypes.cast(_kept[-2], c_void_p).value
    return True


class _Files:
    """The open files of SQLite, and the table of functions that they all share."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._paths: dict[int, str] = {}
        #: Journals whose first sync is still to come.
        self._new: set[int] = set()
        self._tables: dict[int, _Methods] = {}

    def adopt(self, file: Any, path: str, *, first_sync: bool) -> None:
        """Route an open file through the watcher."""
        address = ctypes.addressof(file.contents)
        self._paths[address] = path
        (self._new.add if first_sync else self._new.discard)(address)
        table = file.contents.methods
        where = ctypes.addressof(table.contents)
        if where not in self._tables:
            self._tables[where] = self._table(table.contents)
        file.contents.methods = ctypes.pointer(self._tables[where])

    def _table(self, methods: _Methods) -> _Methods:  # noqa: C901  (one small function for each entry)
        table = _Methods.from_buffer_copy(methods)
        really_close, really_read, really_write = _CLOSE(methods.close), _INOUT(methods.read), _INOUT(methods.write)
        really_truncate, really_sync = _CUT(methods.truncate), _FLUSH(methods.sync)
        watcher = self._watcher

        def close(file: int) -> int:
            self._paths.pop(file, None)
            return int(really_close(file))

        def read(file: int, data: int, size: int, offset: int) -> int:
            if watcher.before(Step("read", self._paths[file])):
                return _READ
            return int(really_read(file, data, size, offset))

        def write(file: int, data: int, size: int, offset: int) -> int:
            step = Step("write", self._paths[file], offset=offset, data=ctypes.string_at(data, size))
            number = watcher.before(step)
            result = int(really_write(file, data, size // 2 if number else size, offset))
            if number:
                watcher.half(step)
                return _FULL if number == errno.ENOSPC else _WRITE
            if result == 0:
                watcher.after(step)
            return result

        def truncate(file: int, size: int) -> int:
            step = Step("truncate", self._paths[file], offset=size)
            if watcher.before(step):
                return _TRUNCATE
            result = int(really_truncate(file, size))
            if result == 0:
                watcher.after(step)
            return result

        def sync(file: int, flags: int) -> int:
            step = Step("sync", self._paths[file])
            if watcher.before(step):
                return _SYNC
            result = int(really_sync(file, flags))
            if result == 0:
                watcher.after(step)
                if file in self._new:
                    self._new.discard(file)
                    watcher.after(Step("sync folder", str(Path(step.path).parent)))
            return result

        calls = {
            "close": _CLOSE(close),
            "read": _INOUT(read),
            "write": _INOUT(write),
            "truncate": _CUT(truncate),
            "sync": _FLUSH(sync),
        }
        for name, function in calls.items():
            _kept.append(function)
            setattr(table, name, ctypes.cast(function, c_void_p).value)
        return table
