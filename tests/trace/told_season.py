"""A season of about seventy entries through the real write path: chains of every kind, commitments, links, and what
follows by rule: a batch taken from, a flag, two holds with their spread, of which a correction lifts one.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from trace.domain import Trace
from trace.events import KINDS
from trace.ledger.canonical import encode
from trace.ledger.keys import PrivateKey
from trace.ledger.statement import parse_statement, signed_statement
from trace.ledger.store import OpeningRow
from trace.ledger.submission import Receipt, Signed, Submission
from trace.payload import commit_payload
from trace.tables import metadata

from .ledger.ledger_parts import NODE, NODE_CHAIN, ORIGIN, VKEY, Running, running

COOP, HOUSEHOLD, LAB, PLOT, FIELD, PACKED = (letter * 22 for letter in "chlpfk")
OFFICE, FIRST, SECOND, THIRD, BUREAU = (letter * 22 for letter in "oijtv")
COOP_KEY, LAB_KEY, OLD_KEY, FIRST_KEY, SECOND_KEY, THIRD_KEY = (
    PrivateKey.from_seed(bytes([n]) * 32) for n in (21, 22, 23, 24, 25, 26)
)
SPRAYINGS = 40
AT = "2026-09-10T08:00:00+08:00"


def kg(value: str) -> dict[str, str]:
    return {"value": value, "unit": "kg"}


def said(
    number: int,
    chain: str,
    kind: str,
    payload: dict[str, Any],
    actor: str = COOP,
    key: PrivateKey = COOP_KEY,
    beside: tuple[PrivateKey, ...] = (),
    **more: str,
) -> Signed:
    """A statement whose private fields are committed under salts made of its number."""
    salts = (bytes([number, n]) * 16 for n in count())
    committed, openings = commit_payload(KINDS[kind], payload, salts)
    fields = {
        "id": f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
        "origin": ORIGIN,
        "chain": chain,
        "kind": kind,
        "actor": actor,
        "occurred_at": AT,
        "payload": committed,
        **more,
    }
    statement = parse_statement(signed_statement(fields, [key, *beside], "2026-09-10T00:00:00Z"))
    return Signed(statement, tuple(OpeningRow(one.commit, one.salt, encode(one.value)) for one in openings))


def party(name: str, form: str, role: str, **more: str) -> dict[str, Any]:
    return {"name": name, "legal_form": form, "roles": [role], "region": "341602", **more}


def key_of(key: PrivateKey) -> dict[str, Any]:
    return {"key": key.did, "authenticated": "in person", "label": "地里用的手机"}


def office(holder: str, **more: str) -> dict[str, Any]:
    given = {
        "offices": ["case_officer", "verifier"],
        "authority": COOP,
        "region": "341602",
        "basis": "谯农发〔2026〕1号",
    }
    return {"party": holder, **given, "until": "2029-12-31", **more}


def spraying(name: str, used_until: str = "2026-05-10") -> dict[str, Any]:
    """Everything that a co-op owes; the label asks for 30 days."""
    return {
        "input_kind": "pesticide",
        "name": f"苯醚甲环唑水分散粒剂 {name}",
        "active": ["苯醚甲环唑"],
        "dose": {"value": "325", "unit": "g"},
        "area_mu": "6.5",
        "used_until": used_until,
        "method": "喷雾",
        "target": "白芍 叶斑病",
        "maker": "示例农化有限公司",
        "source": "植保服务部 13812345678",
        "registration_no": "PD20131938",
        "interval_days": 30,
        "interval_source": "label",
        "label_photo": "ab" * 32,
        "crop_on_label": True,
        "toxicity": "低毒",
        "operator": "耿田青",
    }


OPENED = {"product": "HB-BS", "township": "十河镇", "quantity": kg("1000")}
PACKING = {
    "levels": [{"level": "bag", "count": 240}],
    "name": "白芍",
    "origin": "安徽省亳州市谯城区十河镇",
    "packed_on": "2026-09-10",
    "supplier": "示例合作社",
    "quality_mark": True,
}
SAMPLE = {
    "sample_no": "S-1",
    "sample_kind": "entrusted",
    "quantity": kg("1"),
    "seal_no": "FQ-1",
    "task_no": "RW-1",
    "samplers": ["欧阳霁月", "司徒砚田"],
}
REPORT = {
    "items": [{"item": "二氧化硫", "value": "12", "unit": "mg/kg"}],
    "report_no": "SL-1",
    "conclusion": "pass",
    "sample_no": "S-1",
    "report_kind": "entrusted",
    "standard": "《中国药典》2025 年版 白芍",
    "cma_no": "示例-000000",
    "tested_on": "2026-09-10",
    "report": "cd" * 32,
}
PACKED_OPENED = {
    **OPENED,
    "quantity": kg("560"),
    "code": "EQSB0VKFAWQZ",
    "inputs": [{"batch": FIELD, "quantity": kg("560")}],
}


def reference(receipt: Receipt) -> Mapping[str, Any]:
    return {"chain": receipt.chain, "seq": receipt.seq, "leaf": receipt.leaf.hex()}


def tell(node: Running, harvested: str) -> None:
    """Say the whole season; checkpoints at three sizes at least."""
    numbers = count(1)

    def say(*arguments: Any, **more: Any) -> Receipt:
        signed = said(next(numbers), *arguments, **more)
        return node.append(Submission((signed,), wait_proof=signed.statement.kind in ("genesis", "harvest")))[0][0]

    by_node = {"actor": NODE_CHAIN, "key": NODE}
    say(NODE_CHAIN, "genesis", {"key": NODE.did, "vkey": VKEY}, **by_node)
    say(COOP, "party_registered", party("示例合作社", "co-op", "grower", uscc="93341602MA75428340"), **by_node)
    say(COOP, "key_added", key_of(COOP_KEY), **by_node)
    say(COOP, "key_added", key_of(OLD_KEY))
    say(LAB, "party_registered", party("示例检测", "enterprise", "laboratory", uscc="933416024M9QNX8N45"), **by_node)
    say(LAB, "key_added", key_of(LAB_KEY), **by_node)
    say(
        HOUSEHOLD,
        "party_registered",
        party("苗穗丰", "household", "grower", township="十河镇", phone="19900001371"),
        **by_node,
    )
    plot = {"party": COOP, "region": "341602", "township": "十河镇", "name": "西洼连片地"}  # without its area: owed
    say(PLOT, "place_registered", plot)
    say(FIELD, "batch_opened", {**OPENED, "place": PLOT, "code": "YST04QABKQJM"})
    first = say(FIELD, "planting", {"places": [PLOT], "operator": "苗穗丰"}, key=OLD_KEY)
    say(COOP, "key_revoked", {"key": OLD_KEY.did, "why": "lost", "note": "在集市上丢的"})
    node.append(*(Submission((said(100 + n, FIELD, "input_use", spraying(str(n))),)) for n in range(SPRAYINGS)))
    harvest = say(FIELD, "harvest", {"quantity": kg(harvested), "operator": "厉秋收"})  # without the area cut: flagged
    say(PACKED, "batch_opened", PACKED_OPENED)
    custody = {"custody": "platform", "recorded_by": "account 7, in person"}
    say(PACKED, "store_in", {"township": "十河镇", "keeper": "祁云舟"}, key=NODE, **custody)
    taken = say(PACKED, "sample_taken", SAMPLE, actor=LAB, key=LAB_KEY)
    say(PACKED, "lab_report", {**REPORT, "sample": reference(taken)}, actor=LAB, key=LAB_KEY)
    say(PACKED, "labels_issued", {"count": 240, "reprint_of": reference(first)})
    say(PACKED, "packing", PACKING)
    sold = {"quantity": kg("120"), "to_region": "310101", "buyer": HOUSEHOLD, "buyer_name": "某商行", "price": "42.5"}
    say(PACKED, "dispatch", sold)
    offer = {"buyer": HOUSEHOLD, "quantity": kg("559"), "price": "42.5", "until": "2029-12-31"}
    say(PACKED, "transfer_offered", offer)
    late = say(FIELD, "input_use", spraying("迟报一", "2026-09-01"))
    say(FIELD, "input_use", spraying("迟报二", "2026-09-02"))
    restated = {"kind": "input_use", "occurred_at": AT, "payload": spraying("迟报一", "2026-08-01")}
    say(FIELD, "correction", {"restated": restated}, corrects=late.id, reason="八月一日写成了九月一日")
    raised = entry_behind(node, harvest)
    say(FIELD, "flag_answered", {"flag": raised, "answer": "整块地都收了，面积见地块登记"})
    node.append(Submission((said(next(numbers), PACKED, "store_in", {"township": "十河镇"}),), wait_proof=True))


def entry_behind(node: Running, receipt: Receipt) -> Mapping[str, Any]:
    """The next entry of the log: what followed from this one by rule."""
    with node.store.reading() as reads:
        row = next(reads.rows(receipt.index + 1, receipt.index + 2))
    return {"chain": row.chain, "seq": row.seq, "leaf": row.leaf.hex()}


def tell_of_offices(node: Running) -> None:
    """After the season: two founders, a third official, whose first office ends, and its key; an authority; two tables."""
    numbers = count(201)

    def say(*arguments: Any, **more: Any) -> Receipt:
        return node.append(Submission((said(next(numbers), *arguments, **more),)))[0][0]

    by_node = {"actor": NODE_CHAIN, "key": NODE}
    for official in (FIRST, SECOND, THIRD):
        say(official, "party_registered", party("示例监管人员", "person", "regulator"), **by_node)
    say(FIRST, "key_added", key_of(FIRST_KEY), **by_node)
    say(SECOND, "key_added", key_of(SECOND_KEY), **by_node)
    founders = {"parties": [FIRST, SECOND], "region": "341602"}
    say(OFFICE, "founders_named", founders, **by_node, beside=(FIRST_KEY, SECOND_KEY))
    by_two = {"actor": FIRST, "key": FIRST_KEY, "beside": (SECOND_KEY,)}
    bureau = party("示例农业农村局", "authority", "regulator", authority_kind="agriculture")
    say(BUREAU, "party_registered", bureau, **by_node)
    first_office = say(OFFICE, "office_given", {**office(THIRD), "interests": [COOP]}, **by_two)
    ended = {"office": reference(first_office), "why": "reassigned", "basis": "谯农发〔2026〕9号"}
    say(OFFICE, "office_ended", ended, **by_two)
    say(OFFICE, "office_given", office(THIRD, authority=BUREAU), **by_two)
    table = {"table": "competence.csv", "version": "1", "sha256": "ab" * 32, "basis": "谯农发〔2026〕10号"}
    say(OFFICE, "tables_adopted", {**table, "in_force_from": "2026-09-10"}, **by_two)
    replacing = {"version": "2", "sha256": "cd" * 32, "in_force_from": "2027-01-01", "replaces": "ab" * 32}
    say(OFFICE, "tables_adopted", {**table, **replacing}, **by_two)
    say(THIRD, "key_added", key_of(THIRD_KEY), **by_two)


@contextmanager
def season(folder: Path, harvested: str = "1250.5") -> Iterator[Running]:
    """A running log in which the season was told."""
    with running(folder, domain=Trace(None), projections=metadata) as node:
        tell(node, harvested)
        yield node
