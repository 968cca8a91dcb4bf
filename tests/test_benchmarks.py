"""Benchmarks that need a machine of their own at least run, in a small size, and print what they say."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_gpu_benchmark_runs_in_a_reduced_size(tmp_path):
    file = tmp_path / "figures.json"
    done = run(
        "benchmarks.gpu", "--reduced", "--sides", "64", "--cells", "4", "--steps", "2", "--json", str(file)
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(file.read_text())
    assert report["reduced"] is True
    figures = report["figures"]
    assert {entry["side"] for entry in figures} == {64}
    for entry in figures:
        assert entry["exact, times the plain loop's speed"] == pytest.approx(entry["plain loop"] / entry["exact"])
        assert entry["exact, share of the bound"] == pytest.approx(entry["bound at a batch of one"] / entry["exact"])
        assert f"{entry['fast']:.3f} s" in done.stdout


def test_the_gpu_benchmark_asks_for_a_gpu_in_one_sentence():
    done = run("benchmarks.gpu", CUDA_VISIBLE_DEVICES="")
    assert done.returncode != 0
    assert done.stderr.strip().endswith("or with --reduced to see it work.")


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (("benchmarks.catalog_queries", "--rows", "2000"), "find(5,000 keys)"),
        (("benchmarks.gallery", "--rows", "2000", "--pictures", "50", "--side", "64"), "megabytes grown"),
        (("benchmarks.interchange", "--images", "3", "--side", "64"), "export to Parquet"),
        (("benchmarks.interactive", "--runs", "49"), "it must be at least 50"),
        (("benchmarks.sweep", "--rounds", "0"), "it must be at least 1"),
    ],
)
def test_other_benchmarks_print_their_figures_or_what_is_wrong(arguments, printed):
    done = run(*arguments)
    assert printed in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
