"""The words of the tables and the codes of a registration mean the same subjects."""

import pytest

from credit.reference.policies import policies
from credit.subjects import EVERYBODY, LEGAL_FORMS, ROLES, Subject


def subject(legal_form: str, *roles: str, uscc: str | None = None) -> Subject:
    return Subject("p", legal_form, frozenset(roles), uscc)


def test_every_word_of_a_policy_has_a_meaning() -> None:
    words = {word for policy in policies().values() for word in policy.applies_to}

    assert words == LEGAL_FORMS.keys() | ROLES.keys()


@pytest.mark.parametrize(
    ("who", "words"),
    [
        (subject("co-op", "grower"), {"合作社"}),
        (subject("enterprise", "processor", "pieces-maker"), {"企业", "加工厂", "饮片厂"}),
        (subject("individual-business", "input-dealer"), {"农资店"}),
        (subject("household", "grower"), {"农户"}),
        (subject("authority", "regulator"), set()),
    ],
)
def test_a_subject_is_meant_by_its_form_and_by_each_role(who: Subject, words: set[str]) -> None:
    assert who.words() == words


@pytest.mark.parametrize("word", sorted(EVERYBODY))
def test_some_words_leave_nobody_out(word: str) -> None:
    assert subject("household").is_one_of([word])


def test_a_word_without_a_meaning_stops_the_program() -> None:
    with pytest.raises(ValueError):
        subject("co-op").is_one_of(["合作社", "网店"])


@pytest.mark.parametrize(
    ("legal_form", "uscc", "natural"),
    [
        ("household", None, True),
        ("large-grower", "91341600MA2N00000X", True),
        ("family-farm", None, True),
        ("family-farm", "91341600MA2N00000X", False),
        ("individual-business", None, True),
        ("enterprise", "91341600MA2N00000X", False),
        ("co-op", "91341600MA2N00000X", False),
    ],
)
def test_a_household_is_a_human_being_and_a_registered_farm_is_a_body(
    legal_form: str, uscc: str | None, natural: bool
) -> None:
    assert subject(legal_form, uscc=uscc).is_natural is natural
