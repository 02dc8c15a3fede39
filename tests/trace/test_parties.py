"""Who is a natural person (docs/formats.md, "Commitments")."""

import pytest

from trace.parties import is_natural_person

USCC = "93341602B1NFHWBU50"


@pytest.mark.parametrize(
    ("legal_form", "uscc", "natural"),
    [
        ("household", None, True),
        ("large-grower", None, True),
        ("large-grower", USCC, True),
        ("person", None, True),
        ("family-farm", None, True),
        ("family-farm", "", True),
        ("family-farm", USCC, False),
        ("individual-business", None, True),
        ("individual-business", USCC, False),
        ("co-op", USCC, False),
        ("co-op", None, False),
        ("enterprise", None, False),
        ("collective", None, False),
        ("authority", None, False),
        ("institution", None, False),
        ("service-organisation", None, False),
    ],
)
def test_who_is_a_natural_person(legal_form: str, uscc: str | None, natural: bool) -> None:
    assert is_natural_person(legal_form, uscc) is natural
