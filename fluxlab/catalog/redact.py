"""Keep the home folder and credentials out of everything that is recorded."""

from __future__ import annotations

import re
from typing import Any

from fluxlab.home import at_home

_SECRETS = re.compile(
    r"\b(?:hf_|sk-|AIza|ghp_|github_pat_)[A-Za-z0-9_\-]{12,}"
    r"|(?i:\bbearer\s+)[A-Za-z0-9._~+/\-]{12,}=*"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
)


def redact(value: Any) -> Any:
    """A copy in which the home folder reads ``~`` and credentials read ``[removed]``.

    Prompts and recipes do not pass through here: they are kept letter for letter. A recipe itself names a LoRA of the
    home folder by ``~``.
    """
    if isinstance(value, str):
        return _SECRETS.sub("[removed]", at_home(value))
    if isinstance(value, dict):
        return {redact(key): redact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [redact(item) for item in value]
    return value
