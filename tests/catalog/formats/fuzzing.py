"""Fuzzers for everything that reads what strangers wrote, shared by the tests and by longer runs.

Each takes the number of examples and returns the `Worst` of them. ``python tests/catalog/formats/fuzzing.py 100000``
runs all of them for as long as that takes; ``FLUXLAB_FUZZ_EXAMPLES`` does the same for the tests.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import random
import struct
import sys
import time
import tracemalloc
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fluxlab.catalog.encoding import dump
from fluxlab.catalog.formats import Foreign, a1111, comfyui, embed_record, invokeai, read_foreign, strip, swarmui
from fluxlab.catalog.formats.loose_json import LooseJSONError
from fluxlab.errors import CatalogError

SECONDS_MAX = 1.0
BYTES_MAX = 64 * 2**20
GOLDEN = Path(__file__).parent / "golden"
#: Words that parsers look for, thrown into everything.
WORDS = (
    *(
        "Negative prompt: ",
        "Steps: 4, ",
        "Sampler: Euler, ",
        "CFG scale: 1, ",
        "Size: 32x32",
        "Lora hashes: ",
        '"',
        "\\",
    ),
    *("<lora:a:0.5>", "<lora:", "Hashes: {", "Civitai resources: [", "Civitai metadata: {}", "FLUX", ": ", ", ", "\n"),
    *("sui_image_params", '{"', '":', "[", "]", "{", "}", "NaN", "-Infinity", "1e999", "9" * 50, "\0", "\ud800", "猫"),
    *(
        "class_type",
        "inputs",
        "prompt:",
        "workflow:",
        "UNICODE\0",
        "ASCII\0\0\0",
        "JIS\0\0\0\0\0",
        "Distilled CFG Scale: 2, ",
    ),
)
#: Inputs and kinds of nodes that the reader of graphs knows.
INPUTS = (
    *("images", "samples", "noise", "guider", "sampler", "sigmas", "latent_image", "model", "clip", "text", "positive"),
    *(
        "negative",
        "conditioning",
        "guidance",
        "noise_seed",
        "seed",
        "steps",
        "cfg",
        "lora_name",
        "strength_model",
        "width",
    ),
    *("height", "value", "unet_name", "ckpt_name", "sampler_name", "scheduler", "t5xxl", "clip_l", "lora_1", "pixels"),
)
KINDS = (
    "SaveImage",
    "KSampler",
    "SamplerCustomAdvanced",
    "BasicGuider",
    "LoraLoader",
    "CLIPTextEncode",
    "Reroute",
    "x",
)


@dataclass
class Worst:
    """How many examples ran, and the most seconds of CPU and bytes that one of them took."""

    examples: int = 0
    seconds: float = 0.0
    peak: int = 0

    def add(self, call: Callable[[], Any]) -> Any:
        """Run one example with the memory that Python allocates watched, which also makes it slower."""
        started = tracemalloc.is_tracing()
        if not started:
            tracemalloc.start()
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        # A collection of everything that Hypothesis holds would count as the reader's time.
        gc.disable()
        clock = time.process_time()
        try:
            return call()
        finally:
            self.examples += 1
            self.seconds = max(self.seconds, time.process_time() - clock)
            gc.enable()
            self.peak = max(self.peak, tracemalloc.get_traced_memory()[1] - before)
            if not started:
                tracemalloc.stop()

    def check(self) -> None:
        """Raise when a bound was broken."""
        assert self.seconds < SECONDS_MAX, f"an example took {self.seconds:.2f} s of CPU"
        assert self.peak < BYTES_MAX, f"an example took {self.peak / 2**20:.0f} MB"


def measured(call: Callable[[], Any]) -> Worst:
    """Seconds of one call, and its memory in a second call, so that neither spoils the other."""
    clock = time.process_time()
    call()
    seconds = time.process_time() - clock
    worst = Worst()
    worst.add(call)
    worst.seconds = seconds
    return worst


def examples(usual: int) -> int:
    """How many examples a test runs."""
    return int(os.environ.get("FLUXLAB_FUZZ_EXAMPLES") or usual)


def golden() -> list[bytes]:
    """All golden files."""
    return [path.read_bytes() for path in sorted(GOLDEN.iterdir()) if path.suffix in {".png", ".jpg", ".webp"}]


def _run(check: Callable[[Any], None], strategy: st.SearchStrategy, count: int) -> None:
    # The same examples every time, unless somebody asks for more.
    fixed = not os.environ.get("FLUXLAB_FUZZ_EXAMPLES")
    config = settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=fixed,
        suppress_health_check=list(HealthCheck),
    )
    config(given(strategy)(check))()


def check_file(data: bytes, worst: Worst) -> None:
    """What must hold for any bytes: the reader answers, and what it answers can be recorded."""
    found = worst.add(lambda: read_foreign(data))
    assert found is None or isinstance(found, Foreign)
    if found is not None:
        assert not any("could not be read (" in note for note in found.notes), found.notes
        text = dump({"parameters": found.parameters, "extra": found.extra, "raw": found.raw, "notes": found.notes})
        text.encode("utf-8")
    for change in (strip, lambda given: embed_record(given, "{}", replace=True)):
        with contextlib.suppress(CatalogError):
            changed = change(data)
            # What came out is whole, so it can be changed again without a word.
            assert change(changed) == changed


def edits() -> st.SearchStrategy[list[tuple[str, float, bytes]]]:
    """Cuts, flips, insertions, removals and doublings, at places between the beginning and the end."""
    kinds = st.sampled_from(["cut", "set", "insert", "remove", "double", "length"])
    word = st.sampled_from([word.encode("utf-8", "surrogatepass") for word in WORDS])
    return st.lists(st.tuples(kinds, st.floats(0, 1), st.binary(min_size=1, max_size=8) | word), min_size=1, max_size=6)


def edited(data: bytes, changes: list[tuple[str, float, bytes]]) -> bytes:
    """The bytes after some edits."""
    for kind, share, extra in changes:
        at = int(share * len(data))
        if kind == "cut":
            data = data[:at]
        elif kind == "set":
            data = data[:at] + extra + data[at + len(extra) :]
        elif kind == "insert":
            data = data[:at] + extra + data[at:]
        elif kind == "remove":
            data = data[:at] + data[at + 4 * len(extra) :]
        elif kind == "double":
            data = data[:at] + data[at : at + 64 * len(extra)] + data[at:]
        else:
            # A length that promises far too much, or nothing.
            data = data[:at] + struct.pack(">I", extra[0] << 24 | 0xFFFF) + data[at + 4 :]
    return data


def files(count: int) -> Worst:
    """Golden files after some edits, and bytes that only begin like images."""
    worst = Worst()
    heads = [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8",
        b"RIFF\0\0\0\0WEBP",
        b"\xff\xd8\xff\xe1\x20\x00Exif\0\0MM\0*\0\0\0\x08",
    ]
    noise = st.tuples(st.sampled_from(heads), st.binary(max_size=300)).map(b"".join)
    mutant = st.tuples(st.sampled_from(golden()), edits()).map(lambda pair: edited(*pair))
    _run(lambda data: check_file(data, worst), st.one_of(mutant, mutant, mutant, noise), count)
    return worst


def texts(count: int) -> Worst:
    """Texts of words that parsers look for, in every place where a text may stand."""
    worst = Worst()
    part = st.sampled_from(WORDS) | st.text(max_size=12)
    text = st.lists(part, max_size=30).map("".join)
    key = st.sampled_from(["parameters", "prompt", "invokeai_metadata", "fluxlab", "workflow", "UserComment"])

    def check(pair: tuple[str, str]) -> None:
        key, text = pair
        body = text.encode("utf-8", "surrogatepass")
        for data in (itxt(key, body), itxt(key, zlib.compress(body), zipped=True), exif_png(body)):
            check_file(data, worst)
        worst.add(lambda: a1111.parse(text))
        for parse in (invokeai.parse, swarmui.parse, comfyui.parse):
            with contextlib.suppress(LooseJSONError):
                worst.add(lambda parse=parse: parse(text))

    _run(check, st.tuples(key, text), count)
    return worst


def graphs(count: int) -> Worst:
    """JSON of any shape, and graphs of nodes that link anything to anything."""
    worst = Worst()
    names = st.sampled_from([str(number) for number in range(8)])
    leaf = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=8)
        | st.sampled_from([*WORDS[:4], "7", "0.5"])
    )
    anything = st.recursive(
        leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    )
    link = st.tuples(names, st.integers(0, 2)).map(list)
    value = st.one_of(link, link, leaf, anything)
    node = st.fixed_dictionaries(
        {"class_type": st.sampled_from(KINDS), "inputs": st.dictionaries(st.sampled_from(INPUTS), value, max_size=10)}
    )
    graph = st.dictionaries(names, node | anything, max_size=8)
    keys = st.sampled_from(
        [
            *(
                "sui_image_params",
                "sui_models",
                "loras",
                "loraweights",
                "model",
                "seed",
                "steps",
                "width",
                "positive_prompt",
            )
        ]
    )
    flat = st.dictionaries(keys, anything, max_size=8)
    swarm = st.fixed_dictionaries({"sui_image_params": flat, "sui_models": anything})

    def check(value: Any) -> None:
        text = json.dumps(value)
        body = text.encode("utf-8", "surrogatepass")
        for key in ("prompt", "parameters", "invokeai_metadata", "fluxlab"):
            check_file(itxt(key, body), worst)
        for parse in (invokeai.parse, swarmui.parse, comfyui.parse):
            with contextlib.suppress(LooseJSONError):
                dump(worst.add(lambda parse=parse: parse(text)).parameters)

    _run(check, st.one_of(graph, graph, flat, swarm, anything), count)
    return worst


def storm(count: int, seed: int = 0) -> Worst:
    """Golden files after edits drawn without Hypothesis: many more a second, and nothing is made smaller on failure."""
    worst = Worst()
    draw = random.Random(seed)
    kinds = ["cut", "set", "insert", "remove", "double", "length"]
    words = [word.encode("utf-8", "surrogatepass") for word in WORDS]
    pool = golden()
    tracemalloc.start()
    try:
        for _ in range(count):
            changes = [
                (draw.choice(kinds), draw.random(), draw.choice(words) if draw.random() < 0.5 else draw.randbytes(3))
                for _ in range(draw.randint(1, 6))
            ]
            data = edited(draw.choice(pool), changes)
            try:
                check_file(data, worst)
            except BaseException:
                Path("storm-failed.bin").write_bytes(data)
                raise
    finally:
        tracemalloc.stop()
    return worst


def itxt(key: str, body: bytes, *, zipped: bool = False) -> bytes:
    """A PNG that is nothing but one text."""
    data = key.encode() + b"\0" + bytes([zipped]) + b"\0\0\0" + body
    return _png(b"iTXt", data)


def exif_png(comment: bytes) -> bytes:
    """A PNG that is nothing but an EXIF user comment."""
    entry = struct.pack("<HHII", 0x9286, 7, len(comment), 44)
    block = b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x8769, 4, 1, 26, 0) + struct.pack("<H", 1) + entry
    return _png(b"eXIf", block + b"\0" * (44 - len(block)) + comment)


def _png(kind: bytes, data: bytes) -> bytes:
    parts = [(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)), (kind, data), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(part)) + name + part + struct.pack(">I", zlib.crc32(name + part)) for name, part in parts
    )
    return b"\x89PNG\r\n\x1a\n" + body


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    os.environ["FLUXLAB_FUZZ_EXAMPLES"] = str(number)
    for run in (files, texts, graphs, storm):
        result = run(number)
        figures = f"{result.examples:,} calls, worst {result.seconds * 1e3:.1f} ms, {result.peak / 2**20:.2f} MB"
        sys.stdout.write(f"{run.__name__}: {figures}\n")
        result.check()
