"""Do − and + say the number that somebody would say next, and leave alone what is none?"""

from __future__ import annotations

import pytest

from api.pages.forms.filled import Filled
from api.pages.forms.stepping import pressed, stepped

STEPS = [
    ("1", "0.9", "2"),
    ("0.9", "0.8", "1.0"),
    ("0.5", "0.4", "0.6"),
    ("0.35", "0.25", "0.45"),
    ("0.1", "0.09", "0.2"),
    ("2.5", "1.5", "3.5"),
    ("9", "8", "10"),
    ("10", "9", "11"),
    ("50", "49", "51"),
    ("100", "99", "110"),
    ("155", "145", "165"),
    ("2310.5", "2210.5", "2410.5"),
    ("9500", "9400", "9600"),
    ("10000", "9900", "11000"),
]
"""A number, the one below, the one above: a step is one of the second digit."""

NO_NUMBERS = ["ein paar", "-3", "0", "1e400", "NaN", "Infinity", "1,5", "1234567890123456"]


@pytest.mark.parametrize(("text", "less", "more"), STEPS)
def test_a_step_is_one_of_the_second_digit(text: str, less: str, more: str) -> None:
    assert (stepped(text, -1), stepped(text, 1)) == (less, more)


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_amount_stays_as_it_was_typed(text: str) -> None:
    assert stepped(text, 1) == text
    assert stepped(text, -1) == text


def test_a_count_never_becomes_a_fraction_or_nothing() -> None:
    assert stepped("1", -1, whole=True) == "1"
    assert stepped("2", -1, whole=True) == "1"


def test_plus_begins_where_nothing_stands() -> None:
    assert (stepped("", 1), stepped("", -1)) == ("1", "")


def test_a_button_changes_its_own_control_alone() -> None:
    filled = Filled("id", {"dose": {"value": "50", "unit": "mL"}, "name": "甲", "rows": [{"q": {"value": "9"}}, "x"]})

    more = pressed(filled, "plus", "p.dose")
    deeper = pressed(filled, "less", "p.rows.0.q")

    assert more.payload == {**filled.payload, "dose": {"value": "51", "unit": "mL"}}
    assert deeper.payload["rows"] == [{"q": {"value": "8"}}, "x"]


def test_a_chip_puts_its_text_in_whole() -> None:
    assert pressed(Filled("id", {"target": ""}), "set", "p.target=叶斑病=重").payload == {"target": "叶斑病=重"}


@pytest.mark.parametrize("of", ["", "id", "p", "when", "p.rows.9.q", "p.rows.x", "p.dose.value"])
def test_a_button_of_somebody_else_s_making_breaks_nothing(of: str) -> None:
    filled = Filled("id", {"dose": {"value": "50", "unit": "mL"}, "rows": [{"q": "1"}]})

    for step in ("plus", "less", "set"):
        assert pressed(filled, step, of).id == "id"
