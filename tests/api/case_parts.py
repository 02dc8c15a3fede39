"""A small world with two authorities, their officials, and short words for what they do in cases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from itertools import count
from pathlib import Path
from typing import Any

from api.aside.db import AsideStore
from api.casework import log_step, opening_of, step_payload
from api.documents.db import DocumentStore
from api.keeper import Keeper
from credit.published import STATED
from credit.queries import find_case, list_cases
from credit.reference import table_hash
from credit.reference.procedures import procedures
from tests.api.app_parts import AT, CREATED, ORIGIN, REGION, SHANGHAI, World, opening
from tests.api.office_parts import CITY, KEYS, OFFICE, running_offices, said, told_at
from trace.ledger.statement import parse_statement, signed_statement
from trace.ledger.submission import Receipt, Signed
from trace.legal_days import SHANGHAI as LOCAL
from trace.state import Row

ROLES = [
    *("case_officer", "dept_lead", "file_officer", "second_officer", "registrar", "service_clerk", "verifier"),
    *("legal_reviewer", "hearing_host", "head"),
]
NUMBERS = count(500)


@contextmanager
def running_cases(folder: Path) -> Iterator[World]:
    """Officials `first`, `second` and `third` hold every office of the district's two bureaus, `far` one of the city's."""
    with running_offices(folder) as world:
        fill(world)
        yield world


def fill(world: World) -> None:
    for name, kind, region in (
        ("farming", "agriculture", REGION),
        ("market office", "market-supervision", REGION),
        ("city office", "market-supervision", CITY),
    ):
        body = {"name": f"示例{name}", "legal_form": "authority", "roles": ["regulator"], "region": region}
        world.parties[name] = world.made("/api/v1/parties", {**body, "authority_kind": kind}, "official")["id"]
    for person in ("first", "second", "third"):
        for authority in ("farming", "market office"):
            give(world, person, authority, ROLES)
    adopt(world, "competence")
    world.add_token("office elsewhere", "official", party=world.parties["far"], region=SHANGHAI)


def adopt(world: World, table: str, sha256: str = "") -> None:
    """Two officials put a carried table in force from today; other bytes of it where a hash is given."""
    payload = {
        "table": f"{table}.csv",
        "version": "1",
        "sha256": sha256 or table_hash(table),
        "in_force_from": world.clock().astimezone(LOCAL).date().isoformat(),
        "basis": "谯政〔2026〕2号",
    }
    members = {"chain": OFFICE, "kind": "tables_adopted", "actor": world.parties["first"], "payload": payload}
    answer = said(world, next(NUMBERS), [KEYS["first"], KEYS["second"]], **members)
    assert answer.status_code == 201, answer.text


def give(
    world: World, person: str, authority: str, offices: list[str], region: str = REGION, interests: tuple[str, ...] = ()
) -> None:
    payload = {
        "party": world.parties[person],
        "offices": offices,
        "authority": world.parties[authority],
        "region": region,
        "basis": "谯农发〔2026〕1号",
    }
    openings = [opening(list(interests))] if interests else []
    if interests:
        payload["interests"] = {"commit": openings[0]["commit"]}
    members = {"chain": OFFICE, "kind": "office_given", "actor": world.parties["first"], "payload": payload}
    fields = {
        "id": f"urn:uuid:00000000-0000-4000-8000-{next(NUMBERS):012d}",
        "origin": ORIGIN,
        "occurred_at": told_at(world),
    }
    statement = json.loads(signed_statement({**fields, **members}, [KEYS["first"], KEYS["second"]], CREATED))
    answer = world.post("/api/v1/statements", {"statement": statement, "openings": openings}, "official")
    assert answer.status_code == 201, answer.text


def moment(day: str, hour: int = 9) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(hour), LOCAL).astimezone(UTC)


def on(world: World, day: str, hour: int = 9) -> None:
    world.clock.at = moment(day, hour)


def run(world: World, step: Any) -> Any:
    """Something that waits, in the loop of the running app."""
    assert world.client.portal is not None

    async def waited() -> Any:
        return await step

    return world.client.portal.call(waited)


def keep_up(world: World) -> None:
    """What the node says by itself, now."""
    run(world, Keeper(world.node, papers(world), AsideStore(world.operational)).look())


def papers(world: World) -> DocumentStore:
    """The papers that were made on this node."""
    store: DocumentStore = world.client.app.state.documents  # type: ignore[attr-defined]
    return store


def paper(code: str) -> dict[str, str]:
    return {"code": code, "doc_no": f"谯农〔2026〕{len(code)}号", "hash": code.encode().hex().ljust(64, "0")[:64]}


def signed(world: World, kind: str, chain: str, who: str, payload: dict[str, Any], *beside: str) -> Signed:
    fields = {
        "id": f"urn:uuid:00000000-0000-4000-8000-{next(NUMBERS):012d}",
        "origin": ORIGIN,
        "chain": chain,
        "kind": kind,
        "actor": world.parties[who],
        "occurred_at": told_at(world),
        "payload": payload,
    }
    keys = [KEYS[one] for one in (who, *beside)]
    return Signed(parse_statement(signed_statement(fields, keys, CREATED)))


def step(world: World, case: str, procedure: str, code: str, who: str, *beside: str, **more: Any) -> Receipt:
    """A step with the documents of its row, every condition answered with yes, logged with its group."""
    payload = whole(procedure, code, **more)
    receipt: Receipt = run(
        world, log_step(world.node, papers(world), signed(world, "case_step", case, who, payload, *beside))
    )
    return receipt


def whole(procedure: str, code: str, **more: Any) -> dict[str, Any]:
    row = procedures()[procedure].steps[code]
    more.setdefault("published", dict.fromkeys(STATED.get((procedure, code), ()), "见决定书"))
    return step_payload(
        procedure,
        code,
        guards={row.guard: True} if row.guard else None,
        documents=[paper(one) for one in row.documents],
        **more,
    )


def opened(
    world: World, procedure: str, code: str, who: str, authority: str = "farming", party: str = "coop", **more: Any
) -> str:
    """A case with its first step; its chain."""
    before = opening_of(
        world.node, procedure, subject=world.parties[party], authority=world.parties[authority], region=REGION
    )
    payload = whole(procedure, code, opening=before, **more)
    chain = before.statement.chain
    run(world, log_step(world.node, papers(world), signed(world, "case_step", chain, who, payload), before))
    return chain


def sampled(world: World) -> str:
    """The case that a failed report of a supervision sample opens, by the node; its chain."""
    body = {"kind": "lab_report", "occurred_at": AT, "payload": FAILED}
    world.made(f"/api/v1/batches/{world.batch}/events", body, "laboratory")
    with world.node.reading() as reads:
        row = next(one for one in reads.chain_rows(world.batch) if b'"lab_report"' in one.statement)
    report = {"chain": row.chain, "seq": row.seq, "leaf": row.leaf.hex()}
    coop, farming = world.parties["coop"], world.parties["farming"]
    before = opening_of(
        world.node,
        "sample_result",
        subject=coop,
        authority=farming,
        region=REGION,
        target=world.batch,
        evidence=[report],
    )
    payload, recorder = whole("sample_result", "S01", opening=before, record=report), world.node.recorder
    chain, actor = before.statement.chain, world.node.genesis.chain
    first = recorder.record("case_step", payload, chain=chain, actor=actor, recorded_by="node", id=recorder.new_id())
    run(world, log_step(world.node, papers(world), first, before))
    return chain


FAILED = {
    "items": [{"item": "T-SO2", "value": "412", "unit": "mg/kg", "limit": "150", "judgement": "fail"}],
    "report_no": "监2026-0117",
    "report_kind": "supervision",
    "conclusion": "fail",
    "tested_on": "2026-09-10",
    "issued_on": "2026-09-10",
    "cma_no": "示例-000000",
}


def serve(world: World, case: str, code: str, who: str = "first", party: str = "coop") -> None:
    one = paper(code)
    payload = {
        "document": code,
        "doc_no": one["doc_no"],
        "hash": one["hash"],
        "method": "receipt",
        "to": world.parties[party],
        "served_on": world.clock().astimezone(LOCAL).date().isoformat(),
    }
    answer = said(
        world, next(NUMBERS), [KEYS[who]], chain=case, kind="document_served", actor=world.parties[who], payload=payload
    )
    assert answer.status_code == 201, answer.text


def case_row(world: World, case: str) -> Row:
    with world.node.reading() as reads:
        row = find_case(reads.connection, case)
    assert row is not None
    return row


def cases(world: World) -> list[Row]:
    with world.node.reading() as reads:
        return list_cases(reads.connection)


PENALTY = {
    "item": "P03",
    "class_basis": "一般失信信息",
    "legal_basis": "农产品质量安全法第七十条",
    "paper": {
        "number": "谯农罚〔2026〕31号",
        "authority": "示例农业农村局",
        "dated": "2026-09-08",
        "hash": "ab" * 32,
    },
}
"""What P01 states beside its documents."""
