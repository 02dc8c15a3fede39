"""A small world with an authority, two officials of it, and a penalty case against the co-op whose papers are real."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.casework import log_step, opening_of, step_payload
from api.documents import OfCase, prepare, prepare_of
from api.documents.db import DocumentStore, Prepared
from api.recording import log_all
from credit.reference.documents import templates
from credit.reference.procedures import procedures
from tests.api.app_parts import AT, CREATED, ORIGIN, REGION, World
from tests.api.documents.paper_parts import asked_values
from tests.api.office_parts import KEYS, OFFICE, running_offices, said
from trace.ledger.keys import PrivateKey
from trace.ledger.statement import parse_statement, signed_statement
from trace.ledger.submission import Signed

ROLES = ["case_officer", "file_officer", "second_officer", "service_clerk", "registrar", "head"]
PENALTY = {
    "item": "P03",
    "class_basis": "一般",
    "legal_basis": "农产品质量安全法 第七十条",
    "paper": {"number": "谯农罚〔2026〕3号", "authority": "示例局", "dated": "2026-09-08", "hash": "ab" * 32},
}


@dataclass
class CaseWorld:
    """`case`: of a penalty record, at its first step; `entry`: the paper that came with it."""

    world: World
    bureau: str
    case: str
    entry: Prepared

    @property
    def store(self) -> DocumentStore:
        store: DocumentStore = self.world.client.app.state.documents  # type: ignore[attr-defined]
        return store

    @property
    def of_case(self) -> OfCase:
        return OfCase(self.case, "penalty_record", self.world.parties["coop"], self.bureau, REGION)

    def prepared(self, step: str, code: str, **changed: str) -> Prepared:
        """A paper of the case, every field filled."""
        values = {**asked_values(templates()[code]), **changed}
        return asyncio.run(
            prepare(
                self.world.node, self.store, case=self.case, step=step, code=code, values=values, prepared_by="token:ab"
            )
        )

    def take(self, step: str, who: str, *papers: Prepared, **more: Any) -> None:
        """A step of the case, signed by an official, with its papers."""
        payload = step_payload("penalty_record", step, **_told(step, papers), **more)
        asyncio.run(log_step(self.world.node, self.store, _signed(self.world, self.case, "case_step", payload, who)))

    def serve(self, paper: Prepared, who: str) -> None:
        payload = {
            "document": paper.code,
            "doc_no": paper.doc_no,
            "hash": paper.sha256,
            "method": "witnessed",
            "to": paper.subject,
            "served_on": "2026-09-10",
        }
        asyncio.run(log_all(self.world.node, _signed(self.world, self.case, "document_served", payload, who)))


@contextmanager
def running_case(folder: Path) -> Iterator[CaseWorld]:
    with running_offices(folder) as world:
        bureau = _authority(world)
        for number, name in enumerate(("first", "second"), 91):
            _office(world, number, name, bureau)
        store: DocumentStore = world.client.app.state.documents  # type: ignore[attr-defined]
        opening = opening_of(
            world.node, "penalty_record", subject=world.parties["coop"], authority=bureau, region=REGION
        )
        case = opening.statement.chain
        of_case = OfCase(case, "penalty_record", world.parties["coop"], bureau, REGION)
        values = asked_values(templates()["D-REC-ENTRY"])
        entry = asyncio.run(
            prepare_of(
                world.node, store, of_case, step="P01", code="D-REC-ENTRY", values=values, prepared_by="token:ab"
            )
        )
        payload = step_payload("penalty_record", "P01", opening=opening, **_told("P01", (entry,)), **PENALTY)
        asyncio.run(log_step(world.node, store, _signed(world, case, "case_step", payload, "first"), opening))
        yield CaseWorld(world, bureau, case, entry)


def _told(step: str, papers: tuple[Prepared, ...]) -> dict[str, Any]:
    guard = procedures()["penalty_record"].steps[step].guard
    documents = [{"code": one.code, "doc_no": one.doc_no, "hash": one.sha256} for one in papers]
    return {"guards": {guard: True} if guard else {}, "documents": documents}


def _signed(world: World, chain: str, kind: str, payload: dict[str, Any], who: str) -> Signed:
    fields = {
        "id": world.node.recorder.new_id(),
        "origin": ORIGIN,
        "chain": chain,
        "kind": kind,
        "actor": world.parties[who],
        "occurred_at": AT,
        "payload": payload,
    }
    return Signed(parse_statement(signed_statement(fields, [KEYS[who]], CREATED)), ())


def _authority(world: World) -> str:
    body = {
        "name": "示例谯城区农业农村局",
        "legal_form": "authority",
        "roles": ["regulator"],
        "region": REGION,
        "authority_kind": "agriculture",
    }
    id: str = world.made("/api/v1/parties", body, "official")["id"]
    return id


def _office(world: World, number: int, name: str, authority: str) -> None:
    payload = {
        "party": world.parties[name],
        "offices": ROLES,
        "region": REGION,
        "basis": "谯农发〔2026〕2号",
        "authority": authority,
    }
    keys: list[PrivateKey] = [KEYS["first"], KEYS["second"]]
    answer = said(world, number, keys, chain=OFFICE, kind="office_given", actor=world.parties["first"], payload=payload)
    assert answer.status_code == 201, json.dumps(answer.json())
