"""``prompt_has``: what people type, as a full-text query that cannot be malformed."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from fluxlab.catalog.encoding import text_safe
from fluxlab.errors import CatalogError, brief

#: Most words and phrases of one search.
TERMS_MAX = 100
#: What other searches, and SQLite's own, take for more than words.
_OPERATORS = {"OR", "AND", "NOT", "NEAR"}
_TERM = re.compile(r'"([^"]*)"(\*?)|([^\s"]+)')


def full_text(given: Any) -> str:
    """The query for FTS5: all words, ``"phrases"`` in double quotes, and a trailing ``*`` for beginnings.

    Every word stands in quotes, so that none is taken for an operator; punctuation separates words, as in the index.

    Raises
    ------
    CatalogError
        When there is no letter or digit to search for.
    """
    if not isinstance(given, str):
        raise CatalogError(f"prompt_has={brief(given)} is not text: write words such as 'red fox'.")
    found = []
    # FTS5 reads its query as a C string, which a NUL would end.
    for phrase, star, word in _TERM.findall(text_safe(given).replace("\0", " ")):
        text, begins = (phrase, bool(star)) if not word else (word.rstrip("*"), word.endswith("*"))
        if any(map(is_letter, text)):
            found.append(f'"{text}"{" *" if begins else ""}')
    if not found:
        raise CatalogError(
            f"prompt_has={brief(given)} has no word to search for: write words such as 'red fox', a phrase such as "
            "'\"red fox\"', or a beginning such as 'fo*'."
        )
    if len(found) > TERMS_MAX:
        raise CatalogError(f"prompt_has has {len(found)} words: give at most {TERMS_MAX}.")
    return " AND ".join(found)


def hint(given: str) -> str | None:
    """A sentence for a search that found nothing, where a part of it may have been meant as an operator."""
    words = [word for _, _, word in _TERM.findall(given)]
    told = []
    if operators := _OPERATORS.intersection(words):
        told.append(
            f"takes {min(operators)} for a word that the prompt has, like the others: for OR, AND and NOT write a "
            "condition such as where=\"prompt LIKE '%fox%' OR prompt LIKE '%cat%'\""
        )
    if minus := next((word for word in words if word.startswith("-") and any(map(is_letter, word))), None):
        told.append(
            f"looks for the word of {brief(minus)} like any other: for images without a word write a condition such as "
            "where=\"prompt NOT LIKE '%cat%'\""
        )
    if star := next((word for word in words if "*" in word.rstrip("*") and any(map(is_letter, word))), None):
        told.append(
            f"takes the * in {brief(star)} for a gap between words, because only at the end of a word it stands for "
            "more letters: write a condition such as where=\"prompt LIKE '%f_x%'\""
        )
    return f"prompt_has={brief(given)} found nothing: it {'; and it '.join(told)}." if told else None


def is_letter(character: str) -> bool:
    """Whether the index keeps it: letters, digits, and the private use area."""
    category = unicodedata.category(character)
    return category[0] in "LN" or category == "Co"
