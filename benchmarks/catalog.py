"""All figures of the catalog but the soak: queries, upkeep, import and export, what recording adds, and fuzzing.

``python -m benchmarks.catalog`` runs one part after the other; ``--only queries`` one of them. What breaks the catalog
on purpose is `benchmarks.durability`, which ``make soak`` runs.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

PARTS: dict[str, list[str]] = {
    "queries": ["-m", "benchmarks.catalog_queries", "--rows", "1000000"],
    "upkeep": ["-m", "benchmarks.upkeep"],
    "interchange": ["-m", "benchmarks.interchange"],
    "overhead": ["-m", "benchmarks.durability", "--only", "overhead"],
    "fuzzing": ["-m", "tests.catalog.formats.fuzzing", "5000"],
}


def main() -> int:
    """Run the parts, each in a process of its own, and say which failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    asked = parser.parse_args()
    failed = []
    for name in asked.only:
        print(f"== {name}", flush=True)
        if subprocess.run([sys.executable, *PARTS[name]], check=False).returncode:  # noqa: S603  (our own commands)
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
