"""Keep the home folder and credentials out of everything that is recorded."""

from __future__ import annotations

import re
from typing import Any

from fluxlab.home import at_home

_REMOVED = "[removed]"
#: Names whose value is a secret whatever it looks like; something may stand before them, as in ``HF_TOKEN``.
_NAME = (
    r"(?<![A-Za-z0-9])(?<!pad_|eos_|bos_|unk_|sep_|cls_)"  # the special tokens of a tokenizer are none
    r"(?:(?:access|auth|refresh|id)?token|(?:api|access|secret|private)[_-]?key|access[_-]?key[_-]?id"
    r"|(?:client)?secret|password|passwd|passphrase|credentials?|x-(?:amz|goog)-signature)(?![A-Za-z0-9_-])"
)
#: Between a name and its value, as in a header, an assignment, and Python's or JSON's way of writing a mapping.
_BETWEEN = r"(?:\\?[\"'])?[ \t]{0,8}[:=][ \t]{0,8}b?"
_QUOTED = r"\\?\"[^\"]*\"?|\\?'[^']*'?"
# Each alternative begins at few places and stops at what begins the next, so that the time is linear in the text.
_SECRETS = re.compile(
    r"\b(?:hf_|sk-|AIza|gh[opusr]_|github_pat_|glpat-|r8_|AKIA|ASIA|xox[a-z]-)[A-Za-z0-9_\-]{12,}"
    r"|\b(?i:bearer)\s{1,8}[A-Za-z0-9._~+/\-]{12,}=*"
    r"|\b(?i:basic|token)\s{1,8}(?=[A-Za-z._~+/\-]{0,99}[0-9])[A-Za-z0-9._~+/\-]{12,}=*"
    # The authority of an address ends at the first of these; its last @ ends the name and password.
    r'|(?<=://)[^/\s?#"]+(?=@)'
    rf"|(?P<header>(?i:\bauthorization){_BETWEEN})(?:{_QUOTED}|[^\r\n\"']+[^\r\n]*)"
    r"|(?P<query>(?<=[?&;])(?i:key|sig|signature|auth|pass|pwd)=)[^&\s#\"'<>]+"
    # A missing `key: …` of a model's file is worth reading: of these names only what looks drawn by chance is taken.
    r"|(?P<weak>(?<![A-Za-z0-9_])(?i:key|sig|signature)(?:\\?[\"'])?[ \t]{0,8}[:=][ \t]{0,8}(?:\\?[\"'])?)"
    r"(?=[A-Za-z_+/%=\-]{0,15}[0-9])(?=[0-9_+/%=\-]{0,15}[A-Za-z])[A-Za-z0-9_+/%=\-]{16,}"
    rf"|(?P<pair>(?i:{_NAME}){_BETWEEN})(?!(?:None|True|False|null|true|false)\b)(?:{_QUOTED}|[^\s&\"'<>]+)"
)
_IS_SECRET = re.compile(rf"[\w-]*?{_NAME}", re.IGNORECASE)


def redact(value: Any) -> Any:
    """A copy in which the home folder reads ``~`` and credentials read ``[removed]``.

    A credential is known by its shape, by the name before it (``token=…``, ``"password": …``, ``?sig=…``), as an
    ``Authorization`` header, or by its place before the ``@`` of an address. Prompts and recipes do not pass through
    here: they are kept letter for letter. A recipe itself names a LoRA of the home folder by ``~``.
    """
    if isinstance(value, str):
        return _SECRETS.sub(_without, at_home(value))
    if isinstance(value, dict):
        return {
            redact(key): _REMOVED if isinstance(item, str) and item and _names_secret(key) else redact(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [redact(item) for item in value]
    return value


def _without(found: re.Match[str]) -> str:
    """What stands before the secret stays: it says which secret it was."""
    return (found[found.lastgroup] if found.lastgroup else "") + _REMOVED


def _names_secret(key: Any) -> bool:
    return isinstance(key, str) and (key.lower() == "authorization" or _IS_SECRET.fullmatch(key) is not None)
