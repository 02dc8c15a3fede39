"""Committing and opening. The commitment of the worked example is the expected value; its bytes were made elsewhere."""

from itertools import count

import pytest

from trace.events import KINDS
from trace.ledger.canonical import Json, b64url_decode
from trace.payload import Opening, commit_payload, open_payload, private_fields

from .good_payloads import FULL, kg

COMMIT = "1ET_te05i8v5NvktEFhW42cKU853YUmPdL0u7Yr1bAM"
OPENING = Opening(COMMIT, b64url_decode("ajuSIoQvayUijrap8WVceSR3mc8Uvmd0FnSiD7wMhM4"), "示例操作员")
HARVEST = KINDS["harvest"]
SIGNED: dict[str, Json] = {
    "area_mu": "3.2",
    "operator": {"commit": COMMIT},
    "quantity": {"unit": "kg", "value": "1250.5"},
}


def open_faults(payload: dict[str, Json], *openings: Opening) -> list[tuple[str, str]]:
    _, faults = open_payload(HARVEST, payload, {opening.commit: opening for opening in openings})
    return [(fault.pointer, fault.code) for fault in faults]


def test_the_payload_of_the_worked_example_is_made() -> None:
    plain: dict[str, Json] = {**SIGNED, "operator": "示例操作员"}

    signed, openings = commit_payload(HARVEST, plain, iter([OPENING.salt]))

    assert signed == SIGNED
    assert openings == [OPENING]


def test_the_payload_of_the_worked_example_is_opened() -> None:
    opened, faults = open_payload(HARVEST, SIGNED, {COMMIT: OPENING})

    assert opened == {**SIGNED, "operator": "示例操作员"}
    assert faults == []


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_private_value_of_every_kind_is_hidden_and_comes_back(kind: str) -> None:
    salts = (number.to_bytes(32, "big") for number in count())

    signed, openings = commit_payload(KINDS[kind], FULL[kind], salts)
    opened, faults = open_payload(KINDS[kind], signed, {opening.commit: opening for opening in openings})

    assert (opened, faults) == (FULL[kind], [])
    hidden = private_fields(KINDS[kind], FULL[kind])
    assert all(isinstance(signed[name], dict) and list(signed[name]) == ["commit"] for name in hidden)  # type: ignore[arg-type]
    assert all(signed[name] == FULL[kind][name] for name in signed if name not in hidden)
    assert len({opening.salt for opening in openings}) == len(hidden)


def test_a_commitment_without_its_opening_is_refused() -> None:
    assert open_faults(SIGNED) == [("/operator", "missing-opening")]


@pytest.mark.parametrize(
    "opening",
    [
        OPENING._replace(value="另一个人"),
        OPENING._replace(salt=bytes(32)),
        OPENING._replace(salt=OPENING.salt[:31]),
        OPENING._replace(salt=b""),
        OPENING._replace(value=1.5),  # type: ignore[arg-type]
    ],
)
def test_an_opening_that_does_not_open_is_refused(opening: Opening) -> None:
    assert open_faults(SIGNED, opening) == [("/operator", "bad-opening")]


def test_a_plain_value_in_a_private_field_is_refused() -> None:
    assert open_faults({**SIGNED, "operator": "示例操作员"}) == [("/operator", "not-committed")]
    assert open_faults({**SIGNED, "operator": {"commit": COMMIT, "salt": "x"}}, OPENING) == [
        ("/operator", "not-committed"),
        ("", "bad-opening"),
    ]


def test_a_commitment_in_an_open_field_is_refused() -> None:
    assert open_faults({"quantity": {"commit": COMMIT}, "operator": {"commit": COMMIT}}, OPENING) == [
        ("/quantity", "wrong-type")
    ]


def test_a_commitment_is_a_text() -> None:
    assert open_faults({"quantity": kg("1"), "operator": {"commit": 7}}) == [("/operator", "wrong-type")]


def test_an_opening_that_no_field_asks_for_is_refused() -> None:
    stray = OPENING._replace(commit="A" * 43)

    assert open_faults(SIGNED, OPENING, stray) == [("", "bad-opening")]


# ---- inside a correction ----

RESTATED = {"kind": "harvest", "occurred_at": "2026-08-18T18:00:00+08:00"}
SECOND_SALT = bytes(range(32))


def test_the_private_fields_of_a_restated_event_are_committed_in_its_place() -> None:
    plain: dict[str, Json] = {
        "restated": {**RESTATED, "payload": {**SIGNED, "operator": "示例操作员"}},
        "approved_by": "社务监督 卞复核",
    }

    signed, openings = commit_payload(KINDS["correction"], plain, iter([SECOND_SALT, OPENING.salt]))

    assert signed["restated"] == {**RESTATED, "payload": SIGNED}
    assert [(one.salt, one.value) for one in openings] == [
        (SECOND_SALT, "社务监督 卞复核"),
        (OPENING.salt, "示例操作员"),
    ]
    opened, faults = open_payload(KINDS["correction"], signed, {one.commit: one for one in openings})
    assert (opened, faults) == (plain, [])


def test_a_fault_of_a_restated_commitment_is_named_inside_it() -> None:
    signed: dict[str, Json] = {"restated": {**RESTATED, "payload": SIGNED}}

    _, without = open_payload(KINDS["correction"], signed, {})
    _, plain = open_payload(
        KINDS["correction"], {"restated": {**RESTATED, "payload": {**SIGNED, "operator": "示例操作员"}}}, {}
    )

    assert [(fault.pointer, fault.code) for fault in without] == [("/restated/payload/operator", "missing-opening")]
    assert [(fault.pointer, fault.code) for fault in plain] == [("/restated/payload/operator", "not-committed")]
