"""Does a party lose its hearing by staying away? Only where it was called, and in time (行政处罚法 art. 64 nos. 2 and 6).

The notice is signed on Thursday 2026-09-03. Working days after it: 09-04, 07, 08, 09, 10, 11, 14; so a hearing can be from 09-15.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from trace.ledger.errors import Refused

from .case_parts import COOP, NODE_CHAIN, ONE, THREE, Told, at, audited, told
from .test_forged_cases import audit_of, found
from .test_services import noticed
from .test_stories import LISTING

HEARING = "D-HEAR-NOTICE"


def hearing_set(log: Told) -> None:
    """Served on 08-24, a hearing asked for on 08-25 and set on 09-03."""
    noticed(log)
    log.serve(LISTING, "D-LIST-NOTICE", ONE)
    log.take(LISTING, "listing", "L04", ONE)
    log.on(at("2026-08-25"))
    log.take(LISTING, "listing", "L06", COOP)
    log.on(at("2026-09-03"))
    log.take(LISTING, "listing", "L09", THREE)


def stayed_away(log: Told) -> None:
    log.take(LISTING, "listing", "L13", THREE)


def refused_with(log: Told) -> tuple[str, object]:
    with pytest.raises(Refused) as refused:
        stayed_away(log)
    return refused.value.code, refused.value.values["lifted_by"]


def test_who_was_never_called_has_lost_nothing(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        hearing_set(log)
        log.on(at("2026-09-30"))

        assert refused_with(log) == ("case-guard", "hearing_called")
        assert log.case(LISTING)["state"] == "hearing_set"


@pytest.mark.parametrize(("actor", "method"), [(ONE, "receipt"), (NODE_CHAIN, "in-app")])
def test_who_was_called_in_time_and_stayed_away_has_lost_the_hearing(tmp_path: Path, actor: str, method: str) -> None:
    with told(tmp_path) as log:
        hearing_set(log)
        log.serve(LISTING, HEARING, actor, method=method)
        log.on(at("2026-09-14", 23))
        early = refused_with(log)
        log.on(at("2026-09-15", 0))

        stayed_away(log)

        assert early == ("case-too-early", "2026-09-15")
        assert log.case(LISTING)["state"] == "defence_closed"
    assert audited(tmp_path).ok


def test_the_seven_days_count_from_when_the_party_was_called(tmp_path: Path) -> None:
    """Served on Wednesday 09-09: after it 09-10, 11, 14, 15, 16, 17, 18; so from 09-19."""
    with told(tmp_path) as log:
        hearing_set(log)
        log.on(at("2026-09-09"))
        log.serve(LISTING, HEARING, ONE)
        log.on(at("2026-09-18"))
        early = refused_with(log)
        log.on(at("2026-09-19"))

        stayed_away(log)

        assert early == ("case-too-early", "2026-09-19")
        assert log.case(LISTING)["state"] == "defence_closed"


def test_a_hearing_that_was_held_heard_the_party_whatever_called_it(tmp_path: Path) -> None:
    """No right is lost there: it came, and the record says what it said."""
    with told(tmp_path) as log:
        hearing_set(log)
        log.on(at("2026-09-15"))

        log.take(LISTING, "listing", "L12", THREE)

        assert log.case(LISTING)["state"] == "hearing_held"


def uncalled(log: Told) -> None:
    hearing_set(log)
    log.on(at("2026-09-30"))
    stayed_away(log)


def called_too_late(log: Told) -> None:
    hearing_set(log)
    log.on(at("2026-09-14"))
    log.serve(LISTING, HEARING, ONE)
    log.on(at("2026-09-15"))
    stayed_away(log)


@pytest.mark.parametrize("tell", [uncalled, called_too_late])
def test_no_such_absence_gets_past_the_audit(tmp_path: Path, tell: Callable[[Told], None]) -> None:
    assert found(audit_of(tmp_path, tell)) == (False, "procedure")
