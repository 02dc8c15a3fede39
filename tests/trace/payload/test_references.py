"""What a payload rests on."""

from trace.events import KINDS
from trace.payload import Reference, references

from .good_payloads import BATCH, ENTRY, FULL, PARTY, PLACE


def test_a_batch_names_its_plot_its_inputs_and_its_seller() -> None:
    assert references(KINDS["batch_opened"], FULL["batch_opened"]) == [
        Reference("place", PLACE, "/place"),
        Reference("batch", BATCH, "/inputs/0/batch"),
        Reference("party", PARTY, "/bought_from"),
    ]


def test_a_list_of_plots_and_an_entry_are_found() -> None:
    assert references(KINDS["planting"], FULL["planting"]) == [
        Reference("entry", ENTRY, "/seed_in"),
        Reference("place", PLACE, "/places/0"),
    ]


def test_a_reference_behind_a_commitment_is_not_seen() -> None:
    payload = {**FULL["store_in"], "place": {"commit": "x"}}

    assert references(KINDS["store_in"], payload) == []


def test_a_kind_that_names_nothing_has_no_references() -> None:
    assert references(KINDS["retail_sale"], FULL["retail_sale"]) == []


def test_a_correction_rests_on_what_the_restated_event_names() -> None:
    restated = {"kind": "planting", "occurred_at": "2022-10-08T08:00:00+08:00", "payload": FULL["planting"]}

    assert references(KINDS["correction"], {"restated": restated}) == [
        Reference("entry", ENTRY, "/restated/payload/seed_in"),
        Reference("place", PLACE, "/restated/payload/places/0"),
    ]
