"""How fast the catalog answers with 100,000 and with a million images in it.

``python -m benchmarks.catalog_queries`` fills catalogs of rows without images below ``/var/tmp``, asks what a person
would ask, prints the medians, and removes the catalogs.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fluxlab.catalog import Catalog
from fluxlab.recipe import Recipe

SIZES = (100_000, 1_000_000)
RUNS = 3
PARENT = Path("/var/tmp")  # noqa: S108  (a folder of its own is made below)
#: One row in this many failed, and one in this many has a rare word, a tag or stars.
FAILED, RARE = 50, 20_000
STEPS, GUIDANCES, MODELS = (4, 8, 12, 20, 28), (None, 1.0, 2.5, 3.5, 5.0, 7.0), ("nano", "schnell", "dev")
_ADJECTIVES = (
    "red",
    "blue",
    "green",
    "small",
    "huge",
    "ancient",
    "glass",
    "wooden",
    "neon",
    "quiet",
    "stormy",
    "golden",
)
_NOUNS = ("fox", "owl", "castle", "harbour", "forest", "robot", "teapot", "violin", "glacier", "market", "train")
_MANNERS = ("oil painting", "35mm photograph", "pencil sketch", "studio lighting", "watercolour", "macro shot")
_RECIPE = Recipe(
    prompt="a prompt of the usual length, variation NUMBER", seed=1, steps=20, width=1024, height=1024,
    max_sequence_length=512, guidance=3.5,
).canonical_json()  # fmt: skip
_EFFECTIVE = '{{"guidance":{guidance},"height":1024,"steps":{steps},"width":1024}}'
_FILES = json.dumps({"model": "ab" * 32, "lora:ink": "cd" * 32})
_PIPELINE = json.dumps(
    {"model": "dev", "class": "FluxPipeline", "source": "hub", "revision": "0" * 40, "dtype": "bf16"}
)


def fill(folder: Path, count: int) -> None:
    """Make a catalog of ``count`` rows without images.

    Parameters
    ----------
    folder
        A new one.
    count
        How many generations.
    """
    Catalog(folder)
    with closing(sqlite3.connect(folder / "catalog.db", isolation_level=None)) as db:
        for setting in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-1000000", "locking_mode=EXCLUSIVE"):
            db.execute(f"PRAGMA {setting}")
        # Indexes and triggers are made at the end; those that a table declares stay.
        later = db.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
        ).fetchall()
        db.execute("BEGIN")
        for kind, name, _ in later:
            db.execute(f'DROP {kind} "{name}"')
        db.execute("INSERT INTO environments (hash, body) VALUES ('e', '{}')")
        _insert(db, "generations", _rows(count))
        _insert(db, "details", _details(count))
        _insert(db, "scores", _scores(count))
        marked = "SELECT uid FROM generations WHERE id % ? = 0"
        db.execute(f"INSERT INTO tags SELECT 'keeper', uid, '' FROM ({marked})", [RARE])  # noqa: S608  (own text)
        db.execute("UPDATE generations SET stars = 5 WHERE id % ? = 0", [RARE])
        for *_, sql in later:
            db.execute(sql)
        db.execute("INSERT INTO prompts (prompts) VALUES ('rebuild')")
        db.execute("COMMIT")


def _insert(db: sqlite3.Connection, table: str, rows: Iterator[tuple[Any, ...]]) -> None:
    names = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
    marks = ", ".join("?" * len(names))
    db.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608  (own names)


def _rows(count: int) -> Iterator[tuple[Any, ...]]:
    draw = random.Random(1)
    first = datetime.now(UTC) - timedelta(seconds=30 * count)
    run = ""
    for number in range(1, count + 1):
        if number % 48 == 1:
            run = f"{draw.getrandbits(128):032x}"
        adjective, noun = draw.choice(_ADJECTIVES), draw.choice(_NOUNS)
        prompt = (
            f"a {adjective} {noun} beside a {draw.choice(_NOUNS)}, {draw.choice(_MANNERS)}, variation {number % 997}"
        )
        if number % RARE == 0:
            prompt += ", bioluminescent zeppelin"
        failed = number % FAILED == 0
        steps = draw.choice(STEPS)
        seconds = (None,) * 5 if failed else (0.2, steps * draw.uniform(0.1, 0.2), 0.3, 0.05, steps * 0.15 + 0.55)
        digest = None if failed else f"{draw.getrandbits(256):064x}"
        yield (
            number, _uid(number), f"{number:064x}", "failed" if failed else "ok",
            (first + timedelta(seconds=30 * number)).isoformat(timespec="microseconds"), "fluxlab",
            draw.choice(MODELS), prompt, str(draw.getrandbits(53)), steps, draw.choice(GUIDANCES), 1024, 1024, "euler",
            512,
            '{"ink":0.5}' if number % 3 == 0 else "{}", "exact", run, *seconds, None, digest, digest,
            None if failed else 1_800_000, "out of memory" if failed else None,
        )  # fmt: skip


def _details(count: int) -> Iterator[tuple[Any, ...]]:
    timings = json.dumps({"encode": 0.2, "denoise": 3.0, "decode": 0.3, "write": 0.05})
    for number in range(1, count + 1):
        recipe = _RECIPE.replace("NUMBER", str(number))
        effective = _EFFECTIVE.format(guidance=3.5, steps=20)
        yield (number, recipe, effective, _FILES, _PIPELINE, None, timings, "e", *(None,) * 6)


def _scores(count: int) -> Iterator[tuple[Any, ...]]:
    draw = random.Random(2)
    for number in range(1, count + 1):
        if number % FAILED:
            yield (_uid(number), "sharpness", "1", draw.gauss(10, 2), "2026-01-01T00:00:00.000000+00:00", number)


def _uid(number: int) -> str:
    """Scattered like those of real images, and known without a look at the catalog."""
    return f"{number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128:032x}"


def questions(catalog: Catalog, count: int) -> dict[str, Callable[[], Any]]:
    """What is asked, by name."""
    keys = [f"{number:064x}" for number in range(1, 5001)]
    return {
        "df(limit=100_000)": lambda: catalog.df(limit=100_000),
        "df(limit=100_000), 4 columns": lambda: catalog.df(
            limit=100_000, columns=["seed", "steps", "guidance", "seconds.total"]
        ),
        "df(limit=100)": lambda: catalog.df(limit=100),
        "df(since='1h')": lambda: catalog.df(since="1h"),
        "df(prompt_has='zeppelin')": lambda: catalog.df(prompt_has="zeppelin"),
        "df(prompt_has='biolum* zeppelin', 2 columns)": lambda: catalog.df(
            prompt_has="biolum* zeppelin", columns=["prompt", "seed"]
        ),
        "df(prompt_has='red fox', limit=100)": lambda: catalog.df(prompt_has="red fox", limit=100),
        "df(tags='keeper', columns with tags)": lambda: catalog.df(tags="keeper", columns=["prompt", "tags", "note"]),
        "df(stars=5)": lambda: catalog.df(stars=5),
        "df(steps=4, guidance=3.5, limit=100)": lambda: catalog.df(steps=4, guidance=3.5, limit=100),
        "df(seed=1)": lambda: catalog.df(seed=1),
        "pivot(seconds.total, guidance, steps)": lambda: catalog.pivot("seconds.total", "guidance", "steps"),
        "pivot(…, agg mean, std, min, max)": lambda: catalog.pivot(
            "seconds.total", "guidance", "steps", agg=["mean", "std", "min", "max"]
        ),
        "pivot(…, agg median)": lambda: catalog.pivot("seconds.total", "guidance", "steps", agg="median"),
        "pivot(score.sharpness, guidance, steps)": lambda: catalog.pivot("score.sharpness", "guidance", "steps"),
        "pivot(lora.ink, model)": lambda: catalog.pivot("lora.ink", "model"),
        "sql: avg by model": lambda: catalog.sql('select model, avg("seconds.total") from images group by 1'),
        "sql: count by status": lambda: catalog.sql("select status, count(*) from images group by 1"),
        "find(5,000 keys)": lambda: catalog.find(keys),
        "find(one key)": lambda: catalog.find(keys[:1]),
        "get(uid)": lambda: catalog.get(_uid(count // 2)),
        "tags()": catalog.tags,
    }


def measure(count: int, only: str) -> None:
    """Print the median seconds of every question, after one that warms the file's cache.

    Parameters
    ----------
    count
        How many generations.
    only
        Ask only questions whose name has this in it.
    """
    with tempfile.TemporaryDirectory(prefix="fluxlab-benchmark-", dir=PARENT) as name:
        folder = Path(name)
        clock, processor = _seconds(lambda: fill(folder, count))
        size = (folder / "catalog.db").stat().st_size / 1e9
        print(f"{count:,} generations, {size:.2f} GB, SQLite {sqlite3.sqlite_version}")
        print(
            f"{'seconds':>55}  {'clock':>9}  {'processor':>9}\n{'fill':>55}  {clock:9.3f}  {processor:9.3f}", flush=True
        )
        for question, ask in questions(Catalog(folder), count).items():
            if only in question:
                ask()
                clock, processor = map(statistics.median, zip(*(_seconds(ask) for _ in range(RUNS)), strict=True))
                print(f"{question:>55}  {clock:9.3f}  {processor:9.3f}", flush=True)


def _seconds(ask: Callable[[], Any]) -> tuple[float, float]:
    """By the clock, and of the processor: on a busy machine only the second says what a query costs."""
    clock, processor = time.perf_counter(), time.process_time()
    ask()
    return time.perf_counter() - clock, time.process_time() - processor


def main() -> None:
    """Print a table for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=SIZES, help="how many generations")
    parser.add_argument("--only", default="", help="ask only questions that have this in their name")
    asked = parser.parse_args()
    for count in asked.rows:
        measure(count, asked.only)


if __name__ == "__main__":
    main()
