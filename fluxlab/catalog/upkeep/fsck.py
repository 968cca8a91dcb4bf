"""`fsck`: look for everything that may be wrong with a catalog, and repair it when asked to."""

from __future__ import annotations

from pathlib import Path

from fluxlab.catalog import given
from fluxlab.catalog.upkeep.inspection import inspect
from fluxlab.catalog.upkeep.rebuild import rebuild
from fluxlab.catalog.upkeep.repair import repair_all
from fluxlab.catalog.upkeep.report import Finding, Report
from fluxlab.catalog.upkeep.store import require
from fluxlab.catalog.upkeep.watch import Watch, unwatched
from fluxlab.errors import CatalogError

#: Of these a repair brings a new index.
_INDEX = ("database", "links")


def fsck(folder: str | Path, *, repair: bool = False, deep: bool = False, watch: Watch = unwatched) -> Report:
    """Look for damage; without ``repair``, nothing in the folder is changed.

    It works on a folder whose database is damaged or missing, and while other processes write. Nothing is ever
    deleted: what is bad or useless is moved to ``quarantine/<date>/``, with a note of where it was and why.

    Parameters
    ----------
    folder
        The catalog's folder.
    repair
        Also repair what can be repaired, and look again afterwards.
    deep
        Also hash and decode every image, and compare every row, and the pixels, with the record in the image.
    watch
        Is given what is gone through, for a progress bar.

    Raises
    ------
    CatalogError
        When there is no catalog, it is another program's or a newer fluxlab's, or it cannot be read or repaired.
    """
    folder = given.path("folder", folder).absolute()
    try:
        require(folder)
        seen = inspect(folder, deep=deep, watch=watch)
        if not repair:
            return Report(folder, seen.findings(), len(seen.store.images), seen.rows, deep, repaired=False)
        first = {finding.kind: finding for finding in seen.findings()}
        repaired: dict[str, int] = {}
        if any(seen.found[kind] for kind in _INDEX):
            rebuild(folder, deep=deep, watch=watch)
            repaired = {kind: len(seen.found[kind]) for kind in _INDEX}
            # Only with a sound index can it be told which images it does not name.
            seen = inspect(folder, deep=deep, watch=watch)
            first |= {finding.kind: finding for finding in seen.findings()}
        repaired |= repair_all(seen)
        after = {finding.kind: finding for finding in inspect(folder, deep=False, watch=watch).findings()}
    except OSError as error:
        raise CatalogError(
            f"the catalog at '{folder}' cannot be checked ({error}): make its files readable and the folder writable."
        ) from error
    findings = [_settled(kind, first.get(kind), after.get(kind), repaired.get(kind, 0)) for kind in seen.found]
    kept = tuple(finding for finding in findings if finding is not None)
    return Report(folder, kept, len(seen.store.images), seen.rows, deep, repaired=True)


def _settled(kind: str, first: Finding | None, after: Finding | None, repaired: int) -> Finding | None:
    """What was found at first or by the second look, which has the last word on what is still there."""
    if first is None:
        return after
    # The second look hashes and decodes nothing again: of what only the first can see, what was repaired counts.
    unseen = first.count - repaired if kind in {"changed", "pixels", "values"} else 0
    remaining = max(unseen, after.count if after else 0)
    count = max(first.count, remaining)
    examples = after.examples if after and remaining else first.examples
    return Finding(kind, count, examples, count - remaining)
