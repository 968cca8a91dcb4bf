"""Whether the Hugging Face hub answers, asked once: its own client tries for half a minute and prints every trial."""

from __future__ import annotations

#: Long enough for a slow line; a network that is not there is noticed at once.
SECONDS = 10.0


def check_reachable() -> None:
    """Ask the hub for nothing in particular; any answer will do.

    Raises
    ------
    Exception
        Of the hub's client, when there is no answer or ``HF_HUB_OFFLINE`` forbids to ask.
    """
    from huggingface_hub import constants, get_session

    get_session().head(constants.ENDPOINT, timeout=SECONDS)
