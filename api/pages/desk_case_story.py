"""What happened in a case? Each entry in words: the step, who took it in which role, when, with which papers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from api.documents import Prepared
from api.pages.desk_case_words import action_words, document_words, guard_words, role_words
from api.pages.desk_context import Official
from api.pages.documents import paper_path
from api.pages.forms.views import Link
from api.pages.notice_enclosure import enclosure_links
from api.pages.own_records import OwnRecord
from api.pages.private import spoken_day_time
from api.pages.scan_words import as_moment
from credit.reference.procedures import procedures
from credit.stepping import LABORATORY
from credit.told_steps import ToldStep, told_steps
from trace.ledger.canonical import decode_value
from trace.ledger.store import Reads
from trace.legal_days import SHANGHAI
from trace.queries import find_key_owners
from trace.state import Row


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One entry of the case. `told`: what else it says; `papers`: its documents, each with the page that opens it."""

    n: int
    mark: str
    title: Markup
    moment: str
    when: Markup
    who: Markup
    is_late: bool
    told: tuple[Markup, ...]
    papers: tuple[Link, ...]


def story_of(
    official: Official, reads: Reads, row: Row, records: Sequence[OwnRecord], made: Mapping[str, Prepared]
) -> list[StoryLine]:
    """The entries of a case, oldest first. `made`: the papers that were made here, by hash; others are scans."""
    procedure = procedures()[row["procedure"]]
    steps = [one for one in records if one.kind == "case_step"]
    told = told_steps(procedure, [(one.payload, as_moment(one.received)) for one in steps])
    by_index = {record.index: step for record, step in zip(steps, told, strict=True)}
    signers = {sealed.index: _signers(reads, sealed.statement) for sealed in reads.chain_rows(row["id"])}
    lines = []
    for one in records:
        papers = tuple(_papers(official, reads, one, made))
        lines.append(_line(official, reads, row, one, by_index.get(one.index), signers[one.index], papers))
    return lines


def _signers(reads: Reads, statement: bytes) -> list[str]:
    said: Any = decode_value(statement)
    keys = [str(proof["verificationMethod"]).partition("#")[0] for proof in said["proof"]]
    return find_key_owners(reads.connection, keys)


def _line(
    official: Official,
    reads: Reads,
    row: Row,
    record: OwnRecord,
    step: ToldStep | None,
    signers: list[str],
    papers: tuple[Link, ...],
) -> StoryLine:
    words = official.words
    received = words.html("case.received", at=spoken_day_time(as_moment(record.received), words), n=record.index)
    if record.kind == "document_served":
        title = words.html("case.service_line", document=document_words(record.payload["document"], words))
        told, mark = _served(official, record.payload), "step"
    elif step is None:
        title, told, mark = words.html("case.opened_line"), [], "step"
    else:
        title = action_words(step.step, words)
        told = list(_said(official, record, step))
        mark = "done" if step.step.to_kind.value != "open" else "step"
    return StoryLine(
        n=record.index,
        mark="ask" if step is not None and step.is_late else mark,
        title=title,
        moment=record.received,
        when=received,
        who=_who(official, reads, row, record, step, signers),
        is_late=step is not None and step.is_late,
        told=tuple(told),
        papers=papers,
    )


def _who(
    official: Official, reads: Reads, row: Row, record: OwnRecord, step: ToldStep | None, signers: list[str]
) -> Markup:
    """The person with the role in which it acted; the node, where the clock, a report or the procedure brought the step."""
    words = official.words
    if record.actor == official.node.genesis.chain:
        if step is None:
            return words.html("case.by_system")
        if step.by_clock:
            return words.html("case.by_clock")
        return words.html("case.by_report" if step.step.actor_role == LABORATORY else "case.by_procedure")
    who = official.named(reads, record.actor)
    others = [official.named(reads, one) for one in signers if one not in (record.actor, official.node.genesis.chain)]
    if step is not None:
        who = words.html("case.by", who=who, role=role_words(_role(row, record, step), words))
    return words.html("case.by_two", who=who, second=words.list_of(others)) if others else who


def _role(row: Row, record: OwnRecord, step: ToldStep) -> str:
    """Of a party's step that the clerk entered from its paper: the clerk's."""
    is_entered = step.step.actor_role == "subject" and record.actor != row["subject"]
    return "service_clerk" if is_entered else step.step.actor_role


def _said(official: Official, record: OwnRecord, step: ToldStep) -> Iterator[Markup]:
    words, payload = official.words, record.payload
    if step.at != as_moment(record.received):
        yield words.html("case.counts_from", at=spoken_day_time(step.at, words))
    if "paper_on" in payload and payload["paper_on"] != _day_received(record):
        yield words.html("case.paper_on", day=words.day(payload["paper_on"]))
    for name, answer in payload.get("guards", {}).items():
        yield words.html("case.answered_yes" if answer else "case.answered_no", condition=guard_words(name, words))
    for name, day in payload.get("facts", {}).items():
        yield words.html("case.fact_line", fact=words.title_word("case.fact", name), day=words.day(day))
    if "grounds" in payload:
        yield words.html("case.field_line", field=words.html("case.grounds"), text=words.quoted(payload["grounds"]))
    for name, text in payload.get("published", {}).items():
        yield words.html("case.field_line", field=words.title_word("case.field", name), text=words.quoted(text))


def _day_received(record: OwnRecord) -> str:
    return as_moment(record.received).astimezone(SHANGHAI).date().isoformat()


def _papers(official: Official, reads: Reads, record: OwnRecord, made: Mapping[str, Prepared]) -> Iterator[Link]:
    """The documents of an entry with the files that a party added; the proof of a service, for those who may open it."""
    payload = record.payload
    if record.kind == "document_served":
        yield _paper_link(official, reads, payload["document"], payload["doc_no"], payload["hash"], made)
        if "proof" in payload:
            yield _file_link(official, reads, payload["proof"], official.words.html("case.proof"))
    elif record.kind == "case_step":
        for one in payload.get("documents", []):
            yield _paper_link(official, reads, one["code"], one["doc_no"], one["hash"], made)
            yield from enclosure_links(official.shelf, reads, made.get(one["hash"]), official.words)


def _paper_link(
    official: Official, reads: Reads, code: str, doc_no: str, sha256: str, made: Mapping[str, Prepared]
) -> Link:
    """A document by its title and number, and where it is read: a scan is a file, which no auditor opens."""
    words = official.words
    text = words.html("case.document_line", title=document_words(code, words), doc_no=words.quoted(doc_no))
    if sha256 in made:
        return Link(paper_path(sha256, words.lang), text)
    return _file_link(official, reads, sha256, text)


def _file_link(official: Official, reads: Reads, sha256: str, told: Markup) -> Link:
    return Link(official.shelf.href(reads, sha256), official.shelf.named(sha256, told, official.words))


def _served(official: Official, payload: Mapping[str, Any]) -> list[Markup]:
    """Who took a paper is a private person's name: the office reads it, an auditor does not."""
    words = official.words
    method = words.word("value.method", payload["method"])
    told = [words.html("case.served_line", method=method, day=words.day(payload["served_on"]))]
    if "receiver" in payload and not official.only_looks:
        told.append(words.html("case.receiver", who=words.quoted(payload["receiver"])))
    return told
