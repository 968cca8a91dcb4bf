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


def watch(root: Root, watcher: Watcher) -> None:  # noqa: C901, PLR0915  (one small function for each function of os)
    """Show every step below ``root`` to the watcher."""
    opened: dict[int, str] = {}
    really: dict[str, Callable[..., Any]] = {
        name: getattr(os, name) for name in ("open", "write", "fsync", "close", "replace", "mkdir", "unlink")
    }

    def open_(path: Any, flags: int, *rest: Any, **named: Any) -> int:
        name = root.covers(path)
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

    def replace(source: Any, target: Any, **named: Any) -> None:
        step = Step("rename", root.covers(source), root.covers(target))
        if step.path:
            _refuse(watcher, step)
        really["replace"](source, target, **named)
        if step.path:
            watcher.after(step)

    def simple(kind: str, name: str) -> Callable[..., Any]:
        function = really.get(name) or getattr(os, name)

        def call(path: Any = ".", *rest: Any, **named: Any) -> Any:
            step = Step(kind, root.covers(path))
            if step.path:
                _refuse(watcher, step)
            result = function(path, *rest, **named)
            if step.path:
                watcher.after(step)
            return result

        return call

    def read(really_open: Callable[..., Any]) -> Callable[..., Any]:
        def call(file: Any, *rest: Any, **named: Any) -> Any:
            step = Step("read", root.covers(file))
            if step.path:
                _refuse(watcher, step)
            return really_open(file, *rest, **named)

        return call

    # mypy cannot know that these are what they replace.
    replaced: dict[str, Any] = {
        "open": open_,
        "write": write,
        "fsync": fsync,
        "close": close,
        "replace": replace,
        "rename": replace,
        "mkdir": simple("mkdir", "mkdir"),
        "unlink": simple("unlink", "unlink"),
        "remove": simple("unlink", "unlink"),
        "scandir": simple("list", "scandir"),
        "listdir": simple("list", "listdir"),
        "stat": simple("look", "stat"),
    }
    for name, function in replaced.items():
        setattr(os, name, function)
    io.open = builtins.open = read(builtins.open)
