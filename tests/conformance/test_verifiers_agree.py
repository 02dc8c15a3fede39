"""Do the page's verifier and the Python one give every tampered bundle the same verdict, and accept none of them?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.altered_bundles import Case, altered_copies
from tests.conformance.forged_logs import forged_logs
from tests.conformance.forged_offices import forged_offices
from tests.conformance.verifier_node import ENGINES, EXAMPLE, VKEY, Ask, bundle_case, verifier
from trace.ledger.bundle import NotABundle, verify_bundle
from trace.ledger.keys import parse_vkey

pytestmark = pytest.mark.needs("node")

Verdict = tuple[bool | None, str | None]
UNREADABLE: Verdict = (None, None)


@pytest.fixture(params=ENGINES)
def ask(request: pytest.FixtureRequest, tmp_path: Path) -> Ask:
    return verifier(request.param, tmp_path)


def python_verdict(data: bytes, fragment: str | None) -> Verdict:
    try:
        result = verify_bundle(data, [parse_vkey(VKEY)], fragment)
    except NotABundle:
        return UNREADABLE
    return result.valid, result.failed


def page_verdict(answer: dict[str, Any]) -> Verdict:
    return UNREADABLE if answer.get("unreadable") else (answer["valid"], answer["failed"])


def disagreements(ask: Ask, cases: list[Case]) -> list[tuple[str, Verdict, str | None, Verdict]]:
    answers = ask([bundle_case(data, fragment) for _, data, fragment in cases])
    return [
        (about, page_verdict(answer), answer.get("why"), python_verdict(data, fragment))
        for (about, data, fragment), answer in zip(cases, answers, strict=True)
        if page_verdict(answer) != python_verdict(data, fragment)
    ]


def test_both_agree_on_every_altered_copy(ask: Ask) -> None:
    assert disagreements(ask, altered_copies()) == []


def test_no_altered_copy_that_changes_evidence_is_accepted() -> None:
    accepted = [data for _, data, fragment in altered_copies() if python_verdict(data, fragment)[0]]

    for bundle in map(json.loads, accepted):
        for chain, original in zip(bundle["chains"], EXAMPLE["bundle"]["chains"], strict=True):
            assert [item["entry"] for item in chain["entries"]] == [item["entry"] for item in original["entries"]]
        assert bundle["checkpoint"].split("\n")[:5] == EXAMPLE["bundle"]["checkpoint"].split("\n")[:5]


def test_both_find_in_each_forged_log_the_one_thing_that_is_wrong(ask: Ask) -> None:
    forged = [*forged_logs(), *forged_offices()]

    answers = ask([bundle_case(data, None) for _, data, _ in forged])

    expected = [(about, (failed is None, failed)) for about, _, failed in forged]
    assert [(about, page_verdict(answer)) for (about, *_), answer in zip(forged, answers, strict=True)] == expected
    assert [(about, python_verdict(data, None)) for about, data, _ in forged] == expected
