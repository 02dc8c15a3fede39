"""When can a paper of a case have been handed over, and what waits for that? (pure)

Nothing is handed over before it exists, and a public notice counts when its thirty days are over: who could date a service
back would shorten the days of the defence.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from trace.state import Row

from .case_rows import Progress, Served
from .cases import day_of
from .reference.holidays import legal_calendar
from .reference.procedures import Step, procedures
from .step_checks import Fault, Why
from .working_days import nth_working_day

IN_APP = "in-app"
"""The party said in its own account that the paper came: the node's to record and nobody else's (docs/formats.md)."""
PUBLIC_NOTICE = "public-notice"
NOTICE_DAYS = 30
"""Calendar days after which a paper that was put up counts as served (公告送达，民事诉讼法 art. 95)."""

SERVED: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("sample_result", "S02"): ("D-RESULT-NOTICE",),
    ("sample_result", "S03"): ("D-RESULT-NOTICE",),
    ("trace_outcome", "T02"): ("D-FACT-NOTICE",),
    ("penalty_record", "P06"): ("D-PUB-NOTICE", "D-REPAIR-NOTICE"),
    ("listing", "L04"): ("D-LIST-NOTICE",),
    ("listing", "L25"): ("D-LIST-DECISION", "D-REPAIR-NOTICE"),
}
"""Which documents a serving step rests on: each must have been handed over, by an entry of its own before it."""

CALLED_BY: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("listing", "L12"): ("D-HEAR-NOTICE",),
    ("listing", "L13"): ("D-HEAR-NOTICE",),
}
"""Which documents the party has to have before a step, though the step itself asks for no proof of it: whoever is not told
of a hearing loses it by staying away (行政处罚法 art. 64)."""


LOST_BY_STAYING_AWAY = frozenset({("listing", "L13")})
"""Steps by which a party loses a right because it did not come: only who was called in time. A hearing that was held (L12)
heard the party, whatever the paper that called it."""


def first_service(row: Row, progress: Progress, code: str, hash: str, method: str) -> date | None:
    """The first day that can count as the one on which this paper was served this way.

    None: no step has brought it to the case, and none comes with it.
    """
    since = _exists_since(row, progress, code, hash, method)
    if since is None or method != PUBLIC_NOTICE:
        return since
    return since + timedelta(days=NOTICE_DAYS)


def find_service(row: Row, progress: Progress, code: str, hash: str, today: date) -> Served | None:
    """The earliest service of this paper that counts today. One of a paper that was signed anew since then counts for nothing."""
    counted = []
    for one in progress.served:
        if (one.code, one.hash) == (code, hash) and one.on <= today:
            first = first_service(row, progress, code, hash, one.method)
            if first is not None and one.on >= first:
                counted.append(one)
    return min(counted, key=lambda one: one.on, default=None)


def find_uncalled(row: Row, progress: Progress, step: Step, today: date) -> Fault | None:
    """What stands against a step by which the party loses a right for staying away: it was not called, or not in time.

    The working days between notice and hearing count for the party from the day on which it had the notice
    (行政处罚法 art. 64 no. 2).
    """
    at = (row["procedure"], step.code)
    if at not in LOST_BY_STAYING_AWAY or step.earliest is None:
        return None
    for code in CALLED_BY[at]:
        paper = progress.paper(code)
        service = find_service(row, progress, code, paper.hash, today) if paper else None
        if service is None:
            return Fault(Why.GUARD, "hearing_called")
        last = nth_working_day(service.on, step.earliest.count, legal_calendar()).day
        if today <= last:
            return Fault(Why.TOO_EARLY, (last + timedelta(days=1)).isoformat())
    return None


def _exists_since(row: Row, progress: Progress, code: str, hash: str, method: str) -> date | None:
    serving = _comes_with(row["procedure"], code)
    if serving is None:
        return max((one.on for one in progress.papers if (one.code, one.hash) == (code, hash)), default=None)
    # The step that names such a paper comes after its service. Of a penalty the party may have been told with the decision,
    # before there was a case; a public notice is put up by who keeps the case, once there is something to tell.
    if "paper" in progress.said and method != PUBLIC_NOTICE:
        return date.fromisoformat(progress.said["paper"]["dated"])
    entered = progress.case.entered.get(serving.from_state)
    return day_of(entered or datetime.fromisoformat(row["opened"]))


def _comes_with(procedure: str, code: str) -> Step | None:
    """The serving step that a paper itself comes with; None for one that an earlier step signs."""
    steps = procedures()[procedure].steps
    wanted = (steps[step] for (name, step), codes in SERVED.items() if name == procedure and code in codes)
    return next((step for step in wanted if code in step.documents), None)
