"""A record that two decisions keep from view is shown again when both have ended, in whatever order they end."""

from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import pytest

from .case_parts import COOP, ONE, THREE, TWO, Told, at, audited, told
from .test_step_form import to_publish
from .test_stories import PENALTY, REPAIR, recorded

Step = Callable[[Told], None]


def pause(log: Told) -> None:
    """A court stays the penalty (行政处罚法 art. 73)."""
    log.take(PENALTY, "penalty_record", "P25", ONE, beside=(TWO,))


def shield(log: Told) -> None:
    """A court approved a plan of reorganisation: the display is shielded for a time."""
    (record,) = log.records()
    opening = log.opening(REPAIR, "repair", target=record["id"])
    log.begin(opening, "repair", "X30", COOP, custody="platform")
    log.take(REPAIR, "repair", "X31", ONE, beside=(TWO,))


def resume(log: Told) -> None:
    log.take(PENALTY, "penalty_record", "P26", TWO, beside=(THREE,))


def unshield(log: Told) -> None:
    log.take(REPAIR, "repair", "X34", TWO, beside=(THREE,))


@pytest.mark.parametrize("begin", list(permutations((pause, shield))))
@pytest.mark.parametrize("end", list(permutations((resume, unshield))))
def test_one_of_two_reasons_that_ended_shows_nothing(
    tmp_path: Path, begin: tuple[Step, ...], end: tuple[Step, ...]
) -> None:
    hidden = []
    with told(tmp_path) as log:
        to_publish(log)
        log.take(PENALTY, "penalty_record", "P07", THREE)
        log.on(at("2026-09-01"))
        for step in (*begin, *end):
            step(log)
            (record,) = log.records()
            hidden.append(bool(record["paused"]))

    assert hidden == [True, True, True, False]
    assert audited(tmp_path).ok


def test_a_temporary_repair_lifts_no_test_at_the_gate(tmp_path: Path) -> None:
    """Row X31: "display paused, blocking measures lifted". measures.csv: S08 blocks no trade, it asks for a test; a court that
    approves a plan has not found the goods sound. What blocks trade comes with a listing (S06, S09), which no repair is about."""
    with told(tmp_path) as log:
        recorded(log)
        before = log.measures()
        log.on(at("2026-09-01"))
        shield(log)
        (record,) = log.records()

        assert before == [("S08", None)]
        assert log.measures() == before
        assert record["paused"] is True
    assert audited(tmp_path).ok
