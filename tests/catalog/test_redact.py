"""Every kind of credential that is known is taken out, and nothing of it stays."""

import pytest

from fluxlab.catalog.redact import redact

BODY = "Q7" * 10


@pytest.mark.parametrize(
    "secret",
    [
        f"hf_{BODY}",
        f"sk-{BODY}",
        f"AIza{BODY}",
        f"ghp_{BODY}",
        f"github_pat_{BODY}",
        f"Bearer {BODY}",
        f"bearer  {BODY}==",
    ],
)
def test_a_credential_is_removed_wherever_it_stands(secret):
    found = redact({"a": [f"before {secret} after"], secret: 1})
    assert BODY not in repr(found)
    assert found["a"] == ["before [removed] after"]


def test_the_name_and_password_of_an_address_are_removed():
    assert redact(f"https://me:{BODY}@host/x") == "https://[removed]@host/x"
