"""Every code that a rule may give has a sentence in both languages, and every sentence a code."""

import ast
from pathlib import Path

import pytest

from api.catalogue import LANGS, has, messages
from trace import rules
from trace.reference.duties import gates
from trace.rules.catalogue import REASONS, reason_codes, remedy_codes
from trace.rules.port import GATES
from trace.rules.verdict import Outcome

RULES = Path(rules.__file__).parent


@pytest.mark.parametrize("lang", LANGS)
def test_every_code_has_a_sentence(lang: str) -> None:
    wanted = {f"rule.reason.{code}" for code in reason_codes()} | {f"rule.remedy.{code}" for code in remedy_codes()}
    wanted |= {f"rule.name.{gate}" for gate in GATES} | {f"rule.outcome.{one.value}" for one in Outcome}

    assert {key for key in wanted if not has(key, lang)} == set()  # type: ignore[arg-type]


def test_no_sentence_is_left_over() -> None:
    spoken = {key.split(".")[2] for key in messages("zh") if key.startswith(("rule.reason.", "rule.remedy."))}

    assert spoken == reason_codes() | remedy_codes()


def test_every_reason_that_a_module_makes_is_declared() -> None:
    made = set()
    for path in RULES.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="Reason"), args=[ast.Constant(value=str(code)), *_]):
                    made.add(code)
                case _:
                    pass

    assert made == reason_codes()


def test_what_stops_says_what_to_do() -> None:
    silent = [reason.code for one in REASONS.values() for reason in one if reason.outcome.stops and not reason.remedy]

    assert silent == []


def test_nothing_unverified_is_declared_to_stop() -> None:
    assert [one.code for found in REASONS.values() for one in found if one.unverified and one.outcome.stops] == []


def test_the_gates_that_are_answered_stand_in_the_table() -> None:
    assert set(GATES) == set(REASONS) == {"G03", "G05", "G07", "G08", "G14", "G17", "G18", "G19", "G20"}
    assert set(GATES) <= set(gates())
