"""What has the node itself to say in cases: what the clock has brought, what a report brings, what belongs to a step? (pure)

The node opens no case against anybody by its own judgement: it cites a signed report, or the step of another case, and
closes, lapses and expires what the table says. Each is judged like anybody's statement.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from trace.records import said
from trace.state import Row

from .case_rows import progress_of
from .guards import asks_for_a_record
from .procedure import brought_to
from .reference.holidays import legal_calendar
from .reference.procedures import procedures

GRANTS = frozenset({"X12", "X33"})
REPAIR_END = "repair_end"
"""The action by which a record ends in its own case once its repair is granted."""


@dataclass(frozen=True)
class OwnStep:
    """A step that the node takes in a case that is open, with what it cites.

    `at`: from when one counts that the clock brought, and `last_day`: of the time that ran out; None for every other.
    """

    case: str
    procedure: str
    step: str
    said: Mapping[str, Any]
    at: datetime | None = None
    last_day: date | None = None


@dataclass(frozen=True)
class OwnCase:
    """A case that the node opens, with its first step. `because`: the step of another case that it follows from, if one does."""

    procedure: str
    subject: str
    authority: str
    region: str
    target: str
    evidence: tuple[Mapping[str, Any], ...]
    step: str
    said: Mapping[str, Any]
    because: str = ""


def brought_by_the_clock(row: Row, now: datetime) -> list[OwnStep]:
    """The automatic steps of a case that are due and not yet logged, in order."""
    case = progress_of(row).case
    passed = brought_to(procedures()[row["procedure"]], case, now, legal_calendar())
    return [
        OwnStep(row["id"], row["procedure"], one.step.code, {}, one.at, one.due.last_day if one.due else None)
        for one in passed.taken
    ]


def belongs_to(row: Row, step: str, repaired: Row | None) -> Iterator[OwnCase | OwnStep]:
    """What stands in the same group behind a step of a case. `repaired`: the case of the record that a repair is about."""
    if row["procedure"] == "sample_result" and asks_for_a_record(row, step):
        report = progress_of(row).said["report"]
        yield OwnCase(
            procedure="trace_outcome",
            subject=row["subject"],
            authority=row["authority"],
            region=row["region"],
            target=row["target"],
            evidence=(report,),
            step="T01",
            said={"item": "N09", "record": report},
            because=step,
        )
    if row["procedure"] == "repair" and step in GRANTS and repaired is not None:
        ends = procedures()[repaired["procedure"]].find(repaired["state"], REPAIR_END)
        if ends is not None:
            yield OwnStep(repaired["id"], repaired["procedure"], ends.code, {})
        yield OwnStep(row["id"], row["procedure"], "X14", {})


def opened_by(report: Row, authority: str, sampled: Row, entry: Mapping[str, Any]) -> OwnCase | None:
    """The case that a failed report of a supervision sample opens against the party that was sampled; None: it opens none."""
    told = said(report)
    if report["is_void"] or (told.get("report_kind"), told.get("conclusion")) != ("supervision", "fail"):
        return None
    return OwnCase(
        procedure="sample_result",
        subject=sampled["id"],
        authority=authority,
        region=sampled["region"],
        target=report["chain"],
        evidence=(entry,),
        step="S01",
        said={"record": entry},
    )


def moved_by(row: Row, retest: Row, entry: Mapping[str, Any]) -> OwnStep | None:
    """The step that a re-test would bring in the case of the first report; None: none. Whether it counts before the law is
    asked by the step's guard."""
    progress = progress_of(row)
    told = said(retest)
    if row["state"] != "retesting" or retest["is_void"] or told.get("retest_of") != progress.said.get("report"):
        return None
    step = {"pass": "S06", "fail": "S07"}.get(told.get("conclusion", ""))
    return OwnStep(row["id"], row["procedure"], step, {"record": entry}) if step else None


def passed_to(row: Row, now: datetime) -> Row:
    """The row as it stands once what the clock has brought is logged."""
    case = progress_of(row).case
    passed = brought_to(procedures()[row["procedure"]], case, now, legal_calendar())
    return {**row, "state": passed.case.state}
