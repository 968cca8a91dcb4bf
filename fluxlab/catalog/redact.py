"""Keep the home folder and credentials out of everything that is recorded."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

_SECRETS = re.compile(
    r"\b(?:hf_|sk-|AIza|ghp_|github_pat_)[A-Za-z0-9_\-]{12,}"
    r"|(?i:\bbearer\s+)[A-Za-z0-9._~+/\-]{12,}=*"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
)


def redact(value: Any) -> Any:
    """A copy in which the home folder reads ``~`` and credentials read ``[removed]``.

    Prompts and recipes do not pass through here: they are kept letter for letter.
    """
    if isinstance(value, str):
        home = str(Path.home())
        if len(home) > 1:
            # Only the whole folder name: /home/ann must not match in /home/anna.
            value = re.sub(re.escape(home) + r"(?![\w.-])", "~", value)
        return _SECRETS.sub("[removed]", value)
    if isinstance(value, dict):
        return {key: redact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [redact(item) for item in value]
    return value
