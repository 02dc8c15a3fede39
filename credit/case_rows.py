"""How does a case lie in its row: where it stands, which papers were made and served in it, what was entered? (pure)"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from trace.ledger.canonical import decode_value, encode
from trace.state import Row

from .cases import Case, Done


@dataclass(frozen=True)
class Paper:
    """A document of a case: the template's code, the number on it, the hash of its bytes, the step that it came with, and the
    legal day on which the log received that."""

    code: str
    doc_no: str
    hash: str
    step: str
    on: date


@dataclass(frozen=True)
class Served:
    """A document that was handed over, on which day the law counts it as served, and how."""

    code: str
    hash: str
    on: date
    method: str


@dataclass(frozen=True)
class Progress:
    """A case with what came with its steps. `opening`: the hash that its first step signs; `said`: what steps stated that is
    no date and no answer: item, class_basis, legal_basis, paper, published, record, sample."""

    case: Case
    opening: str
    papers: tuple[Paper, ...] = ()
    served: tuple[Served, ...] = ()
    said: Mapping[str, Any] = field(default_factory=dict)

    def paper(self, code: str) -> Paper | None:
        """The newest one of this template."""
        return next((one for one in reversed(self.papers) if one.code == code), None)


def progress_of(row: Row) -> Progress:
    """Read the column."""
    told: Any = decode_value(row["progress"].encode())
    case = told["case"]
    return Progress(
        case=Case(
            state=row["state"],
            now=datetime.fromisoformat(case["now"]) if case["now"] else None,
            entered={name: datetime.fromisoformat(at) for name, at in case["entered"].items()},
            done={name: Done(datetime.fromisoformat(at), person) for name, (at, person) in case["done"].items()},
            facts={name: date.fromisoformat(day) for name, day in case["facts"].items()},
            persons=case["persons"],
            answers=case["answers"],
            guarantees=frozenset(case["guarantees"]),
        ),
        opening=told["opening"],
        papers=tuple(
            Paper(code, doc_no, hash, step, date.fromisoformat(on)) for code, doc_no, hash, step, on in told["papers"]
        ),
        served=tuple(Served(code, hash, date.fromisoformat(on), how) for code, hash, on, how in told["served"]),
        said=told["said"],
    )


def with_progress(row: Row, progress: Progress, kind: str) -> Row:
    """The row with this progress; `kind`: open, closed or terminal."""
    return {**row, "state": progress.case.state, "kind": kind, "progress": progress_text(progress)}


def progress_text(progress: Progress) -> str:
    case = progress.case
    told = {
        "case": {
            "now": case.now.isoformat() if case.now else None,
            "entered": {name: at.isoformat() for name, at in case.entered.items()},
            "done": {name: [done.at.isoformat(), done.person] for name, done in case.done.items()},
            "facts": {name: day.isoformat() for name, day in case.facts.items()},
            "persons": dict(case.persons),
            "answers": dict(case.answers),
            "guarantees": sorted(case.guarantees),
        },
        "opening": progress.opening,
        "papers": [[one.code, one.doc_no, one.hash, one.step, one.on.isoformat()] for one in progress.papers],
        "served": [[one.code, one.hash, one.on.isoformat(), one.method] for one in progress.served],
        "said": dict(progress.said),
    }
    return encode(told).decode()


def with_service(progress: Progress, served: Served) -> Progress:
    return replace(progress, served=(*progress.served, served))
