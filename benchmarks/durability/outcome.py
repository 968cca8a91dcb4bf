"""What one part of the bench found: its figures, and every promise that it saw broken."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

_SHOWN = 10


@dataclass
class Outcome:
    """The figures of one part by name, and one sentence for each broken promise."""

    name: str
    figures: dict[str, float] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def count(self, name: str, more: float = 1) -> None:
        """Add to a figure."""
        self.figures[name] = self.figures.get(name, 0) + more

    def table(self) -> str:
        """The figures, one a line, and the first broken promises."""
        lines = [f"{self.name}: {f'{len(self.broken)} BROKEN' if self.broken else 'every promise kept'}"]
        lines += [f"{name:>58}  {value:12,.6g}" for name, value in self.figures.items()]
        lines += [f"    broken: {each}" for each in self.broken[:_SHOWN]]
        return "\n".join(lines)


def write(outcomes: Iterable[Outcome], path: Path) -> None:
    """Write outcomes as JSON."""
    body = {each.name: {"figures": each.figures, "broken": each.broken} for each in outcomes}
    path.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")


def spread(seconds: Iterable[float]) -> dict[str, float]:
    """Median, 99th percentile and maximum of durations, in milliseconds."""
    ordered = sorted(seconds)
    if not ordered:
        return {}
    rank = lambda share: 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]  # noqa: E731  (one-line helper)
    return {"p50 (ms)": rank(0.5), "p99 (ms)": rank(0.99), "max (ms)": 1000 * ordered[-1]}
