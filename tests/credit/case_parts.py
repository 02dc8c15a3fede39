"""A log with an authority, its officials, a co-op with a failed batch, and short words for the steps of cases."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from credit.judging import opening_hash
from credit.published import STATED
from credit.queries import find_case, list_cases, list_listings, measures_of_subject, records_of_subject
from credit.reference import table_hash
from credit.reference.procedures import procedures, table_of
from credit.wing import CREDIT
from tests.trace.ledger.ledger_parts import NODE, NODE_CHAIN, ORIGIN, VKEY, OpenHouse, Running, running
from trace.audit_meaning import TraceMeaning
from trace.codes import label_code
from trace.domain import Trace
from trace.events import KINDS
from trace.ledger.audit import AuditResult, audit
from trace.ledger.canonical import encode
from trace.ledger.keys import PrivateKey, parse_vkey
from trace.ledger.sqlite import reading
from trace.ledger.statement import parse_statement, signed_statement
from trace.ledger.store import OpeningRow
from trace.ledger.submission import Domain, Receipt, Signed, Submission
from trace.legal_days import SHANGHAI
from trace.payload import commit_payload
from trace.state import Row
from trace.tables import metadata

OFFICE = "office" + "o" * 16
AUTHORITY, MARKET_OFFICE, COUNTY_AUTHORITY = ("agri" + "a" * 18, "market" + "m" * 16, "province" + "p" * 14)
ONE, TWO, THREE, UPPER, FAR = (
    "one" + "1" * 19,
    "two" + "2" * 19,
    "three" + "3" * 17,
    "upper" + "u" * 17,
    "far" + "f" * 19,
)
COOP, HOUSEHOLD, LAB, OTHER_LAB = ("coop" + "c" * 18, "household" + "h" * 13, "lab" + "l" * 19, "otherlab" + "b" * 14)
BATCH, SECOND_BATCH, FILE, MARKET = "batch" + "t" * 17, "second" + "b" * 16, "file" + "e" * 18, "gate" + "g" * 18
KEYS: Mapping[str, PrivateKey] = {
    party: PrivateKey.from_seed(bytes([n]) * 32)
    for n, party in enumerate((ONE, TWO, THREE, UPPER, FAR, COOP, LAB, OTHER_LAB, MARKET), start=61)
}
ROLES = [
    *("case_officer", "dept_lead", "file_officer", "second_officer", "registrar", "service_clerk", "verifier"),
    *("legal_reviewer", "hearing_host", "head"),
]
START = datetime(2026, 8, 3, 1, tzinfo=UTC)


def at(day: str, hour: int = 9, minute: int = 0, second: int = 0) -> datetime:
    """A moment of a legal day."""
    return datetime.combine(date.fromisoformat(day), time(hour, minute, second), SHANGHAI)


@dataclass
class Told:
    """A running log whose clock the test moves. `refuse` is for logs that a node without scruples writes."""

    node: Running
    now: list[datetime]
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def on(self, moment: datetime) -> "Told":
        self.now[0] = moment
        return self

    def made(
        self,
        chain: str,
        kind: str,
        payload: dict[str, Any],
        actor: str = NODE_CHAIN,
        beside: tuple[str, ...] = (),
        keys: tuple[PrivateKey, ...] = (),
        **more: str,
    ) -> Signed:
        number = next(self.numbers)
        salts = (bytes([number % 256, n, number // 256]) + b"s" * 29 for n in count())
        committed, openings = commit_payload(KINDS[kind], payload, salts)
        fields = {
            "id": f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
            "origin": ORIGIN,
            "chain": chain,
            "kind": kind,
            "actor": actor,
            "occurred_at": self.now[0].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "payload": committed,
            **more,
        }
        by_node = actor == NODE_CHAIN or "custody" in more
        signers = keys or ((NODE,) if by_node else (KEYS[actor],))
        proofs = [*signers, *(KEYS[one] for one in beside)]
        statement = parse_statement(signed_statement(fields, proofs, "2026-08-03T00:00:00Z"))
        return Signed(statement, tuple(OpeningRow(one.commit, one.salt, encode(one.value)) for one in openings))

    def log(self, *items: Signed) -> tuple[Receipt, ...]:
        return self.node.append(Submission(items))[0]

    def say(self, chain: str, kind: str, payload: dict[str, Any], actor: str = NODE_CHAIN, **more: Any) -> Receipt:
        return self.log(self.made(chain, kind, payload, actor, **more))[0]

    def opening(self, case: str, procedure: str, subject: str = COOP, **more: Any) -> Signed:
        payload = {
            "procedure": procedure,
            "table": table_hash(table_of()[procedure]),
            "subject": subject,
            "authority": more.pop("authority", AUTHORITY),
            "region": more.pop("region", "341602"),
            **more,
        }
        return self.made(case, "case_opened", payload)

    def step(self, case: str, procedure: str, code: str, actor: str = NODE_CHAIN, **more: Any) -> Signed:
        """A step with the documents that its row names, and every guard answered with yes."""
        row = procedures()[procedure].steps[code]
        statement = {name: more.pop(name) for name in ("beside", "keys", "custody") if name in more}
        papers = [{"code": one, "doc_no": f"谯农{one}1号", "hash": paper_hash(one)} for one in row.documents]
        payload: dict[str, Any] = {
            "step": code,
            "action": row.action,
            "table": table_hash(table_of()[procedure]),
            **({"guards": {row.guard: True}} if row.guard else {}),
            **({"documents": papers} if papers else {}),
            **({"grounds": "见所附文书"} if row.guard == "reason_given" else {}),
            **({"published": dict.fromkeys(STATED[procedure, code], "见决定书")} if row.published_fields else {}),
            **more,
        }
        return self.made(
            case, "case_step", {name: one for name, one in payload.items() if one is not None}, actor, **statement
        )

    def take(self, case: str, procedure: str, code: str, actor: str = NODE_CHAIN, **more: Any) -> Receipt:
        return self.log(self.step(case, procedure, code, actor, **more))[0]

    def begin(self, opening: Signed, procedure: str, code: str, actor: str = NODE_CHAIN, **more: Any) -> Receipt:
        """An opening with its first step, which signs for it."""
        step = self.step(opening.statement.chain, procedure, code, actor, opens=opening_hash(opening.statement), **more)
        return self.log(opening, step)[1]

    def serve(
        self, case: str, document: str, actor: str, to: str = COOP, on: str | None = None, method: str = "receipt"
    ) -> Receipt:
        today = self.now[0].astimezone(SHANGHAI).date().isoformat()
        payload = {
            "document": document,
            "doc_no": f"谯农{document}1号",
            "hash": paper_hash(document),
            "method": method,
            "to": to,
            "served_on": on or today,
            "receiver": "示例签收人",
        }
        return self.say(case, "document_served", payload, actor)

    def open_file(self, subject: str = COOP, chain: str = FILE) -> Receipt:
        return self.say(chain, "credit_opened", {"subject": subject, "rule": "credit@1", "region": "341602"})

    def case(self, id: str) -> Row:
        with self.node.store.reading() as reads:
            row = find_case(reads.connection, id)
        assert row is not None
        return row

    def cases(self) -> list[Row]:
        with self.node.store.reading() as reads:
            return list_cases(reads.connection)

    def records(self, subject: str = COOP) -> list[Row]:
        with self.node.store.reading() as reads:
            return records_of_subject(reads.connection, subject)

    def measures(self, subject: str = COOP) -> list[tuple[str, str | None]]:
        with self.node.store.reading() as reads:
            return [(row["measure"], row["ended_on"]) for row in measures_of_subject(reads.connection, subject)]

    def listings(self) -> list[Row]:
        with self.node.store.reading() as reads:
            return list_listings(reads.connection)


def paper_hash(code: str) -> str:
    """Stands for the hash of a document's bytes."""
    return code.encode().hex().ljust(64, "0")[:64]


def entry(receipt: Receipt) -> dict[str, Any]:
    return {"chain": receipt.chain, "seq": receipt.seq, "leaf": receipt.leaf.hex()}


@contextmanager
def told(folder: Path, domain: Domain | None = None) -> Iterator[Told]:
    """The log with parties, keys, officials and the register adopted; it is 2026-08-03 in the morning."""
    now = [START]
    with running(folder, domain=domain or Trace(None, CREDIT), projections=metadata, clock=lambda: now[0]) as node:
        log = Told(node, now)
        log.say(NODE_CHAIN, "genesis", {"key": NODE.did, "vkey": VKEY})
        people = {ONE: "341602", TWO: "341602", THREE: "341602", UPPER: "341600", FAR: "340100"}
        for person, region in people.items():
            log.say(person, "party_registered", _party("示例监管人员", "person", "regulator", region=region))
        for person in (ONE, TWO):
            log.say(person, "key_added", _key(person))
        log.say(
            OFFICE,
            "founders_named",
            {"parties": [ONE, TWO]},
            beside=(ONE, TWO),
        )
        for id, kind, region in (
            (AUTHORITY, "agriculture", "341602"),
            (MARKET_OFFICE, "market-supervision", "341602"),
            (COUNTY_AUTHORITY, "market-supervision", "341600"),
        ):
            log.say(
                id,
                "party_registered",
                _party("示例主管部门", "authority", "regulator", region=region, authority_kind=kind),
            )
        for person in (THREE, UPPER, FAR):  # office holders vouch for a key before its owner acts by it
            log.say(person, "key_added", _key(person), ONE, beside=(TWO,))
        for person in (ONE, TWO, THREE):
            for authority in (AUTHORITY, MARKET_OFFICE):
                log.say(OFFICE, "office_given", _office(person, authority, ROLES), ONE, beside=(TWO,))
        log.say(
            OFFICE, "office_given", _office(UPPER, COUNTY_AUTHORITY, ["upper_authority"], "341600"), ONE, beside=(TWO,)
        )
        log.say(OFFICE, "office_given", _office(FAR, AUTHORITY, ROLES, "340100"), ONE, beside=(TWO,))
        log.say(
            OFFICE,
            "tables_adopted",
            {
                "table": "competence.csv",
                "version": "1",
                "sha256": table_hash("competence"),
                "in_force_from": "2026-08-03",
                "basis": "谯政〔2026〕2号",
            },
            ONE,
            beside=(TWO,),
        )
        log.say(COOP, "party_registered", _party("谯城区示例专业合作社", "co-op", "grower", uscc="93341602B1NFHWBU50"))
        log.say(COOP, "key_added", _key(COOP))
        log.say(HOUSEHOLD, "party_registered", _party("示例农户", "household", "grower"))
        for lab in (LAB, OTHER_LAB):
            log.say(lab, "party_registered", _party("示例检测机构", "institution", "laboratory"))
            log.say(lab, "key_added", _key(lab))
        log.say(
            BATCH,
            "batch_opened",
            {
                "product": "HB-BS",
                "quantity": {"value": "200", "unit": "kg"},
                "township": "十河镇",
                "code": label_code(bytes(7)),
            },
            COOP,
        )
        yield log


def audited(folder: Path) -> AuditResult:
    with reading(folder / "suxin.db") as reads:
        return audit(reads, ORIGIN, [parse_vkey(VKEY)], TraceMeaning(reads, CREDIT))


def _party(name: str, form: str, role: str, region: str = "341602", **more: str) -> dict[str, Any]:
    return {"name": name, "legal_form": form, "roles": [role], "region": region, **more}


def _key(owner: str) -> dict[str, Any]:
    return {"key": KEYS[owner].did, "authenticated": "in person"}


def _office(party: str, authority: str, offices: list[str], region: str = "341602") -> dict[str, Any]:
    return {
        "party": party,
        "offices": offices,
        "authority": authority,
        "region": region,
        "basis": "谯农发〔2026〕1号",
        "until": "2031-12-31",
    }


__all__ = ["OpenHouse", "timedelta"]
