"""What `fsck` says: findings of named kinds, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

EXAMPLES = 5


def printable(text: str) -> str:
    """The text without what no terminal shows: a file may have any name."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


@dataclass(frozen=True)
class Kind:
    """What a kind of finding means, and what a repair does about it."""

    meaning: str
    remedy: str
    #: Whether a repair can put it right at all.
    mends: bool = True


#: Every kind of finding by name, in the order in which they are told.
KINDS = {
    "database": Kind(
        "the database is missing, damaged or cut short",
        "build the index anew from the images, carry over what the old database still tells, and keep that one in "
        "'quarantine'",
    ),
    "links": Kind(
        "rows of the database that point to rows which are not there",
        "build the index anew from the images and from all whole rows, and keep the old database in 'quarantine'",
    ),
    "journal": Kind("a writer was killed in the middle of a write", "let SQLite take back the half-written change"),
    "search": Kind("the full-text index does not agree with the prompts", "build the full-text index anew"),
    "changed": Kind(
        "image files that are torn or changed: their bytes do not have the hash that is their name",
        "move them to 'quarantine'; their rows stay and count as missing",
    ),
    "pixels": Kind(
        "image files whose pixels cannot be decoded, or are not those of their record: they were damaged before they "
        "were kept",
        "move them to 'quarantine'; their rows stay and count as missing",
    ),
    "missing": Kind(
        "rows whose image file is not there",
        "nothing: the row stays as the record of what was made, no sweep counts it as done, and it is good again as "
        "soon as the file is back, for example from a backup",
        mends=False,
    ),
    "orphan": Kind("whole images that no row names", "adopt them from the record that they carry"),
    "double": Kind(
        "images with the record of another image, which is there too",
        "nothing: move them out of 'objects' if they are not wanted",
        mends=False,
    ),
    "unreadable": Kind(
        "whole images that no row names and that carry no record this fluxlab can read",
        "nothing: a newer fluxlab may read them; move them out of 'objects' if they are not wanted",
        mends=False,
    ),
    "values": Kind(
        "rows that say something else than the record in their image",
        "write the values of the image's record into the row",
    ),
    "dead": Kind("images in the making whose process has ended", "mark them 'crashed'"),
    "waiting": Kind("records that wait in 'spool' for the database", "write them to the database"),
    "spool": Kind("files in 'spool' that are not whole records", "move them to 'quarantine'"),
    "marks": Kind("files in 'marks' that cannot be read as tags, stars and notes", "move them to 'quarantine'"),
    "unmarked": Kind(
        "images whose tags, stars or note are in the database alone",
        "write them to 'marks' again, so that the database may be lost",
    ),
    "stale": Kind("temporary files that an ended process left", "move them to 'quarantine'"),
    "foreign": Kind(
        "files, folders or links in 'objects' that fluxlab did not put there",
        "nothing: they are never touched; move them out of 'objects' if they are not wanted",
        mends=False,
    ),
}


@dataclass(frozen=True)
class Finding:
    """One kind of trouble: how often, some examples, and how many of them a repair has put right."""

    kind: str
    count: int
    examples: tuple[str, ...]
    repaired: int = 0

    @property
    def remaining(self) -> int:
        """How many are still there."""
        return self.count - self.repaired

    @property
    def meaning(self) -> str:
        """What the kind means."""
        return KINDS[self.kind].meaning

    @property
    def remedy(self) -> str:
        """What a repair does, or has done."""
        return KINDS[self.kind].remedy

    def __str__(self) -> str:
        state = f", {self.repaired} repaired" if self.repaired else ""
        lines = [f"{self.kind}: {self.count:,}{state}: {self.meaning}"]
        lines += [f"    {example}" for example in self.examples]
        if self.count > len(self.examples):
            lines.append(f"    … and {self.count - len(self.examples):,} more")
        if self.remaining:
            lines.append(f"    repair: {self.remedy}.")
        return "\n".join(lines)


@dataclass(frozen=True)
class Report:
    """What `fsck` looked at, found and repaired."""

    folder: Path
    findings: tuple[Finding, ...]
    images: int
    rows: int
    deep: bool
    repaired: bool

    @property
    def remaining(self) -> int:
        """How many findings of all kinds are still there."""
        return sum(finding.remaining for finding in self.findings)

    def __getitem__(self, kind: str) -> Finding:
        """The finding of a kind; one with a count of 0 where nothing of it was found."""
        KINDS[kind]
        return next((each for each in self.findings if each.kind == kind), Finding(kind, 0, ()))

    def __str__(self) -> str:
        depth = "re-hashed and decoded" if self.deep else "sizes, first and last bytes"
        lines = [f"{self.folder}: {self.images:,} images ({depth}), {self.rows:,} rows"]
        lines += [str(finding) for finding in self.findings]
        if not self.findings:
            lines.append("nothing found")
        elif not self.remaining:
            lines.append("all repaired")
        elif self.repaired:
            lines.append(f"{self.remaining:,} remain")
        elif any(KINDS[finding.kind].mends for finding in self.findings):
            lines.append("nothing was changed: run again with --repair")
        else:
            lines.append("nothing was changed")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON types, for scripts."""
        return {
            "folder": str(self.folder),
            "images": self.images,
            "rows": self.rows,
            "deep": self.deep,
            "repaired": self.repaired,
            "remaining": self.remaining,
            "findings": [
                {
                    "kind": each.kind,
                    "count": each.count,
                    "repaired": each.repaired,
                    "remaining": each.remaining,
                    "meaning": each.meaning,
                    "remedy": each.remedy,
                    "examples": list(each.examples),
                }
                for each in self.findings
            ],
        }
