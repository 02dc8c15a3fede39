"""Does what goes into a form come out of it again, for every kind that is declared?"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from api.pages.forms.choices import Choices, Option, options_of
from api.pages.forms.controls import name_of_pointer, payload_of, texts_of
from api.pages.names import names
from api.pages.scan_words import Words
from tests.api.pages.forms.payloads import FORMED, payloads
from trace.events import KINDS
from trace.fieldtype import Plain
from trace.payload import check_payload


@pytest.mark.parametrize("name", FORMED)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_payload_goes_through_a_form_unchanged(name: str, data: st.DataObject) -> None:
    kind = KINDS[name]
    payload: dict[str, Any] = data.draw(payloads(kind))

    # As a browser sends it: a line ends with CR LF.
    sent = {
        control: [text.replace("\n", "\r\n") for text in texts] for control, texts in texts_of(kind, payload).items()
    }

    assert payload_of(kind, sent) == payload


HARVEST, INPUT_USE, PACKING = KINDS["harvest"], KINDS["input_use"], KINDS["packing"]


def test_an_empty_form_is_an_empty_payload() -> None:
    empty = {"p.quantity.value": [""], "p.quantity.unit": ["kg"], "p.part": [" "], "p.from": [""]}

    assert payload_of(HARVEST, {**empty, "p.from.offset": ["+08:00"]}) == {}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (
            {"p.quantity.value": [" １２．５ "], "p.quantity.unit": ["kg"]},
            {"quantity": {"value": "12.5", "unit": "kg"}},
        ),
        ({"p.growing_years": ["４"]}, {"growing_years": 4}),
        ({"p.from": ["2026-08-18T06:00"]}, {"from": "2026-08-18T06:00:00+08:00"}),
        ({"p.from": ["2026-08-18 06:00"]}, {"from": "2026-08-18T06:00:00+08:00"}),
        ({"p.from": ["2026-08-18T06:00:30"], "p.from.offset": ["Z"]}, {"from": "2026-08-18T06:00:30Z"}),
        (
            {"p.places": ["aaaaaaaaaaaaaaaa", "", "bbbbbbbbbbbbbbbb"]},
            {"places": ["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"]},
        ),
    ],
)
def test_what_people_type_is_read_as_they_mean_it(typed: dict[str, list[str]], meant: dict[str, Any]) -> None:
    assert payload_of(HARVEST, typed) == meant


@pytest.mark.parametrize("typed", ["2026/5/9", "2026年5月9日", "2026-05-09", "２０２６．５．９"])
def test_a_day_may_be_written_in_the_ways_of_the_country(typed: str) -> None:
    assert payload_of(INPUT_USE, {"p.used_until": [typed]}) == {"used_until": "2026-05-09"}


def test_a_district_may_be_named() -> None:
    assert payload_of(KINDS["dispatch"], {"p.to_region": ["谯城区"]}) == {"to_region": "341602"}
    assert payload_of(KINDS["dispatch"], {"p.to_region": ["310115"]}) == {"to_region": "310115"}


def test_each_line_of_a_list_of_texts_is_an_item() -> None:
    assert payload_of(INPUT_USE, {"p.active": ["苯醚甲环唑\r\n\r\n 嘧菌酯 "]}) == {"active": ["苯醚甲环唑", "嘧菌酯"]}


def test_empty_rows_close_up_so_that_faults_point_to_what_is_shown_again() -> None:
    sent = {
        "p.levels.0.level": [""],
        "p.levels.2.level": ["bag"],
        "p.levels.2.count": ["zwölf"],
        "p.levels.2.net.value": ["0.5"],
        "p.levels.2.net.unit": ["kg"],
    }

    payload = payload_of(PACKING, sent)

    assert payload == {"levels": [{"level": "bag", "count": "zwölf", "net": {"value": "0.5", "unit": "kg"}}]}
    assert [name_of_pointer(fault.pointer) for fault in check_payload(PACKING, payload)] == ["p.levels.0.count"]
    assert texts_of(PACKING, payload)["p.levels.0.count"] == ["zwölf"]


def test_what_is_no_value_of_its_type_stays_as_it_was_typed() -> None:
    sent = {
        "p.growing_years": ["vier"],
        "p.quantity.value": ["ein paar"],
        "p.quantity.unit": ["kg"],
        "p.from": ["gestern"],
    }

    payload = payload_of(HARVEST, sent)

    assert payload == {"growing_years": "vier", "quantity": {"value": "ein paar", "unit": "kg"}, "from": "gestern"}
    assert texts_of(HARVEST, payload) == {
        "p.growing_years": ["vier"],
        "p.quantity.value": ["ein paar"],
        "p.quantity.unit": ["kg"],
        "p.from": ["gestern"],
    }


def test_a_purchase_is_chosen_among_sales_of_a_dealer_alone() -> None:
    of_the_batch = tuple(
        (kind, Option(f"{kind}.0.0", Markup(kind))) for kind in ("batch_opened", "lab_report", "receipt")
    )

    assert options_of(Plain.ENTRY, "purchase", Choices("341602", entries=of_the_batch), Words("zh", names())) == ()
