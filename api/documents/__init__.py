"""How does a case get its papers? From templates: number, day and party by the program, the rest from whoever acts.

A paper that is prepared is no act: it becomes one in the step of the case that names its hash, and by `document_served`.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from api.documents.db import Asked, DocumentStore, Prepared
from api.documents.render import Paper, copy_field, document_bytes
from api.documents.words import FieldSpec, field_specs
from api.node import Node
from api.pages.own_records import own_record
from credit.case_rows import progress_of
from credit.documents import (
    FROM_CASE,
    day_text,
    is_computed,
    missing_fields,
    number_text,
    short_name,
    subject_fields,
    value_faults,
)
from credit.queries import find_case
from credit.reference.documents import Template, templates
from credit.reference.procedures import procedures
from trace.ledger.errors import FieldFault, Invalid, NotFound
from trace.ledger.sqlite import SqliteReads
from trace.ledger.store import Reads
from trace.legal_days import SHANGHAI
from trace.queries import find_parties
from trace.state import Row

__all__ = [
    "DocumentStore",
    "FieldSpec",
    "OfCase",
    "Prepared",
    "find",
    "needed_fields",
    "prepare",
    "prepare_of",
    "prepared_for",
]


@dataclass(frozen=True)
class OfCase:
    """What a paper has to know of its case. `used`: hashes of papers that stand in the case already. `speaks`: the authority
    whose name and number the paper bears, where it is another than that of the case."""

    id: str
    procedure: str
    subject: str
    authority: str
    region: str
    used: frozenset[str] = frozenset()
    speaks: str = ""


def needed_fields(code: str) -> tuple[FieldSpec, ...]:
    """What has to stand in a document, in its order. Raises NotFound for a code that no template has."""
    return field_specs(_template(code))


async def prepare(
    node: Node,
    store: DocumentStore,
    *,
    case: str,
    step: str,
    code: str,
    values: Mapping[str, str],
    prepared_by: str,
    speaks: str = "",
) -> Prepared:
    """As `prepare_of`, for a case that is open. `speaks`: as in `OfCase`. Raises NotFound for a case that nobody opened."""
    with node.reading() as reads:
        found = case_of(reads, case)
    if found is None:
        raise NotFound("not-found")
    found = replace(found, speaks=speaks)
    return await prepare_of(node, store, found, step=step, code=code, values=values, prepared_by=prepared_by)


async def prepare_of(
    node: Node,
    store: DocumentStore,
    case: OfCase,
    *,
    step: str,
    code: str,
    values: Mapping[str, str],
    prepared_by: str,
    in_english: Mapping[str, str] = MappingProxyType({}),
) -> Prepared:
    """Make a paper that a step of the case asks for, give it its number and keep its bytes for subject and region.

    The first step of a case has papers before there is a case: `case` then says whose it will be.

    `values` by field, as a form sends them; what is computed is not looked at. `in_english`: of fields that the program itself
    wrote, what the English copy says. Asked for the same paper again before the
    case has it, the answer is the same. Raises NotFound for a paper that this step does not ask for, Invalid with each
    field at fault: `missing-field` where a required one is blank, else why its text cannot be taken.
    """
    template = _template(code)
    row = procedures()[case.procedure].steps.get(step)
    if row is None or code not in row.documents:
        raise NotFound("not-found")
    copies = {copy_field(name, "en"): text for name, text in in_english.items() if name in template.fields}
    return await asyncio.to_thread(_prepare, node, store, case, template, step, values, copies, prepared_by)


def case_of(reads: SqliteReads, case: str) -> OfCase | None:
    """What the log says of a case; None for one that nobody opened."""
    row = find_case(reads.connection, case)
    return None if row is None else case_of_row(row)


def case_of_row(row: Row) -> OfCase:
    progress = progress_of(row)
    used = {one.hash for one in progress.papers} | {one.hash for one in progress.served}
    return OfCase(row["id"], row["procedure"], row["subject"], row["authority"], row["region"], frozenset(used))


def prepared_for(store: DocumentStore, case: str, step: str | None = None) -> list[Prepared]:
    """The papers that were made for a case, or for one step of it, oldest first."""
    return store.of_case(case, step)


def find(store: DocumentStore, sha256: str) -> Prepared | None:
    """The paper whose bytes have this hash; None for one that nobody made."""
    return store.find(sha256)


def paper_of(prepared: Prepared, *, is_demonstration: bool) -> Paper:
    """What was made, with all its values, to be read again."""
    return Paper(
        templates()[prepared.code],
        prepared.step,
        {**prepared.values, "doc_no": prepared.doc_no},
        is_demonstration,
    )


def _template(code: str) -> Template:
    found = templates().get(code)
    if found is None:
        raise NotFound("not-found")
    return found


def _prepare(
    node: Node,
    store: DocumentStore,
    case: OfCase,
    template: Template,
    step: str,
    values: Mapping[str, str],
    copies: Mapping[str, str],
    prepared_by: str,
) -> Prepared:
    day = node.clock().astimezone(SHANGHAI).date()
    with node.reading() as reads:
        speaks = _registered(reads, case.speaks or case.authority)
        subject = _registered(reads, case.subject)
    known = {
        **_typed(template, values, subject.get("address", "")),
        **subject_fields(
            template,
            subject["legal_form"],
            subject.get("name", ""),
            subject.get("uscc"),
            subject.get("id_number"),
        ),
        "authority": speaks.get("name", ""),
        "date": day_text(day),
    }
    _refuse_faults(template, step, known)
    kept = {**known, **copies}
    short = short_name(speaks.get("name", ""), speaks["region"], speaks.get("authority_kind"))
    is_demonstration = node.genesis.purpose == "demonstration"

    def render(doc_no: str) -> bytes:
        return document_bytes(Paper(template, step, {**kept, "doc_no": doc_no}, is_demonstration))

    numbered_by = case.speaks or case.authority
    asked = Asked(case.id, step, template.code, numbered_by, case.subject, case.region, kept, prepared_by)
    return store.add(asked, day, lambda sequence: number_text(short, day.year, sequence), render, case.used)


def _registered(reads: Reads, party: str) -> Mapping[str, Any]:
    """What a party is registered with, private values open: a paper names whom it is for. Erased ones are not in it."""
    if not find_parties(reads.connection, [party]):
        raise NotFound("not-found")
    return own_record(reads, reads.chain_rows(party)[0]).payload


def _typed(template: Template, values: Mapping[str, str], address: str) -> dict[str, str]:
    """What was typed, with the line ends of forms made one; an address that is registered need not be typed."""
    typed = {
        name: values.get(name, "").replace("\r\n", "\n").strip()
        for name in template.fields
        if name not in FROM_CASE and not is_computed(template, name)
    }
    return typed | {"subject_address": address} if typed.get("subject_address") == "" else typed


def _refuse_faults(template: Template, step: str, known: Mapping[str, str]) -> None:
    missing = missing_fields(template, {**known, "doc_no": "-"}, step)
    faults = [FieldFault(f"/values/{name}", "missing-field") for name in missing]
    faults += [FieldFault(f"/values/{name}", code) for name, code in value_faults(template, known).items()]
    if faults:
        raise Invalid(faults[0].code, *faults)
