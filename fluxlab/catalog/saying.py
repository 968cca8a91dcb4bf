"""Marks as a screen sends them: what a person did to some images, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fluxlab.catalog.marks import REJECTED
from fluxlab.errors import CatalogError, brief, nearest

if TYPE_CHECKING:
    from fluxlab.catalog.lookup import Uids
    from fluxlab.catalog.marking import Marking

ALLOWED = ("stars", "rejected", "note", "tags", "tag", "untag")


def say(catalog: Marking, uids: Uids, said: Mapping[str, Any]) -> None:
    """Mark images.

    Parameters
    ----------
    catalog
        Where they are.
    uids
        One or several.
    said
        ``stars`` (1 to 5, or none), ``rejected`` (true or false), ``note`` (text, or none), ``tags`` (a list, in place
        of those that they have but for ``rejected``), ``tag`` or ``untag`` (one).

    Raises
    ------
    NotFoundError
        For a uid that is not there.
    CatalogError
        For anything else that is said, and for a value that is not allowed.
    """
    unknown = next((name for name in said if name not in ALLOWED), None)
    if unknown is not None or not said:
        raise CatalogError(
            f"a mark {brief(unknown)} is not known:{nearest(str(unknown), ALLOWED)} Allowed are {', '.join(ALLOWED)}."
        )
    if "rejected" in said and not isinstance(said["rejected"], bool):
        raise CatalogError(f"rejected={brief(said['rejected'])} is not allowed: it is true or false.")
    tags = said.get("tags", [])
    if not isinstance(tags, list):
        raise CatalogError(f"tags={brief(tags)} are no list of words: separate them by commas.")
    if "stars" in said:
        catalog.star(uids, said["stars"])
    if "rejected" in said:
        (catalog.tag if said["rejected"] else catalog.untag)(uids, REJECTED)
    if "note" in said:
        catalog.note(uids, said["note"])
    if "tags" in said:
        catalog.retag(uids, *(tag for tag in tags if not isinstance(tag, str) or tag.strip()))
    if "tag" in said:
        catalog.tag(uids, said["tag"])
    if "untag" in said:
        catalog.untag(uids, said["untag"])
