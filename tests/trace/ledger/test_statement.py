"""What a statement must hold, and that every byte of it is signed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.ledger import statement as statement_module
from trace.ledger.canonical import encode
from trace.ledger.keys import PrivateKey
from trace.ledger.statement import (
    MAX_STATEMENT_BYTES,
    StatementError,
    is_time,
    parse_statement,
    sign_document,
    signed_bytes,
    signed_statement,
    statement_of,
    verify_document,
    verify_proofs,
)

FIRST, SECOND = PrivateKey.from_seed(b"1" * 32), PrivateKey.from_seed(b"2" * 32)
CREATED = "2026-09-10T00:06:30Z"
FIELDS: dict[str, Any] = {
    "id": "urn:uuid:0191d5a0-0000-7000-8000-000000000004",
    "origin": "log.example/suxin",
    "chain": "c" * 22,
    "kind": "harvest",
    "actor": "p" * 22,
    "occurred_at": "2026-09-10T08:06:00+08:00",
    "payload": {"area_mu": "3.2", "township": "十河镇"},
}
SIGNED = signed_statement(FIELDS, [FIRST, SECOND], CREATED)


def refusal(data: bytes) -> tuple[str, str]:
    with pytest.raises(StatementError) as refused:
        verify_proofs(parse_statement(data))
    return refused.value.code, refused.value.pointer


def with_member(name: str, value: object) -> bytes:
    return signed_statement({**FIELDS, name: value}, [FIRST], CREATED)


def test_a_statement_is_read_as_it_was_made() -> None:
    statement = parse_statement(SIGNED)
    verify_proofs(statement)

    assert {name: getattr(statement, name) for name in FIELDS} == FIELDS
    assert statement.signers == (FIRST.did, SECOND.did)
    assert (statement.custody, statement.recorded_by, statement.corrects, statement.reason) == (False, None, None, None)
    assert statement.data == SIGNED


def test_the_optional_members_are_read() -> None:
    more = {"custody": "platform", "recorded_by": "a1 password", "corrects": FIELDS["id"], "reason": "误填"}

    statement = parse_statement(signed_statement({**FIELDS, **more}, [FIRST], CREATED))

    assert statement.custody
    assert (statement.recorded_by, statement.corrects, statement.reason) == ("a1 password", FIELDS["id"], "误填")


@given(st.integers(0, len(SIGNED) - 1), st.integers(0, 7))
def test_one_changed_bit_anywhere_is_refused(at: int, bit: int) -> None:
    changed = bytearray(SIGNED)
    changed[at] ^= 1 << bit

    with pytest.raises(StatementError):
        verify_proofs(parse_statement(bytes(changed)))


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("id", "urn:uuid:0191D5A0-0000-7000-8000-000000000004", "bad-reference"),
        ("id", 4, "bad-reference"),
        ("chain", "batch/1", "bad-reference"),
        ("actor", "../x", "bad-reference"),
        ("corrects", "4", "bad-reference"),
        ("kind", 1, "wrong-type"),
        ("origin", True, "wrong-type"),
        ("payload", [], "wrong-type"),
        ("payload", None, "wrong-type"),
        ("recorded_by", 7, "wrong-type"),
        ("occurred_at", "2026-09-10T08:06:00", "not-a-time"),
        ("occurred_at", 1789002400, "not-a-time"),
        ("__proto__", {}, "unknown-field"),
        ("note", "x", "unknown-field"),
    ],
)
def test_a_member_of_the_wrong_kind_is_named(name: str, value: object, code: str) -> None:
    assert refusal(with_member(name, value)) == (code, f"/{name}")


@pytest.mark.parametrize("name", FIELDS)
def test_a_missing_member_is_named(name: str) -> None:
    fields = {key: value for key, value in FIELDS.items() if key != name}

    assert refusal(signed_statement(fields, [FIRST], CREATED)) == ("missing-field", f"/{name}")


def test_a_statement_without_a_proof_is_nobodys() -> None:
    assert refusal(encode(FIELDS)) == ("missing-proof", "/proof")
    assert refusal(encode({**FIELDS, "proof": []})) == ("missing-proof", "/proof")


def test_what_was_signed_is_everything_but_the_proofs_whatever_looks_like_them() -> None:
    """The proofs of a statement once more in its payload, and as text behind them."""
    proofs = json.loads(SIGNED)["proof"]
    alike = f',"proof":{json.dumps(proofs, separators=(",", ":"))}'
    fields = {**FIELDS, "payload": {"a": 1, "proof": proofs}, "reason": alike, "recorded_by": alike}

    statement = parse_statement(encode({**fields, "proof": proofs}))

    assert statement.proofs == tuple(proofs)
    assert json.loads(signed_bytes(statement)) == fields


def test_a_statement_in_another_order_is_read_in_the_order_of_its_bytes() -> None:
    found: dict[str, Any] = json.loads(SIGNED)
    backwards = {name: found[name] for name in reversed(found)}
    backwards["payload"] = {name: found["payload"][name] for name in reversed(found["payload"])}

    statement = statement_of(backwards)

    assert statement.data == SIGNED
    assert list(statement.payload) == ["area_mu", "township"]
    verify_proofs(statement)


def test_the_order_of_proofs_is_free_and_each_must_hold() -> None:
    other_way = signed_statement(FIELDS, [SECOND, FIRST], CREATED)
    verify_proofs(parse_statement(other_way))
    proofs = json.loads(SIGNED)["proof"]

    swapped = [{**proofs[0], "proofValue": proofs[1]["proofValue"]}, proofs[1]]

    assert refusal(encode({**FIELDS, "proof": swapped}))[0] == "bad-signature"


def test_a_proof_value_that_no_signature_has_is_refused_undecoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of 250,000 characters kept a processor busy for two seconds."""
    proof = {**json.loads(SIGNED)["proof"][0], "proofValue": "z" * 90}

    def decodes(_text: str) -> bytes:
        raise AssertionError("it was decoded")

    monkeypatch.setattr(statement_module, "base58btc_decode", decodes)
    assert refusal(encode({**FIELDS, "proof": [proof]})) == ("bad-signature", "/proof/0")


def test_a_fault_of_the_json_profile_is_named_with_its_place() -> None:
    assert refusal(encode(FIELDS).replace(b'"3.2"', b"3.2")) == ("float", "/payload/area_mu")


def test_nobody_counts_twice_with_one_key() -> None:
    with pytest.raises(StatementError):
        parse_statement(signed_statement(FIELDS, [FIRST, FIRST], CREATED))


def test_a_statement_in_another_layout_is_not_canonical() -> None:
    assert refusal(SIGNED + b"\n") == ("not-canonical", "")


def test_a_statement_over_256_kilobytes_is_refused_unread() -> None:
    assert refusal(b"x" * (MAX_STATEMENT_BYTES + 1)) == ("statement-too-large", "")


@pytest.mark.parametrize(
    "text",
    [
        "2026-09-10T08:06:00+08:00",
        "2026-09-10T00:06:00Z",
        "2026-09-10T00:06:00.123456789Z",
        "2024-02-29T23:59:59-23:59",
        "2000-02-29T00:00:00+23:59",
        "0001-01-01T00:00:00Z",
    ],
)
def test_moments(text: str) -> None:
    assert is_time(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-09-10T08:06:00",
        "2026-09-10 08:06:00Z",
        "2026-09-10t08:06:00Z",
        "2026-09-10T08:06:00z",
        "2026-02-30T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-09-10T24:00:00Z",
        "2026-09-10T23:60:00Z",
        "2026-09-10T23:59:60Z",
        "2026-09-10T00:00:00+25:00",
        "2026-09-10T00:00:00+08:60",
        "2026-09-10T00:00:00+0800",
        "2026-09-10T00:00Z",
        "2026-09-10T00:00:00.Z",
        "2026-09-10T00:00:00Z\n",
        "２０２６-09-10T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "",
    ],
)
def test_texts_that_are_no_moment(text: str) -> None:
    assert not is_time(text)


def test_a_document_with_a_context_repeats_it_in_its_proof() -> None:
    document = {"@context": ["https://www.w3.org/ns/credentials/v2"], "name": "x"}

    proof = sign_document(document, FIRST, CREATED)

    assert proof["@context"] == document["@context"]
    assert verify_document(encode({**document, "proof": proof}))
    assert not verify_document(encode({"name": "x", "proof": proof}))
    assert not verify_document(encode({**document, "@context": ["https://example.com/"], "proof": proof}))


def test_a_document_may_be_laid_out_in_any_way() -> None:
    assert verify_document(json.dumps(json.loads(SIGNED), indent=2).encode())
