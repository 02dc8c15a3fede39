"""A grower, a processor, a market, a laboratory and two officials over a real log: what the rules do to their batches.

Parties are family farms where it does not matter, so that no field is owed and a record brings what its rule says alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from trace.audit_meaning import TraceMeaning
from trace.domain import Trace
from trace.events import KINDS
from trace.ledger.audit import AuditResult, audit
from trace.ledger.canonical import encode
from trace.ledger.entry import parse_entry
from trace.ledger.keys import PrivateKey, parse_vkey
from trace.ledger.sqlite import reading
from trace.ledger.statement import parse_statement, signed_statement
from trace.ledger.store import OpeningRow, SealedRow
from trace.ledger.submission import Receipt, Signed, Submission
from trace.payload import commit_payload
from trace.queries import all_rows
from trace.rebuild import compare
from trace.state import Row, balance
from trace.tables import metadata

from .ledger.ledger_parts import NODE, NODE_CHAIN, ORIGIN, VKEY, Running, running

GROWER, BUYER, MARKET, LAB, OFFICE = (letter * 22 for letter in "gbmlo")
FIRST, SECOND, FAR = "1" * 22, "2" * 22, "3" * 22
PLOT = "p" * 22
KEYS = {
    name: PrivateKey.from_seed(bytes([51 + at]) * 32)
    for at, name in enumerate((GROWER, BUYER, MARKET, LAB, FIRST, SECOND, FAR))
}
LABEL_PHOTO = "ab" * 32


def kg(value: str) -> dict[str, str]:
    return {"value": value, "unit": "kg"}


def sprayed(day: str, days: int = 28, **more: Any) -> dict[str, Any]:
    """戊唑醇 on 白芍, the interval read on the label, of which a photo is kept."""
    return {
        "input_kind": "pesticide",
        "name": "戊唑醇悬浮剂",
        "active": ["戊唑醇"],
        "used_from": day,
        "used_until": day,
        "interval_days": days,
        "interval_source": "label",
        "label_photo": LABEL_PHOTO,
        "toxicity": "低毒",
        "crop_on_label": True,
        **more,
    }


@dataclass
class Control:
    """`say` appends one statement of a party with its own key; ids count upwards."""

    node: Running
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def signed(
        self,
        chain: str,
        kind: str,
        payload: dict[str, Any],
        *,
        actor: str = GROWER,
        at: str = "2026-09-10T08:00:00+08:00",
        beside: tuple[PrivateKey, ...] = (),
        keys: tuple[PrivateKey, ...] = (),
        **more: Any,
    ) -> Signed:
        number = next(self.numbers)
        salts = (bytes([number % 251, n]) * 16 for n in count())
        committed, openings = commit_payload(KINDS[kind], payload, salts)
        fields = {
            "id": f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
            "origin": ORIGIN,
            "chain": chain,
            "kind": kind,
            "actor": actor,
            "occurred_at": at,
            "payload": committed,
            **more,
        }
        signers = keys or (NODE if actor == NODE_CHAIN else KEYS[actor], *beside)
        data = signed_statement(fields, list(signers), "2026-09-10T00:00:00Z")
        rows = tuple(OpeningRow(one.commit, one.salt, encode(one.value)) for one in openings)
        return Signed(parse_statement(data), rows)

    def say(self, chain: str, kind: str, payload: dict[str, Any], **more: Any) -> Receipt:
        return self.together(self.signed(chain, kind, payload, **more))[0]

    def together(self, *items: Signed) -> tuple[Receipt, ...]:
        return self.node.append(Submission(items))[0]

    def open(
        self,
        batch: str,
        quantity: str = "1000",
        *,
        actor: str = GROWER,
        at: str = "2026-02-01T08:00:00+08:00",
        **more: Any,
    ) -> Receipt:
        payload = {"product": "HB-BS", "township": "十河镇", "quantity": kg(quantity), **more}
        if "inputs" not in more:
            payload.setdefault("place", PLOT)
        return self.say(batch, "batch_opened", payload, actor=actor, at=at)

    def take(self, batch: str, source: str, quantity: str = "100", **more: Any) -> Receipt:
        """A batch made of another one."""
        return self.open(batch, quantity, inputs=[{"batch": source, "quantity": kg(quantity)}], **more)

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        with self.node.store.reading() as reads:
            return all_rows(reads.connection)

    def batch(self, id: str) -> Row:
        return next(row for row in self.rows()["batch"] if row["id"] == id)

    def left(self, id: str) -> int:
        """Milligrams."""
        return balance(self.batch(id))

    def held(self) -> set[tuple[str, str, bool]]:
        """Batch, rule and whether it was spread, of every hold that stands."""
        rows = self.rows()["hold"]
        return {(row["batch"], row["rule"], row["origin"] is not None) for row in rows if row["released"] is None}

    def flags(self) -> set[tuple[str, str]]:
        return {(row["batch"], row["reason"]) for row in self.rows()["flag"] if row["is_open"]}

    def kinds(self) -> list[str]:
        """Of every entry, in the order of the log."""
        return [parse_statement(row.statement).kind for row in self.sealed()]

    def received(self) -> dict[int, datetime]:
        """When each entry was, by its log index."""
        return {row.index: datetime.fromisoformat(parse_entry(row.entry).received) for row in self.sealed()}

    def sealed(self) -> list[SealedRow]:
        """Every entry, in the order of the log."""
        with self.node.store.reading() as reads:
            return [*reads.rows(0, self.node.log.size)]

    def hold(self, batch: str) -> dict[str, Any]:
        """How a statement names the newest hold of a batch."""
        rows = [row for row in self.rows()["hold"] if row["batch"] == batch]
        newest = max(rows, key=lambda row: int(row["index"]))
        chain, _, seq = newest["id"].rpartition("/")
        return {"chain": chain, "seq": int(seq), "leaf": newest["leaf"]}

    def clean(self, batch: str, **more: Any) -> Receipt:
        """A later report of an accredited laboratory: no 戊唑醇, little 二氧化硫."""
        report = {
            "items": [
                {"item": "戊唑醇", "value": "<0.01", "unit": "mg/kg", "judgement": "pass"},
                {"item": "T-SO2", "value": "40", "unit": "mg/kg", "judgement": "pass"},
            ],
            "conclusion": "pass",
            "cma_no": "241200000001",
            "tested_on": "2026-09-10",
            "issued_on": "2026-09-10",
            **more,
        }
        return self.say(batch, "lab_report", report, actor=LAB)

    def lift(self, batch: str, evidence: Iterable[Receipt] | None = None, **more: Any) -> Receipt:
        """By default on a clean report that is said first."""
        named_here = [named(one) for one in ([self.clean(batch)] if evidence is None else evidence)]
        payload = {
            "hold": more.pop("hold", None) or self.hold(batch),
            "ground": "officials",
            "reason_text": "复检合格，准予放行",
            "evidence": named_here,
        }
        return self.say(batch, "hold_released", payload, **{"actor": FIRST, "beside": (KEYS[SECOND],), **more})

    def check(self, folder: Path) -> AuditResult:
        """The audit of the whole log; projections must equal a replay."""
        with reading(folder / "suxin.db") as reads:
            assert compare(reads) == []
            return audit(reads, ORIGIN, [parse_vkey(VKEY)], TraceMeaning(reads))


def named(receipt: Receipt) -> dict[str, Any]:
    return {"chain": receipt.chain, "seq": receipt.seq, "leaf": receipt.leaf.hex()}


PEOPLE = (
    (GROWER, "family-farm", ["grower", "processor"], "341602", "93341602MA75428340"),
    (BUYER, "enterprise", ["purchaser", "retailer"], "341602", "91341602MA2N0000XJ"),
    (MARKET, "family-farm", ["market"], "341602", None),
    (LAB, "institution", ["laboratory"], "341602", None),
    (FIRST, "person", ["regulator"], "341602", None),
    (SECOND, "person", ["regulator"], "341602", None),
    (FAR, "person", ["regulator"], "341621", None),
)


@contextmanager
def control(folder: Path) -> Iterator[Control]:
    """A log with these people, two founders of the district 341602, an official of another one, and a plot."""
    with running(folder, domain=Trace(None), projections=metadata) as node:
        world = Control(node)
        by_node: dict[str, Any] = {"actor": NODE_CHAIN}
        world.say(NODE_CHAIN, "genesis", {"key": NODE.did, "vkey": VKEY}, **by_node)
        for id, form, roles, region, uscc in PEOPLE:
            payload = {"name": f"示例{id[0]}", "legal_form": form, "roles": roles, "region": region}
            if uscc:
                payload["uscc"] = uscc
            world.say(id, "party_registered", payload, **by_node)
            if id != FAR:
                world.say(id, "key_added", {"key": KEYS[id].did, "authenticated": "in person"}, **by_node)
        founders = {"parties": [FIRST, SECOND], "region": "341602"}
        beside = (KEYS[FIRST], KEYS[SECOND])
        world.say(OFFICE, "founders_named", founders, **by_node, beside=beside)
        world.say(PLOT, "place_registered", {"party": GROWER, "region": "341602", "township": "十河镇"})
        yield world
