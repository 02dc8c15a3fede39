"""When can a paper have been handed over? Never before it was made, and by public notice thirty days after (民事诉讼法 art. 95).

Every day is counted by hand: thirty days after 2026-08-24 is 2026-09-23, the start day left out (民法典 art. 201).
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from trace.ledger.errors import Forbidden, Invalid, Refused

from .case_parts import NODE_CHAIN, ONE, THREE, TWO, UPPER, Told, at, audited, told
from .test_forged_cases import audit_of, found
from .test_step_form import asked, confirmed
from .test_stories import LISTING, OUTCOME, PENALTY, proposed

NOTICE = "public-notice"


def noticed(log: Told) -> None:
    """A listing proposed on 08-20, its notice signed on Monday 08-24."""
    proposed(log)
    log.on(at("2026-08-24"))
    log.take(LISTING, "listing", "L03", TWO)


def to_decide(log: Told) -> None:
    """Served on 08-24, the five working days over with 08-31, decided with the city's consent on Tuesday 09-01."""
    noticed(log)
    log.serve(LISTING, "D-LIST-NOTICE", ONE)
    log.take(LISTING, "listing", "L04", ONE)
    log.on(at("2026-09-01"))
    log.take(LISTING, "listing", "L08")
    log.take(LISTING, "listing", "L15", THREE)


def refused_service(log: Told, case: str, document: str, on: str, method: str = "receipt") -> Invalid:
    with pytest.raises(Invalid) as refused:
        log.serve(case, document, ONE, on=on, method=method)
    return refused.value


def named(refused: Invalid) -> tuple[str, list[tuple[str, str]], object]:
    return refused.code, [(one.pointer, one.code) for one in refused.faults], refused.values.get("earliest")


def too_early(first: str) -> tuple[str, list[tuple[str, str]], object]:
    return "service-too-early", [("/payload/served_on", "service-too-early")], first


def test_no_paper_is_served_before_the_step_that_signed_it(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        noticed(log)
        log.on(at("2026-08-26"))

        refused = refused_service(log, LISTING, "D-LIST-NOTICE", "2026-08-23")
        log.serve(LISTING, "D-LIST-NOTICE", ONE, on="2026-08-24")
        log.take(LISTING, "listing", "L04", ONE)

        assert named(refused) == too_early("2026-08-24")
        assert log.case(LISTING)["state"] == "defence_open"


def test_a_public_notice_counts_when_its_thirty_days_are_over_and_not_before(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        noticed(log)

        refused = refused_service(log, LISTING, "D-LIST-NOTICE", "2026-09-22", NOTICE)
        log.serve(LISTING, "D-LIST-NOTICE", ONE, on="2026-09-23", method=NOTICE)
        log.on(at("2026-09-22", 23))
        with pytest.raises(Refused) as waiting:
            log.take(LISTING, "listing", "L04", ONE)
        log.on(at("2026-09-23", 0))
        log.take(LISTING, "listing", "L04", ONE)

        assert named(refused) == too_early("2026-09-23")
        assert (waiting.value.code, waiting.value.values["lifted_by"]) == ("case-guard", "service_proven")
        assert log.case(LISTING)["state"] == "defence_open"
    assert audited(tmp_path).ok


def test_who_was_found_after_all_need_not_wait_for_the_notice_that_was_put_up(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        noticed(log)
        log.serve(LISTING, "D-LIST-NOTICE", ONE, on="2026-09-23", method=NOTICE)
        log.on(at("2026-08-28"))

        log.serve(LISTING, "D-LIST-NOTICE", ONE)
        log.take(LISTING, "listing", "L04", ONE)

        assert log.case(LISTING)["state"] == "defence_open"


def test_a_paper_that_no_step_has_signed_is_none_to_be_served(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        proposed(log)

        notice = refused_service(log, LISTING, "D-LIST-NOTICE", "2026-08-20")
        decision = refused_service(log, LISTING, "D-LIST-DECISION", "2026-08-20")

        assert named(notice) == named(decision) == ("bad-reference", [("/payload/hash", "bad-reference")], None)


def test_a_paper_signed_anew_is_served_anew(tmp_path: Path) -> None:
    """Sent back for new facts, the notice is signed again on 09-01: that it was served on 08-24 proves nothing of it."""
    with told(tmp_path) as log:
        noticed(log)
        log.serve(LISTING, "D-LIST-NOTICE", ONE)
        log.take(LISTING, "listing", "L04", ONE)
        log.on(at("2026-09-01"))
        log.take(LISTING, "listing", "L08")
        log.take(LISTING, "listing", "L16", THREE)
        log.take(LISTING, "listing", "L03", TWO)

        with pytest.raises(Refused) as refused:
            log.take(LISTING, "listing", "L04", ONE)
        log.serve(LISTING, "D-LIST-NOTICE", ONE)
        log.take(LISTING, "listing", "L04", ONE)

        assert (refused.value.code, refused.value.values["lifted_by"]) == ("case-guard", "service_proven")
        assert log.case(LISTING)["state"] == "defence_open"


def test_the_repair_notice_goes_with_the_decision(tmp_path: Path) -> None:
    """两书同达: it comes with the serving step, and cannot have been handed over before the decision of 09-02."""
    with told(tmp_path) as log:
        to_decide(log)
        log.on(at("2026-09-02"))
        log.take(LISTING, "listing", "L18", TWO)
        log.take(LISTING, "listing", "L19", UPPER)
        log.take(LISTING, "listing", "L22", TWO)
        log.on(at("2026-09-04"))

        refused = refused_service(log, LISTING, "D-REPAIR-NOTICE", "2026-09-01")
        for document in ("D-LIST-DECISION", "D-REPAIR-NOTICE"):
            log.serve(LISTING, document, ONE, on="2026-09-02")
        log.take(LISTING, "listing", "L25", ONE)

        assert named(refused) == too_early("2026-09-02")
        assert log.case(LISTING)["state"] == "served"


def test_of_a_penalty_the_party_may_have_been_told_with_the_decision(tmp_path: Path) -> None:
    """The decision is of 08-10, the case of 08-12; the table of P06 says "with the decision, or now"."""
    with told(tmp_path) as log:
        confirmed(log)

        refused = refused_service(log, PENALTY, "D-PUB-NOTICE", "2026-08-09")
        log.serve(PENALTY, "D-PUB-NOTICE", ONE, on="2026-08-10")
        log.serve(PENALTY, "D-REPAIR-NOTICE", ONE, on="2026-08-10")
        log.take(PENALTY, "penalty_record", "P06", ONE)
        late = log.serve(PENALTY, "D-PUB-NOTICE", ONE, on="2026-08-11")  # of a paper that is in the case by now

        assert named(refused) == too_early("2026-08-10")
        assert (log.case(PENALTY)["state"], late.chain) == ("recorded", PENALTY)


def test_the_public_notice_of_a_record_waits_from_when_there_is_one_to_tell(tmp_path: Path) -> None:
    """Confirmed on 08-12: thirty days are over on 09-11, however old the decision is."""
    with told(tmp_path) as log:
        confirmed(log)

        refused = refused_service(log, PENALTY, "D-PUB-NOTICE", "2026-09-10", NOTICE)
        accepted = log.serve(PENALTY, "D-PUB-NOTICE", ONE, on="2026-09-11", method=NOTICE)

        assert (named(refused), accepted.chain) == (too_early("2026-09-11"), PENALTY)


def test_what_is_told_of_a_failure_is_not_told_before_the_question_is_raised(tmp_path: Path) -> None:
    """The case of the outcome is opened on 08-13."""
    with told(tmp_path) as log:
        asked(log)

        refused = refused_service(log, OUTCOME, "D-FACT-NOTICE", "2026-08-12")

        assert named(refused) == too_early("2026-08-13")


def test_no_official_says_that_the_party_acknowledged_a_paper_in_its_account(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        noticed(log)

        with pytest.raises(Forbidden) as refused:
            log.serve(LISTING, "D-LIST-NOTICE", ONE, method="in-app")
        with pytest.raises(Refused) as unserved:
            log.take(LISTING, "listing", "L04", ONE)
        log.serve(LISTING, "D-LIST-NOTICE", NODE_CHAIN, method="in-app")
        log.take(LISTING, "listing", "L04", ONE)

        assert refused.value.code == "not-your-act"
        assert [one.pointer for one in refused.value.faults] == ["/payload/method"]
        assert unserved.value.values["lifted_by"] == "service_proven"
        assert log.case(LISTING)["state"] == "defence_open"


# ---- and the audit refuses what the log refuses ----------------------------------------------------------------------


def served_before_it_was_written(log: Told) -> None:
    noticed(log)
    log.serve(LISTING, "D-LIST-NOTICE", ONE, on="2020-01-01")


def served_by_a_notice_of_one_day(log: Told) -> None:
    noticed(log)
    log.serve(LISTING, "D-LIST-NOTICE", ONE, method=NOTICE)


def served_before_it_was_signed(log: Told) -> None:
    proposed(log)
    log.serve(LISTING, "D-LIST-NOTICE", ONE)


def acknowledged_by_an_official(log: Told) -> None:
    noticed(log)
    log.serve(LISTING, "D-LIST-NOTICE", ONE, method="in-app")


def acknowledged_by_the_party(log: Told) -> None:
    noticed(log)
    log.serve(LISTING, "D-LIST-NOTICE", NODE_CHAIN, method="in-app")


def served_by_a_notice_that_hung_its_time(log: Told) -> None:
    noticed(log)
    log.serve(LISTING, "D-LIST-NOTICE", ONE, on="2026-09-23", method=NOTICE)


@pytest.mark.parametrize(
    ("tell", "is_sound"),
    [
        (served_before_it_was_written, False),
        (served_by_a_notice_of_one_day, False),
        (served_before_it_was_signed, False),
        (acknowledged_by_an_official, False),
        (acknowledged_by_the_party, True),
        (served_by_a_notice_that_hung_its_time, True),
    ],
)
def test_a_node_without_scruples_gets_no_such_service_past_the_audit(
    tmp_path: Path, tell: Callable[[Told], None], is_sound: bool
) -> None:
    assert found(audit_of(tmp_path, tell)) == (is_sound, None if is_sound else "procedure")
