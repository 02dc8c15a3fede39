"""What is taken as a payload, and what each fault is called."""

from copy import deepcopy
from typing import Any

import pytest

from trace.events import KINDS
from trace.fieldtype import Named, Text
from trace.payload import check_payload

from .good_payloads import BATCH, ENTRY, FULL, HASH, LEAST, PARTY, PLACE, kg


def faults(kind: str, payload: object, region: str | None = None) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in check_payload(KINDS[kind], payload, region)]


def changed(kind: str, **fields: Any) -> dict[str, Any]:
    """The full payload with some fields replaced."""
    return {**deepcopy(FULL[kind]), **fields}


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_payload_with_every_field_is_taken(kind: str) -> None:
    assert set(FULL[kind]) == set(KINDS[kind].fields)
    assert faults(kind, FULL[kind], None) == []


@pytest.mark.parametrize(
    ("decision", "found"),
    [("refused", [("/reasons", "missing-field")]), ("test-first", [("/reasons", "missing-field")]), ("admitted", [])],
)
def test_a_market_that_turns_goods_away_says_why(decision: str, found: list[tuple[str, str]]) -> None:
    payload = {
        name: value for name, value in changed("market_admission", decision=decision).items() if name != "reasons"
    }

    assert faults("market_admission", payload) == found


@pytest.mark.parametrize("kind", list(KINDS))
def test_what_a_legal_form_owes_may_be_missing(kind: str) -> None:
    assert faults(kind, LEAST[kind], "341602") == []


@pytest.mark.parametrize(("kind", "field"), [(kind, field) for kind, payload in LEAST.items() for field in payload])
def test_without_a_field_marked_yes_the_payload_is_not_taken(kind: str, field: str) -> None:
    payload = {name: value for name, value in LEAST[kind].items() if name != field}

    assert faults(kind, payload) == [(f"/{field}", "missing-field")]


@pytest.mark.parametrize(("kind", "field"), [(kind, field) for kind, payload in FULL.items() for field in payload])
def test_no_field_takes_a_value_of_another_type(kind: str, field: str) -> None:
    assert faults(kind, changed(kind, **{field: None})) == [(f"/{field}", "wrong-type")]
    if KINDS[kind].fields[field].type != Named(Text()):  # lines with names of their own: "commit" may be one
        assert faults(kind, changed(kind, **{field: {"commit": HASH}}))[0][0].startswith(f"/{field}")


@pytest.mark.parametrize("kind", list(KINDS))
def test_no_other_field_is_taken(kind: str) -> None:
    assert faults(kind, changed(kind, colour="red")) == [("/colour", "unknown-field")]
    assert faults(kind, changed(kind, __proto__={})) == [("/__proto__", "unknown-field")]


@pytest.mark.parametrize("payload", [None, [], "x", 1])
def test_a_payload_is_an_object(payload: object) -> None:
    assert faults("harvest", payload) == [("", "wrong-type")]


@pytest.mark.parametrize(
    ("kind", "field", "value", "pointer", "code"),
    [
        ("genesis", "key", "did:key:z6Mk", "/key", "bad-reference"),
        ("genesis", "key", "did:web:suxin.example", "/key", "bad-reference"),
        ("genesis", "purpose", "test", "/purpose", "unknown-value"),
        ("genesis", "tables", [{"name": "products.csv"}], "/tables/0/sha256", "missing-field"),
        ("genesis", "tables", [{"name": "x", "sha256": HASH.upper()}], "/tables/0/sha256", "bad-reference"),
        ("genesis", "continues", {"origin": "x"}, "/continues/checkpoint", "missing-field"),
        ("party_registered", "legal_form", "cooperative", "/legal_form", "unknown-value"),
        ("party_registered", "roles", ["grower", "king"], "/roles/1", "unknown-value"),
        ("party_registered", "roles", "grower", "/roles", "wrong-type"),
        ("party_registered", "region", "110101", "/region", "unknown-region"),
        ("party_registered", "region", "３４１６０２", "/region", "unknown-region"),
        ("party_registered", "uscc", "93341602B1NFHWBU51", "/uscc", "bad-code"),
        ("party_registered", "uscc", "93341602b1nfhwbu50", "/uscc", "bad-code"),
        ("party_registered", "id_number", "110105194912310021", "/id_number", "bad-code"),
        ("party_registered", "township", "十河", "/township", "unknown-township"),
        ("party_registered", "name", "\u3000", "/name", "blank"),
        ("party_registered", "name", "芍里\u202e合作社", "/name", "forbidden-character"),
        ("party_registered", "name", "王 13812345678", "/name", "personal-data"),
        ("place_registered", "party", "short", "/party", "bad-reference"),
        ("place_registered", "party", "../../etc/passwd____", "/party", "bad-reference"),
        ("place_registered", "party", "x" * 44, "/party", "bad-reference"),
        ("place_registered", "area_mu", "0", "/area_mu", "not-positive"),
        ("place_registered", "area_mu", "1,5", "/area_mu", "not-a-decimal"),
        ("place_registered", "area_mu", "10000001", "/area_mu", "quantity-absurd"),
        ("place_registered", "outline", "x" * 20_001, "/outline", "too-long"),
        ("key_added", "authenticated", "", "/authenticated", "blank"),
        ("key_revoked", "why", "bored", "/why", "unknown-value"),
        ("key_revoked", "note", "x" * 501, "/note", "too-long"),
        ("batch_opened", "product", "HB-XX", "/product", "unknown-value"),
        ("batch_opened", "quantity", {"value": "1", "unit": "head"}, "/quantity/unit", "unit-mismatch"),
        ("batch_opened", "quantity", {"value": "1", "unit": "mu"}, "/quantity/unit", "unit-mismatch"),
        ("batch_opened", "quantity", {"value": "1", "unit": "pood"}, "/quantity/unit", "unknown-unit"),
        ("batch_opened", "quantity", {"value": "1e3", "unit": "kg"}, "/quantity/value", "not-a-decimal"),
        ("batch_opened", "quantity", "1 kg", "/quantity", "wrong-type"),
        ("batch_opened", "inputs", [{"batch": BATCH}], "/inputs/0/quantity", "missing-field"),
        ("batch_opened", "inputs", [{"batch": "x", "quantity": kg("1")}], "/inputs/0/batch", "bad-reference"),
        ("batch_opened", "code", "YST04QABKQJN", "/code", "bad-code"),
        ("batch_opened", "lot_no", "打 13812345678 问", "/lot_no", "personal-data"),
        ("batch_opened", "evidence", ["0" * 63], "/evidence/0", "bad-reference"),
        ("planting", "method", "thrown", "/method", "unknown-value"),
        ("planting", "seed_in", {"chain": BATCH, "seq": -1, "leaf": HASH}, "/seed_in/seq", "wrong-type"),
        ("planting", "seed_in", {"chain": BATCH, "seq": True, "leaf": HASH}, "/seed_in/seq", "wrong-type"),
        ("planting", "seed_in", {"chain": BATCH, "seq": 1}, "/seed_in/leaf", "missing-field"),
        ("planting", "seed_in", {**ENTRY, "index": 1}, "/seed_in/index", "unknown-field"),
        ("planting", "places", [PLACE, 5], "/places/1", "wrong-type"),
        ("planting", "variety", "芍" * 201, "/variety", "too-long"),
        ("input_use", "active", ["苯醚甲环唑", " "], "/active/1", "blank"),
        ("input_use", "active", ["身份证11010519491231002X"], "/active/0", "personal-data"),
        ("input_use", "dose", {"value": "1", "unit": "head"}, "/dose/unit", "unit-mismatch"),
        ("input_use", "used_from", "2026-02-30", "/used_from", "not-a-time"),
        ("input_use", "used_from", "2026-5-1", "/used_from", "not-a-time"),
        ("input_use", "used_from", "２０２６-05-01", "/used_from", "not-a-time"),
        ("input_use", "used_from", "0001-01-01", "/used_from", "time-absurd"),
        ("input_use", "used_until", "1899-12-31", "/used_until", "time-absurd"),
        ("input_use", "interval_days", "30", "/interval_days", "wrong-type"),
        ("input_use", "interval_days", True, "/interval_days", "wrong-type"),
        ("input_use", "interval_days", -1, "/interval_days", "not-positive"),
        ("input_use", "interval_days", 99_999, "/interval_days", "quantity-absurd"),
        ("input_use", "crop_on_label", 1, "/crop_on_label", "wrong-type"),
        ("input_use", "crop_on_label", "true", "/crop_on_label", "wrong-type"),
        ("input_use", "toxicity", "无毒", "/toxicity", "unknown-value"),
        ("harvest", "quantity", {"value": "3", "unit": "L"}, "/quantity/unit", "unit-mismatch"),
        ("harvest", "quantity", kg("0"), "/quantity/value", "not-positive"),
        ("harvest", "quantity", kg("1234567890123456789"), "/quantity/value", "too-precise"),
        ("harvest", "quantity", kg("2000000000"), "/quantity/value", "quantity-absurd"),
        ("harvest", "from", "2026-08-18T06:00:00", "/from", "not-a-time"),
        ("harvest", "from", "2026-08-18T24:00:00Z", "/from", "not-a-time"),
        ("harvest", "from", "2026-08-18T06:00:60Z", "/from", "not-a-time"),
        ("harvest", "from", "2026-08-18T06:00:00+25:00", "/from", "not-a-time"),
        ("harvest", "from", "1800-08-18T06:00:00Z", "/from", "time-absurd"),
        ("primary_processing", "process", "PR-XX", "/process", "unknown-value"),
        ("primary_processing", "moisture", "100.1", "/moisture", "quantity-absurd"),
        ("consumed", "source", BATCH, "/source", "wrong-type"),
        ("packing", "levels", [], "/levels", "missing-field"),
        ("packing", "levels", [{"level": "sack", "count": 1}], "/levels/0/level", "unknown-value"),
        ("packing", "levels", [{"level": "bag"}], "/levels/0/count", "missing-field"),
        ("packing", "levels", [{"level": "bag", "count": 0}], "/levels/0/count", "not-positive"),
        ("packing", "levels", [{"level": "bag", "count": 1, "net": kg("0")}], "/levels/0/net/value", "not-positive"),
        ("packing", "labels", {"spoiled": 1}, "/labels/used", "missing-field"),
        ("labels_issued", "count", 0, "/count", "not-positive"),
        ("store_in", "fumigant", {"used_on": "2026-09-30"}, "/fumigant/name", "missing-field"),
        ("store_in", "conditions", "找 １３８１２３４５６７８", "/conditions", "personal-data"),
        ("dispatch", "to_region", "999999", "/to_region", "unknown-region"),
        ("dispatch", "documents", [{"type": "letter"}], "/documents/0/type", "unknown-value"),
        (
            "dispatch",
            "documents",
            [{"type": "report", "number": "13812345678"}],
            "/documents/0/number",
            "personal-data",
        ),
        ("dispatch", "price", "-1", "/price", "not-positive"),
        ("dispatch", "expected_on", "tomorrow", "/expected_on", "not-a-time"),
        ("receipt", "proofs", [{"type": "certificate"}], "/proofs/0/type", "unknown-value"),
        ("retail_sale", "packs", 1.5, "/packs", "wrong-type"),
        ("batch_split", "outputs", [{"batch": BATCH, "quantity": kg("1")}], "/outputs", "too-few-batches"),
        ("batch_split", "outputs", [{"batch": BATCH, "quantity": kg("1")}] * 2, "/outputs/1/batch", "duplicate-input"),
        ("batch_merged", "process", "PR-XX", "/process", "unknown-value"),
        ("transfer_offered", "until", "2026-13-01", "/until", "not-a-time"),
        ("transfer_accepted", "quantity", kg("0"), "/quantity/value", "not-positive"),
        ("market_admission", "decision", "maybe", "/decision", "unknown-value"),
        ("market_admission", "reasons", ["No Proof"], "/reasons/0", "unknown-value"),
        ("market_admission", "test", {"method": "快检"}, "/test/result", "missing-field"),
        ("loss", "why", "eaten", "/why", "unknown-value"),
        ("verdict", "outcome", "maybe", "/outcome", "unknown-value"),
        ("hold_placed", "lifted_by", "anybody", "/lifted_by", "unknown-value"),
        ("hold_released", "ground", "goodwill", "/ground", "unknown-value"),
        ("flag_raised", "reason", "", "/reason", "unknown-value"),
        ("attachment_added", "bytes", 0, "/bytes", "not-positive"),
        ("sample_taken", "sample_kind", "secret", "/sample_kind", "unknown-value"),
        ("sample_taken", "samplers", ["\u200b"], "/samplers/0", "forbidden-character"),
        ("lab_report", "items", [], "/items", "missing-field"),
        ("lab_report", "items", [{"item": "铅", "value": "0.3"}], "/items/0/unit", "missing-field"),
        ("lab_report", "items", [{"item": "铅", "value": "many", "unit": "%"}], "/items/0/value", "not-a-decimal"),
        ("lab_report", "items", [{"item": "铅", "value": "＜0.3", "unit": "%"}], "/items/0/value", "not-a-decimal"),
        ("lab_report", "items", [{"item": "铅", "value": 0, "unit": "%"}], "/items/0/value", "wrong-type"),
        ("lab_report", "conclusion", "ok", "/conclusion", "unknown-value"),
    ],
)
def test_a_bad_value_is_named_with_its_place(kind: str, field: str, value: Any, pointer: str, code: str) -> None:
    assert faults(kind, changed(kind, **{field: value})) == [(pointer, code)]


def test_a_township_is_judged_by_the_region_of_its_payload_or_the_one_given() -> None:
    assert faults("place_registered", changed("place_registered", region="310115", township="三林镇")) == []
    assert faults("place_registered", changed("place_registered", township="三林镇"), "310115") == [
        ("/township", "unknown-township")
    ]
    assert faults("batch_opened", changed("batch_opened", township="三林镇"), "341602") == [
        ("/township", "unknown-township")
    ]
    assert faults("batch_opened", changed("batch_opened", township="三林镇")) == []
    assert faults("dispatch", changed("dispatch", to_region="341602"), "310115") == []


def test_a_phone_number_may_stand_in_a_private_field_and_not_in_an_open_one() -> None:
    household = changed("party_registered", legal_form="household", name="王 13812345678", address="柳家洼 13812345678")
    shop = changed("party_registered", legal_form="individual-business", name="王记 13812345678")

    assert faults("party_registered", household) == []
    assert faults("party_registered", shop) == [("/name", "personal-data")]
    del shop["uscc"]
    assert faults("party_registered", shop) == []


def test_the_same_input_twice_is_named_at_the_second() -> None:
    inputs = [{"batch": BATCH, "quantity": kg("1")}, {"batch": PLACE, "quantity": kg("1")}]

    assert faults("batch_opened", changed("batch_opened", inputs=inputs)) == []
    assert faults("batch_opened", changed("batch_opened", inputs=[*inputs, inputs[0]])) == [
        ("/inputs/2/batch", "duplicate-input")
    ]


def test_a_batch_of_nothing_else_is_well_formed() -> None:
    assert faults("batch_opened", changed("batch_opened", inputs=[])) == []


@pytest.mark.parametrize(("kind", "field"), [("party_registered", "roles"), ("office_given", "offices")])
def test_a_list_that_has_to_be_there_names_something(kind: str, field: str) -> None:
    assert faults(kind, changed(kind, **{field: []})) == [(f"/{field}", "missing-field")]


def test_a_list_has_an_end() -> None:
    assert faults("planting", changed("planting", places=[PLACE] * 1_000)) == []
    assert faults("planting", changed("planting", places=[PLACE] * 1_001)) == [("/places", "too-long")]


@pytest.mark.parametrize(
    ("kind", "field", "least", "most"),
    [("batch_merged", "inputs", 2, 400), ("batch_split", "outputs", 2, 1_000), ("batch_opened", "inputs", 0, 400)],
)
def test_a_blend_and_a_split_have_as_many_batches_as_their_rows_say(
    kind: str, field: str, least: int, most: int
) -> None:
    def of(count: int) -> list[tuple[str, str]]:
        many = [{"batch": f"{number:022d}", "quantity": kg("1")} for number in range(count)]
        return faults(kind, changed(kind, **{field: many}))

    assert [of(count) for count in {least, least + 1, most}] == [[]] * len({least, least + 1, most})
    assert of(most + 1) == [(f"/{field}", "too-many-batches")]
    assert [of(count) for count in range(least)] == [[(f"/{field}", "too-few-batches")]] * least


def test_a_product_that_nobody_knows_leaves_its_unit_unjudged() -> None:
    payload = changed("batch_opened", product="XX", quantity={"value": "1", "unit": "head"})

    assert faults("batch_opened", payload) == [("/product", "unknown-value")]


def test_pigs_are_counted_not_weighed() -> None:
    assert faults("batch_opened", changed("batch_opened", product="AN-PIG")) == [("/quantity/unit", "unit-mismatch")]


def test_free_goods_and_bone_dry_roots_are_believed() -> None:
    assert faults("dispatch", changed("dispatch", price="0")) == []
    assert faults("primary_processing", changed("primary_processing", moisture="0.0")) == []


def test_everything_wrong_is_said_at_once_in_the_order_of_the_payload() -> None:
    payload = {"operator": "", "quantity": {"value": "-1", "unit": "x"}, "places": [PARTY, 1], "a/b": 0}

    assert faults("harvest", payload) == [
        ("/operator", "blank"),
        ("/quantity/value", "not-positive"),
        ("/quantity/unit", "unknown-unit"),
        ("/places/1", "wrong-type"),
        ("/a~1b", "unknown-field"),
    ]


# ---- a correction: the whole event once more, judged after the rows of its own kind ----


def restated(kind: str, payload: object) -> dict[str, Any]:
    return {"restated": {"kind": kind, "occurred_at": "2026-08-18T18:00:00+08:00", "payload": payload}}


@pytest.mark.parametrize("kind", ["harvest", "input_use", "lab_report", "loss", "receipt", "flag_answered"])
def test_a_fact_of_a_batch_can_be_said_anew_with_all_its_fields(kind: str) -> None:
    assert faults("correction", restated(kind, FULL[kind])) == []


def test_what_is_wrong_in_the_restated_event_is_named_inside_it() -> None:
    assert faults("correction", restated("harvest", {"quantity": kg("0"), "colour": "white"})) == [
        ("/restated/payload/quantity/value", "not-positive"),
        ("/restated/payload/colour", "unknown-field"),
    ]
    assert faults("correction", restated("harvest", {})) == [("/restated/payload/quantity", "missing-field")]


@pytest.mark.parametrize("kind", ["dispatch", "correction", "consumed", "party_registered", "moon_landing"])
def test_an_act_a_derived_entry_and_a_correction_cannot_be_said_anew(kind: str) -> None:
    assert faults("correction", restated(kind, {})) == [("/restated/kind", "unknown-kind")]


def test_a_restated_event_is_an_object_with_all_its_members() -> None:
    assert faults("correction", {"restated": {"kind": "harvest"}}) == [
        ("/restated/occurred_at", "missing-field"),
        ("/restated/payload", "missing-field"),
    ]
    assert faults("correction", restated("harvest", [])) == [("/restated/payload", "wrong-type")]
    assert faults("correction", {"did_not_occur": False}) == []
