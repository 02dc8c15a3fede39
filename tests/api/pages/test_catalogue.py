"""Does a sentence come out whole, escaped, and only in a language that has it?"""

from __future__ import annotations

import pytest
from markupsafe import Markup

from api.catalogue import say, say_html


def test_a_sentence_takes_its_values() -> None:
    assert say("journey.count", "zh", n=12) == "12条记录"
    assert say("journey.count", "en", n=12) == "12 records"


def test_an_unknown_key_and_a_missing_value_are_errors() -> None:
    with pytest.raises(KeyError):
        say("scan.nowhere", "zh")
    with pytest.raises(KeyError):
        say("journey.count", "en")


def test_values_are_escaped_and_markup_is_kept() -> None:
    assert say_html("detail.origin", "en", value="<b>") == "origin &lt;b&gt;"
    assert say_html("detail.origin", "en", value=Markup("<b>x</b>")) == "origin <b>x</b>"
