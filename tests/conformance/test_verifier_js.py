"""Does the page's verifier give the answers of the vectors, with the platform's cryptography and with ours?"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conformance.verifier_node import (
    ENGINES,
    EXAMPLE,
    VECTORS,
    Ask,
    bundle_case,
    verifier,
)

pytestmark = pytest.mark.needs("node")


def vector(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((VECTORS / name).read_text("utf-8"))
    return loaded


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Which implementation of SHA-256 and Ed25519 answers: the platform's or the one we bring along."""
    return str(request.param)


@pytest.fixture(scope="module")
def ask(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    return verifier(engine, tmp_path_factory.mktemp("static"))


def test_the_engine_is_the_one_asked_for(ask: Ask, engine: str) -> None:
    answer = ask([{"port": "engine"}])[0]

    kind = "noble" if engine == "noble" else "webcrypto"
    assert (answer["hashing"], answer["signing"]) == (kind, kind)


def test_ed25519_answers_every_case_as_stated(ask: Ask) -> None:
    cases = vector("ed25519.json")["verify"]

    answers = ask([{"port": "ed25519", **{k: case[k] for k in ("key", "message", "signature")}} for case in cases])

    assert len(cases) == 22
    assert [(case["id"], answer["ok"]) for case, answer in zip(cases, answers, strict=True)] == [
        (case["id"], case["ok"]) for case in cases
    ]


def test_the_profile_of_json_names_the_broken_rule(ask: Ask) -> None:
    vectors = vector("profile.json")
    deep = ('{"a":' + "[" * 100_000 + "]" * 100_000 + "}").encode().hex()

    accepted = ask([{"port": "canonical", "json": case["json"]} for case in vectors["accept"]])
    refused = ask([{"port": "canonical", "json": case.get("json", deep)} for case in vectors["reject"]])

    assert [answer.get("jcs") for answer in accepted] == [case["jcs"] for case in vectors["accept"]]
    assert [(case["id"], answer.get("error")) for case, answer in zip(vectors["reject"], refused, strict=True)] == [
        (case["id"], case["rule"]) for case in vectors["reject"]
    ]


def test_inclusion_proofs_answer_as_stated(ask: Ask) -> None:
    cases = vector("proofs.json")["inclusion"]

    answers = ask(
        [{"port": "inclusion", **{k: case[k] for k in ("index", "size", "leaf", "proof", "root")}} for case in cases]
    )

    assert [(case["id"], answer["ok"]) for case, answer in zip(cases, answers, strict=True)] == [
        (case["id"], case["ok"]) for case in cases
    ]


def test_envelopes_answer_as_stated(ask: Ask) -> None:
    cases = vector("envelopes.json")["entry"]

    answers = ask([{"port": "entry", "entry": case["entry"]} for case in cases])

    assert [(case["id"], answer["ok"]) for case, answer in zip(cases, answers, strict=True)] == [
        (case["id"], case["ok"]) for case in cases
    ]


def test_documents_and_base58_answer_as_stated(ask: Ask) -> None:
    vectors = vector("data-integrity.json")

    documents = ask([{"port": "document", "json": case["json"]} for case in vectors["document"]])
    texts = ask([{"port": "base58", "text": case["text"]} for case in vectors["base58btc"]])
    refused = ask([{"port": "base58", "text": case["text"]} for case in vectors["base58btc_reject"]])

    assert [(case["id"], answer["ok"]) for case, answer in zip(vectors["document"], documents, strict=True)] == [
        (case["id"], case["ok"]) for case in vectors["document"]
    ]
    assert [answer["hex"] for answer in texts] == [case["hex"] for case in vectors["base58btc"]]
    assert [answer["hex"] for answer in refused] == [None] * len(refused)


def test_notes_vkeys_and_checkpoints_answer_as_stated(ask: Ask) -> None:
    vectors = vector("notes.json")

    vkeys = ask([{"port": "vkey", "vkey": case["vkey"]} for case in vectors["vkeys"]])
    notes = ask([{"port": "note", "note": case["note"], "vkeys": case["vkeys"]} for case in vectors["notes"]])
    checkpoints = ask([{"port": "checkpoint", "text": case["text"]} for case in vectors["checkpoints"]])

    assert [(case["vkey"], answer["ok"]) for case, answer in zip(vectors["vkeys"], vkeys, strict=True)] == [
        (case["vkey"], case["ok"]) for case in vectors["vkeys"]
    ]
    assert [(case["id"], answer["ok"]) for case, answer in zip(vectors["notes"], notes, strict=True)] == [
        (case["id"], case["ok"]) for case in vectors["notes"]
    ]
    assert [answer["verified"] for case, answer in zip(vectors["notes"], notes, strict=True) if case["ok"]] == [
        case["verified"] for case in vectors["notes"] if case["ok"]
    ]
    assert [(case["id"], answer["ok"]) for case, answer in zip(vectors["checkpoints"], checkpoints, strict=True)] == [
        (case["id"], case["ok"]) for case in vectors["checkpoints"]
    ]


def test_the_worked_example_passes_open_and_sealed(ask: Ask) -> None:
    answers = ask(
        [
            bundle_case(EXAMPLE["bundle"]),
            bundle_case(EXAMPLE["bundle_with_one_sealed"]),
            bundle_case(EXAMPLE["bundle"], fragment=None),
        ]
    )

    passed = dict.fromkeys(
        ("format", "label", "entry", "chain", "body", "signature", "inclusion", "checkpoint"), "pass"
    )
    later = dict.fromkeys(("witness", "remembered", "complete"), "skipped")
    assert [answer["valid"] for answer in answers] == [True, True, True]
    assert answers[0]["checks"] == passed | later
    assert answers[2]["checks"] == passed | later | {"label": "skipped"}
    assert [answer["sealed"] for answer in answers[:2]] == [0, 1]
