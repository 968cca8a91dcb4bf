"""How quick the gallery is with 100,000 generations, and what it costs the server.

``python -m benchmarks.gallery`` fills a catalog below ``/var/tmp``, with pictures for the newest of it, starts a
Jupyter server on loopback, asks what a person asks, pages through with thumbnails while the server's memory is watched,
prints a table, and removes the catalog. ``--json FILE`` keeps the figures.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import io
import json
import os
import random
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psutil
from PIL import Image

from benchmarks.catalog_queries import PARENT, fill

RUNS = 5
#: What people type, from what nearly everything has to what nothing has.
QUERIES = (
    "",
    "red fox",
    '"red fox" steps:20..28',
    "model:dev steps:20..28 guidance>3",
    "zeppelin",
    "starred:yes",
    "lora:ink>0.4 -red",
    "status:failed",
    "seed:1..1000",
    "score.sharpness>12",
    "since:7d",
    "variation",
)
_SIDE = 256
_PAGE, _LONG = 100, 500
_STARTED = 60.0


@dataclass
class Server:
    """A running server: how to ask it, and its process."""

    port: int
    token: str
    process: psutil.Process
    catalog: str = ""
    _connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def ask(self, path: str, **asked: Any) -> bytes:
        """The body of an answer."""
        address = f"/fluxlab/api/{path}" + (f"?{urlencode(asked, quote_via=quote)}" if asked else "")
        self._connection.request("GET", address, headers={"Authorization": f"token {self.token}"})
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{address} was answered with {answer.status}: {body[:300]!r}")
        return body

    def hang_up(self) -> None:
        """Begin anew with the next question."""
        self._connection.close()

    def page(self, limit: int = _PAGE, **asked: Any) -> dict[str, Any]:
        """A page of the catalog."""
        found: dict[str, Any] = json.loads(self.ask(f"catalogs/{self.catalog}/generations", limit=limit, **asked))
        return found

    def thumbnails(self, page: dict[str, Any]) -> int:
        """Fetch the pictures of a page; how many there are."""
        hashes = [item["image"] for item in page["items"] if item["image"]]
        for sha256 in hashes:
            self.ask(f"catalogs/{self.catalog}/thumbnails/{sha256}", side=_SIDE)
        return len(hashes)

    def megabytes(self) -> float:
        """Memory that the process holds now."""
        return float(self.process.memory_info().rss) / 1e6


def add_pictures(folder: Path, count: int, side: int) -> None:
    """Give the newest rows of a catalog images of their own.

    A few pictures are encoded, and each file says its number, so that every one has its own hash.
    """
    drawn = [_picture(random.Random(number), side) for number in range(16)]
    with closing(sqlite3.connect(folder / "catalog.db", isolation_level=None)) as db:
        rows = db.execute(
            "SELECT id FROM generations WHERE status = 'ok' ORDER BY created DESC, id DESC LIMIT ?", [count]
        ).fetchall()
        db.execute("BEGIN")
        db.execute(
            "UPDATE generations SET file_hash = NULL, file_bytes = NULL"
        )  # nothing lies behind what `fill` wrote
        for (number,) in rows:
            data = _numbered(drawn[number % len(drawn)], number)
            digest = hashlib.sha256(data).hexdigest()
            shelf = folder / "objects" / digest[:2]
            shelf.mkdir(parents=True, exist_ok=True)
            (shelf / f"{digest}.png").write_bytes(data)
            db.execute("UPDATE generations SET file_hash = ?, file_bytes = ? WHERE id = ?", [digest, len(data), number])
        db.execute("COMMIT")


def _picture(draw: random.Random, side: int) -> bytes:
    small = Image.frombytes("RGB", (32, 32), draw.randbytes(32 * 32 * 3))
    stream = io.BytesIO()
    small.resize((side, side), Image.Resampling.NEAREST).save(stream, "PNG", compress_level=4)
    return stream.getvalue()


def _numbered(png: bytes, number: int) -> bytes:
    """The PNG with a text before its end."""
    body = b"tEXtnumber\0" + str(number).encode()
    chunk = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    return png[:-12] + chunk + png[-12:]


@contextmanager
def serving(root: Path) -> Iterator[Server]:
    """A Jupyter server with the extension, for as long as the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = f"{random.SystemRandom().getrandbits(128):032x}"
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": str(port),
        "ServerApp.port_retries": "0",
        "ServerApp.root_dir": str(root),
        "ServerApp.open_browser": "False",
        "ServerApp.allow_root": "True",
        "ServerApp.jpserver_extensions": "{'fluxlab.server': True}",
        "IdentityProvider.token": token,
    }
    environment = {name: value for name, value in os.environ.items() if name != "FLUXLAB_HOME"}
    process = subprocess.Popen(  # noqa: S603  (our own command)
        [sys.executable, "-m", "jupyter_server", *(f"--{name}={value}" for name, value in options.items())],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        server = Server(port, token, psutil.Process(process.pid))
        server.catalog = _catalog(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(30)


def _catalog(server: Server, process: subprocess.Popen[bytes]) -> str:
    """The id of the one catalog, as soon as the server answers."""
    deadline = time.monotonic() + _STARTED
    while True:
        try:
            (found,) = json.loads(server.ask("catalogs"))["catalogs"]
            return str(found["id"])
        except (OSError, http.client.HTTPException):
            server.hang_up()
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the server did not start: run 'python -m jupyter_server' to see why.") from None
            time.sleep(0.1)


def searches(server: Server) -> dict[str, dict[str, float]]:
    """Seconds to the first page and the total of each query: asked for the first time, and again."""
    found = {}
    for words in QUERIES:
        first, page = _timed(server.page, query=words)
        again = statistics.median(_timed(server.page, query=words)[0] for _ in range(RUNS))
        found[words or "everything"] = {"first": first, "again": again, "images": page["total"]}
    for name in ("facets", "words"):
        first, _ = _timed(server.ask, f"catalogs/{server.catalog}/{name}")
        again, _ = _timed(server.ask, f"catalogs/{server.catalog}/{name}")
        found[f"{name} of everything"] = {"first": first, "again": again, "images": found["everything"]["images"]}
    return found


def paging(server: Server, pictures: int) -> dict[str, float]:
    """Page through with thumbnails; what a page costs, and how much the server grew."""
    server.thumbnails(server.page())  # whatever is loaded once is loaded now
    before = most = server.megabytes()
    after: dict[str, str] = {}
    pages: list[float] = []
    seen = 0
    clock = time.perf_counter()
    while seen < pictures:
        seconds, page = _timed(server.page, **after)
        pages.append(seconds)
        seen += server.thumbnails(page)
        most = max(most, server.megabytes())
        if page["next"] is None:
            break
        after = {"cursor": page["next"]}
    return {
        "pictures": seen,
        "seconds": time.perf_counter() - clock,
        "page, median": statistics.median(pages),
        "page, longest": max(pages),
        "megabytes before": before,
        "megabytes at most": most,
        "megabytes grown": most - before,
    }


def depth(server: Server) -> dict[str, float]:
    """Page through everything; what the first pages cost, and the last."""
    after: dict[str, str] = {}
    pages: list[float] = []
    while True:
        seconds, page = _timed(server.page, _LONG, **after)
        pages.append(seconds)
        if page["next"] is None:
            break
        after = {"cursor": page["next"]}
    return {
        f"pages of {_LONG}": len(pages),
        "first ten, median": statistics.median(pages[:10]),
        "last ten, median": statistics.median(pages[-10:]),
        "longest": max(pages),
    }


def _timed(ask: Callable[..., Any], *given: Any, **asked: Any) -> tuple[float, Any]:
    clock = time.perf_counter()
    answer = ask(*given, **asked)
    return time.perf_counter() - clock, answer


def measure(rows: int, pictures: int, side: int) -> dict[str, Any]:
    """All figures of one catalog."""
    with tempfile.TemporaryDirectory(prefix="fluxlab-gallery-", dir=PARENT) as name:
        folder = Path(name) / ".fluxlab"
        fill(folder, rows)
        add_pictures(folder, pictures, side)
        with serving(Path(name)) as server:
            found = {"rows": rows, "search": searches(server), "paging": paging(server, pictures)}
            return {**found, "depth": depth(server)}


def table(figures: dict[str, Any]) -> str:
    """The figures as people read them."""
    lines = [f"{figures['rows']:,} generations", f"{'milliseconds':>42}  {'first':>8}  {'again':>8}  {'images':>8}"]
    lines += [
        f"{words:>42}  {1e3 * each['first']:8.1f}  {1e3 * each['again']:8.1f}  {each['images']:8,}"
        for words, each in figures["search"].items()
    ]
    lines += [f"{name:>42}  {value:8.3f}" for part in ("paging", "depth") for name, value in figures[part].items()]
    return "\n".join(lines)


def asked(description: str | None) -> argparse.Namespace:
    """What the command line of a gallery's benchmark says."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rows", type=int, default=100_000, help="how many generations")
    parser.add_argument("--pictures", type=int, default=10_000, help="how many of the newest have an image")
    parser.add_argument("--side", type=int, default=1024, help="of the images, in pixels")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    return parser.parse_args()


def keep(figures: dict[str, Any], path: Path | None) -> None:
    """Write the figures where asked."""
    if path is not None:
        path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Print a table, and keep the figures where asked."""
    chosen = asked(__doc__)
    figures = measure(chosen.rows, chosen.pictures, chosen.side)
    print(table(figures))
    keep(figures, chosen.json)


if __name__ == "__main__":
    main()
