"""Do our procedures, scores and working days answer your case as you expect? JSON in and out, by the program's functions. (pure)

Cases: docs/formats.md, "Test port". A case that cannot be read is answered with an error code.
"""

from collections.abc import Callable, Mapping
from typing import Any

from .reference.holidays import legal_calendar
from .reference.policies import policies
from .scoring import Mark, NoPolicy, Record, score
from .stated import BadCase, day, listed, mapping, optional_day, text
from .told_case import told_case
from .working_days import nth_working_day

Answer = dict[str, Any]

MAX_WORKING_DAYS = 10_000
"""Forty years: no period of the law is longer, and a larger figure would only keep the port busy."""


def answer_working_days(case: Mapping[str, Any]) -> Answer:
    """`{"date", "provisional"}`: the `n`th working day after `from`."""
    return _answered(_working_days, case)


def answer_procedure(case: Mapping[str, Any]) -> Answer:
    """`{"log", "state", "asked"}` of a case that is told event by event."""
    return _answered(told_case, case)


def answer_score(case: Mapping[str, Any]) -> Answer:
    """`{"score", "indicators", "clamped", "points", "effect", "band", "caps", "counted", "grade"}`, hundredths of a point."""
    return _answered(_score, case)


def _answered(respond: Callable[[Mapping[str, Any]], Answer], case: Mapping[str, Any]) -> Answer:
    try:
        return {"ok": True, **respond(case)}
    except BadCase as error:
        return {"ok": False, "error": error.code}
    except (OverflowError, ValueError):  # a period that ends after the year 9999
        return {"ok": False, "error": "not-a-date"}


def _working_days(case: Mapping[str, Any]) -> Answer:
    count = case.get("n")
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= MAX_WORKING_DAYS:
        raise BadCase("bad-days")
    found = nth_working_day(day(case.get("from")), count, legal_calendar())
    return {"date": found.day.isoformat(), "provisional": found.provisional}


def _score(case: Mapping[str, Any]) -> Answer:
    policy = policies().get(text(case.get("policy")))
    if policy is None:
        raise BadCase("unknown-policy")
    first_fact = optional_day(mapping(case.get("subject") or {}).get("first_fact"))
    records = [_record(mapping(one)) for one in listed(case.get("records"))]
    asked_for = day(case.get("day"))
    try:
        found = score(policy, first_fact, records, asked_for)
    except NoPolicy as error:
        raise BadCase("no-policy") from error
    except ValueError as error:
        raise BadCase("duplicate-id") from error
    return {
        "score": found.score,
        "indicators": dict(found.indicators),
        "clamped": dict(found.clamped),
        "points": dict(found.points),
        "effect": dict(found.effect),
        "band": found.band,
        "caps": list(found.caps),
        "counted": found.counted,
        "grade": found.grade,
    }


def _record(stated: Mapping[str, Any]) -> Record:
    marks = [listed(one) for one in listed(stated.get("objections"))]
    if any(len(mark) != 2 for mark in marks):
        raise BadCase
    return Record(
        id=text(stated.get("id")),
        item=text(stated.get("item")),
        anchor=day(stated.get("anchor")),
        recorded=day(stated.get("recorded")),
        ended=optional_day(stated.get("ended")),
        marks=tuple(Mark(day(since), optional_day(until)) for since, until in marks),
        valid_until=optional_day(stated.get("valid_until")),
    )
