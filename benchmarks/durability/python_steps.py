"""Steps that Python code takes: the functions of ``os`` and ``open`` are replaced, for the rest of this process."""

from __future__ import annotations

import builtins
import io
import os
import stat
from collections.abc import Callable
from typing import Any

from benchmarks.durability.step import Root, Step, Watcher


def _refuse(watcher: Watcher, step: Step) -> None:
    number = watcher.before(step)
    if number:
        raise OSError(number, os.strerror(number), step.path)


class _Raw(io.RawIOBase):
    """A file that is written through the functions of ``os``, so that each write and the sync of it are steps."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def writable(self) -> bool:
        """It is for nothing else."""
        return True

    def fileno(self) -> int:
        """As ``os.fsync`` is given it."""
        return self._descriptor

    def write(self, data: Any) -> int:
        """Write through ``os.write``."""
        return os.write(self._descriptor, data)

    def close(self) -> None:
        """Close through ``os.close``."""
        if not self.closed:
            super().close()
            os.close(self._descriptor)


_FLAGS = {"w": os.O_TRUNC, "x": os.O_EXCL, "a": os.O_APPEND}


def _for_writing(path: Any, mode: str, encoding: str | None, errors: str | None, newline: str | None) -> Any:
    """What ``open`` returns for a mode that writes."""
    if "+" in mode:
        raise ValueError(f"files that are both read and written are not watched: mode {mode!r} of {path}.")
    kind = next(letter for letter in mode if letter in _FLAGS)
    whole = io.BufferedWriter(_Raw(os.open(path, os.O_WRONLY | os.O_CREAT | _FLAGS[kind], 0o666)))
    return whole if "b" in mode else io.TextIOWrapper(whole, encoding, errors, newline)


def watch(root: Root, watcher: Watcher) -> None:  # noqa: C901, PLR0915  (one small function for each function of os)
    """Show every step below ``root`` to the watcher."""
    opened: dict[int, str] = {}
    really: dict[str, Callable[..., Any]] = {
        name: getattr(os, name) for name in ("open", "write", "fsync", "close", "mkdir", "unlink")
    }

    def named_by(path: Any, folder: int | None = None) -> str:
        """The path of a name, of one inside an open folder, or of an open file."""
        if isinstance(path, int):
            return opened.get(path, "")
        if folder is None:
            return root.covers(path)
        return root.covers(os.path.join(opened[folder], os.fsdecode(path))) if folder in opened else ""  # noqa: PTH118

    def open_(path: Any, flags: int, *rest: Any, **named: Any) -> int:
        name = named_by(path, named.get("dir_fd"))
        step = Step("create" if flags & os.O_CREAT else "open", name)
        if name:
            _refuse(watcher, step)
        descriptor = int(really["open"](path, flags, *rest, **named))
        if name:
            opened[descriptor] = name
            watcher.after(step)
        return descriptor

    def write(descriptor: int, data: Any) -> int:
        name = opened.get(descriptor)
        if name is None:
            return int(really["write"](descriptor, data))
        step = Step("write", name, offset=os.lseek(descriptor, 0, os.SEEK_CUR), data=bytes(data))
        number = watcher.before(step)
        if number:
            really["write"](descriptor, step.data[: len(step.data) // 2])
            watcher.half(step)
            raise OSError(number, os.strerror(number), name)
        done = int(really["write"](descriptor, data))
        watcher.after(step)
        return done

    def fsync(descriptor: int) -> None:
        name = opened.get(descriptor)
        step = Step("sync folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "sync", name or "")
        if name:
            _refuse(watcher, step)
        really["fsync"](descriptor)
        if name:
            watcher.after(step)

    def close(descriptor: int) -> None:
        opened.pop(descriptor, None)
        really["close"](descriptor)

    def two(kind: str, name: str) -> Callable[..., Any]:
        function = getattr(os, name)

        def call(source: Any, target: Any, **named: Any) -> None:
            step = Step(kind, root.covers(source), root.covers(target))
            if step.path:
                _refuse(watcher, step)
            function(source, target, **named)
            if step.path:
                watcher.after(step)

        return call

    def simple(kind: str, name: str) -> Callable[..., Any]:
        function = really.get(name) or getattr(os, name)

        def call(path: Any = ".", *rest: Any, **named: Any) -> Any:
            step = Step(kind, named_by(path, named.get("dir_fd")))
            if step.path:
                _refuse(watcher, step)
            result = function(path, *rest, **named)
            if step.path:
                watcher.after(step)
            return result

        return call

    def file(really_open: Callable[..., Any]) -> Callable[..., Any]:
        def call(  # noqa: PLR0917  (as `open` has them)
            file: Any,
            mode: str = "r",
            buffering: int = -1,
            encoding: str | None = None,
            errors: str | None = None,
            newline: str | None = None,
            **named: Any,
        ) -> Any:
            if isinstance(file, int):
                opened.pop(file, None)  # a file object closes it without a word, and its number comes again
            step = Step("read", root.covers(file))
            if step.path and set(mode) & {*_FLAGS, "+"}:
                return _for_writing(file, mode, encoding, errors, newline)
            if step.path:
                _refuse(watcher, step)
            return really_open(file, mode, buffering, encoding, errors, newline, **named)

        return call

    # mypy cannot know that these are what they replace.
    replaced: dict[str, Any] = {
        "open": open_,
        "write": write,
        "fsync": fsync,
        "close": close,
        "replace": two("rename", "replace"),
        "rename": two("rename", "rename"),
        "link": two("link", "link"),
        "mkdir": simple("mkdir", "mkdir"),
        "unlink": simple("unlink", "unlink"),
        "remove": simple("unlink", "unlink"),
        "rmdir": simple("unlink", "rmdir"),
        "scandir": simple("list", "scandir"),
        "listdir": simple("list", "listdir"),
        "stat": simple("look", "stat"),
        "lstat": simple("look", "lstat"),
    }
    for name, function in replaced.items():
        setattr(os, name, function)
    io.open = builtins.open = file(builtins.open)
