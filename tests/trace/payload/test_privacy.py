"""Which fields are private: always, and for a natural person alone."""

import pytest

from trace.events import KINDS
from trace.payload import private_fields

from .good_payloads import FULL

PARTY_ALWAYS = {"id_number", "contact", "legal_representative", "phone"}


def test_trade_details_and_people_of_a_dispatch_are_private() -> None:
    assert private_fields(KINDS["dispatch"], FULL["dispatch"]) == {"buyer", "buyer_name", "carrier", "vehicle", "price"}


def test_what_an_offer_and_an_admission_say_of_people_and_trade_is_private() -> None:
    assert private_fields(KINDS["transfer_offered"], FULL["transfer_offered"]) == {"buyer", "price"}
    assert private_fields(KINDS["market_admission"], FULL["market_admission"]) == {
        "reasons",
        "seller",
        "stall",
        "checked_by",
    }
    assert private_fields(KINDS["flag_answered"], FULL["flag_answered"]) == {"answer"}


def test_a_kind_without_private_fields_has_none() -> None:
    assert private_fields(KINDS["consumed"], FULL["consumed"]) == frozenset()


@pytest.mark.parametrize("legal_form", ["enterprise", "co-op", "authority"])
def test_the_name_of_a_legal_person_stands_open(legal_form: str) -> None:
    assert private_fields(KINDS["party_registered"], {"legal_form": legal_form}) == PARTY_ALWAYS


@pytest.mark.parametrize("legal_form", ["household", "large-grower", "person", "family-farm", "individual-business"])
def test_the_name_and_home_of_a_natural_person_are_private(legal_form: str) -> None:
    assert private_fields(KINDS["party_registered"], {"legal_form": legal_form}) == PARTY_ALWAYS | {"name", "address"}


def test_a_registered_family_farm_is_no_natural_person() -> None:
    payload = {"legal_form": "family-farm", "uscc": "93341602B1NFHWBU50"}

    assert private_fields(KINDS["party_registered"], payload) == PARTY_ALWAYS


@pytest.mark.parametrize("payload", [{}, {"legal_form": None}, {"legal_form": ["co-op"]}])
def test_where_the_legal_form_is_not_said_the_name_is_private(payload: dict[str, object]) -> None:
    assert "name" in private_fields(KINDS["party_registered"], payload)
