"""The registry of kinds says what the vocabulary and the payload table say."""

import pytest

from trace.events import KINDS, Nature, Privacy, Required
from trace.fieldtype import Amount, Choice, ListOf, Members, Plain, Text, parse_type
from trace.quantity import Dimension
from trace.reference import PayloadRow

PUBLIC_BUT = {
    *("receipt", "transfer_offered", "transfer_accepted", "flag_raised", "flag_answered", "attachment_added"),
    *("credit_opened", "record_entered", "record_ended", "measure_started", "measure_ended"),
    *("listing_started", "listing_ended", "case_opened", "case_step", "document_served"),
}


def test_the_kinds_of_today_are_these() -> None:
    assert list(KINDS) == [
        *("genesis", "founders_named", "office_given", "office_ended", "tables_adopted"),
        *("party_registered", "place_registered", "key_added", "key_revoked", "batch_opened", "planting"),
        *("input_use", "harvest", "primary_processing", "batch_split", "batch_merged", "consumed", "packing"),
        *("labels_issued", "store_in", "dispatch", "receipt", "transfer_offered", "transfer_accepted"),
        *(
            "market_admission",
            "retail_sale",
            "loss",
            "sample_taken",
            "lab_report",
            "retest_report",
            "verdict",
            "hold_placed",
        ),
        *("hold_released", "flag_raised", "flag_answered", "correction", "attachment_added"),
        *("credit_opened", "record_entered", "record_ended", "measure_started", "measure_ended"),
        *("listing_started", "listing_ended", "case_opened", "case_step", "document_served"),
    ]


def test_a_harvest_is_a_fact_on_a_batch_that_brings_quantity_in() -> None:
    harvest = KINDS["harvest"]

    assert (harvest.chain, harvest.nature, harvest.quantity_effect) == ("batch", Nature.FACT, "in")
    assert (harvest.zh, harvest.en, harvest.who_signs) == ("采收", "harvested", "grower")
    assert harvest.regimes == ("herb", "veg", "grain")
    assert harvest.fields["quantity"].required is Required.YES
    assert harvest.fields["operator"].privacy is Privacy.COMMIT
    assert harvest.fields["area_mu"].source == "L-APQSL 27"


def test_every_kind_but_trade_questions_papers_and_cases_is_public() -> None:
    assert {name for name, kind in KINDS.items() if not kind.is_public} == PUBLIC_BUT


def test_kinds_without_goods_have_no_regime() -> None:
    assert KINDS["party_registered"].regimes == ()
    assert KINDS["batch_opened"].regimes == ("all",)


def test_a_report_has_the_kinds_of_a_sample() -> None:
    report_kind = KINDS["lab_report"].fields["report_kind"].type

    assert report_kind == Choice(("self", "entrusted", "rapid", "monitoring", "supervision", "market", "retest"))


def test_the_words_of_a_member_are_read_from_its_clause_of_the_table() -> None:
    levels = KINDS["packing"].fields["levels"].type
    proofs = KINDS["receipt"].fields["proofs"].type
    items = KINDS["lab_report"].fields["items"].type

    assert _choice(levels, "level") == ("bag", "box", "carton", "pallet")
    assert _choice(proofs, "type") == ("承诺达标合格证", "自检合格证明", "产地证明", "检验报告", "检疫证明", "other")
    assert _choice(items, "judgement") == ("pass", "fail")


def test_the_units_of_a_field_say_what_it_measures() -> None:
    assert KINDS["harvest"].fields["quantity"].type == Amount(frozenset({Dimension.MASS}))
    assert KINDS["input_use"].fields["dose"].type == Amount(frozenset({Dimension.MASS, Dimension.VOLUME}))
    assert KINDS["batch_opened"].fields["quantity"].type == Amount(by_product=True)


@pytest.mark.parametrize(
    ("field", "type"),
    [("x", "colour"), ("height", "decimal"), ("age", "integer"), ("zip", "code"), ("y", "list of colour")],
)
def test_a_row_that_nobody_can_read_stops_the_program(field: str, type: str) -> None:
    row = PayloadRow("harvest", field, type, "no", "open", "", "", "")

    with pytest.raises(ValueError, match=r"colour|no rule for"):
        parse_type(row, {})


def test_a_new_row_of_known_types_needs_no_code() -> None:
    row = PayloadRow("loss", "evidence", "{name, hash}", "no", "open", "", "", "")

    read = parse_type(row, {})

    assert isinstance(read, Members)
    assert [(member.name, member.type) for member in read.members] == [("name", Text()), ("hash", Plain.HASH)]


def _choice(type: object, member: str) -> tuple[str, ...]:
    assert isinstance(type, ListOf)
    assert isinstance(type.item, Members)
    found = next(one.type for one in type.item.members if one.name == member)
    assert isinstance(found, Choice)
    return found.values
