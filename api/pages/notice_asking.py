"""What does a party ask for when it takes a step of its case or applies for a repair: which case, which papers, what is known?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from markupsafe import Markup

from api.auth.policy import Caller
from api.casework import opening_of
from api.catalogue import say
from api.documents import OfCase, needed_fields
from api.documents.words import FieldSpec
from api.pages.credit_file import item_words
from api.pages.desk_case_sources import REPAIR, begun_texts
from api.pages.desk_case_words import action_words
from api.pages.documents import store_of
from api.pages.forms.choices import NOTHING
from api.pages.forms.views import Link
from api.pages.member_context import Member, member_of
from api.pages.notice_receipts import NOTICES
from api.pages.notices import open_rights, own_case
from credit.guards import COMPUTED
from credit.next_steps import Standing
from credit.queries import find_case, find_record
from credit.reference.catalogue import catalogue
from credit.reference.procedures import SUBJECT, Step, procedures
from credit.targets import APPLIES
from trace.ledger.errors import Conflict, NotFound
from trace.ledger.submission import Signed
from trace.state import Row

COMPLETES = "complete"
"""The step by which a party brings what an application lacks."""
CHANNEL = "网上账户"
NOBODY = "无"
"""What stands in a paper where somebody acts for himself and encloses nothing else."""


@dataclass(frozen=True)
class Asking:
    """A step on its way: of which case (`opening` where it begins one), with the papers in the order in which they are
    made: a promise before the application that names its number. `about`: what it is about, "" where the case says so;
    `begun`: texts that the form begins with; `against`: why it cannot be taken now, "" where it can; `is_taken`: whether it
    was taken before."""

    member: Member
    case: OfCase
    step: Step
    opening: Signed | None
    back: Link
    action: str
    known: Mapping[str, str]
    title: Markup
    about: Markup = NOTHING
    begun: Mapping[str, str] = field(default_factory=dict)
    against: str = ""
    is_taken: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(sorted(self.step.documents, key=lambda code: code != "D-PROMISE"))

    @property
    def fields(self) -> tuple[FieldSpec, ...]:
        """What the person types, each field once though two papers have it, a promise last."""
        found = {one.name: one for code in reversed(self.codes) for one in needed_fields(code)}
        return tuple(one for one in found.values() if not one.is_computed and one.name not in self.known)

    @property
    def guard(self) -> str:
        """The condition that the person answers for, "" where there is none."""
        guard = self.step.guard or ""
        return "" if guard in COMPUTED else guard


def asking_of(request: Request, caller: Caller, id: str, code: str) -> Asking:
    """Raises `NotFound` for a case that is not one's own, and for a step that is no party's."""
    member = member_of(request, caller)
    with member.node.reading() as reads:
        standing = own_case(member, reads, id)
        begun = begun_texts(reads, standing)
        target = standing.row["target"] if standing.row["procedure"] == REPAIR else None
        record = find_record(reads.connection, target) if target else None
    step = standing.procedure.steps.get(code)
    if step is None or step.actor_role != SUBJECT:
        raise NotFound("not-found")
    row, due = standing.row, standing.due(step)
    is_late = due is not None and not due.is_met_at(standing.now)
    against = "" if step in open_rights(standing) else "case-too-late" if is_late else "case-not-from-here"
    is_taken = code in standing.case.done
    used = {one.hash for one in standing.progress.papers} | {one.hash for one in standing.progress.served}
    case = OfCase(id, row["procedure"], row["subject"], row["authority"], row["region"], frozenset(used))
    back = Link(f"{NOTICES}/{id}", member.words.html("notice.back"))
    return Asking(
        member,
        case,
        step,
        None,
        back,
        f"{NOTICES}/{id}/{code}",
        {**_known(member, record or {}), "promise_no": _promise(standing)},
        title=action_words(step, member.words),
        about=_missing(request, standing, step, member),
        begun={**begun, **_as_before(request, standing, step)},
        against=against,
        is_taken=is_taken,
    )


def _promise(standing: Standing) -> str:
    """The number of the promise that was given in the case already, which a later application names again."""
    given = standing.progress.paper("D-PROMISE")
    return given.doc_no if given else ""


def _as_before(request: Request, standing: Standing, step: Step) -> Mapping[str, str]:
    """What the party wrote into a paper of this kind before, to go on with: an application that is completed."""
    before = (standing.progress.paper(code) for code in step.documents) if step.action == COMPLETES else ()
    papers = (store_of(request).find(one.hash) for one in before if one is not None)
    return {name: text for one in papers if one is not None for name, text in one.values.items()}


def _missing(request: Request, standing: Standing, step: Step, member: Member) -> Markup:
    """What the office says is missing, above the form that brings it."""
    told = standing.progress.paper("D-COMPLETE") if step.action == COMPLETES else None
    made = store_of(request).find(told.hash) if told else None
    if made is None:
        return NOTHING
    return member.words.html("notice.missing", items=member.words.quoted(made.values["all_missing_items"]))


def application_of(request: Request, caller: Caller, name: str) -> Asking:
    """Raises `NotFound` for a record that is not one's own or has no way of repair here, `Conflict` for one that ended."""
    member = member_of(request, caller)
    with member.node.reading() as reads:
        record = find_record(reads.connection, name.replace(".", "/"))
        if record is None or record["subject"] != member.id or record["case"] is None:
            raise NotFound("not-found")
        if record["ended_on"] is not None:
            raise Conflict("record-ended-already")
        of_record = find_case(reads.connection, record["case"])
    assert of_record is not None  # a record names a case that is in the log
    action = APPLIES[record["class"]]
    step = next(one for one in procedures()["repair"].steps.values() if one.action == action)
    opening = opening_of(
        member.node,
        "repair",
        subject=member.id,
        authority=of_record["authority"],
        region=of_record["region"],
        target=record["id"],
    )
    case = OfCase(opening.statement.chain, "repair", member.id, of_record["authority"], of_record["region"])
    back = Link("/m/credit", member.words.html("file.title"))
    return Asking(
        member,
        case,
        step,
        opening,
        back,
        f"/m/repair/{name}",
        _known(member, record),
        title=member.words.html("file.repair"),
        about=item_words(record["item"], member.words),
        begun=_begun(record),
    )


def _begun(record: Row) -> dict[str, str]:
    """The usual promise, to be changed by whoever gives it. Whether it may be published is asked of public records alone, and
    answered by the person: nothing is agreed to beforehand."""
    texts = {"text": say("notice.first.text", "zh")}
    if not catalogue()[record["item"]].is_public:
        texts["public_consent"] = say("notice.first.public_consent", "zh")
    return texts


def _known(member: Member, record: Row | Mapping[str, Any]) -> dict[str, str]:
    """Fields of papers that the program knows; `promise_no` comes with the promise."""
    now = member.now
    return {
        "received_at": f"{now.year}年{now.month}月{now.day}日{now:%H:%M}",
        "signed_at": f"{now.year}年{now.month}月{now.day}日",
        "channel": CHANNEL,
        "promise_no": "",
        "agent": NOBODY,
        "agent_if_any": NOBODY,
        "evidence_hashes": NOBODY,
        **({"item_no": str(record["id"])} if record else {}),
    }
