"""A season of about sixty entries through the real write path: every kind of chain, commitments, links, one derived entry."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from trace.domain import Trace
from trace.events import KINDS
from trace.ledger.canonical import encode
from trace.ledger.keys import PrivateKey
from trace.ledger.log import Receipt, Signed, Submission
from trace.ledger.statement import parse_statement, signed_statement
from trace.ledger.store import OpeningRow
from trace.payload import commit_payload
from trace.tables import metadata

from .ledger.ledger_parts import NODE, NODE_CHAIN, ORIGIN, VKEY, Running, running

COOP, HOUSEHOLD, LAB, PLOT, FIELD, PACKED = (letter * 22 for letter in "chlpfk")
COOP_KEY, LAB_KEY, OLD_KEY = (PrivateKey.from_seed(bytes([n]) * 32) for n in (21, 22, 23))
SPRAYINGS = 40


def kg(value: str) -> dict[str, str]:
    return {"value": value, "unit": "kg"}


def said(
    number: int,
    chain: str,
    kind: str,
    payload: dict[str, Any],
    actor: str = COOP,
    key: PrivateKey = COOP_KEY,
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
        "occurred_at": "2026-09-10T08:00:00+08:00",
        "payload": committed,
        **more,
    }
    statement = parse_statement(signed_statement(fields, [key], "2026-09-10T00:00:00Z"))
    return Signed(statement, tuple(OpeningRow(one.commit, one.salt, encode(one.value)) for one in openings))


def party(name: str, form: str, role: str, **more: str) -> dict[str, Any]:
    return {"name": name, "legal_form": form, "roles": [role], "region": "341602", **more}


def key_of(key: PrivateKey) -> dict[str, Any]:
    return {"key": key.did, "authenticated": "in person", "label": "地里用的手机"}


def spraying(day: int) -> dict[str, Any]:
    name = f"苯醚甲环唑水分散粒剂 {day}"
    return {"input_kind": "pesticide", "name": name, "source": "植保服务部 13812345678", "operator": "耿田青"}


OPENED = {"product": "HB-BS", "township": "十河镇", "quantity": kg("1000")}
PACKED_OPENED = {**OPENED, "code": "EQSB0VKFAWQZ", "inputs": [{"batch": FIELD, "quantity": kg("560")}]}


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
    plot = {"party": COOP, "region": "341602", "township": "十河镇", "name": "西洼连片地", "area_mu": "118.47"}
    say(PLOT, "place_registered", plot)
    say(FIELD, "batch_opened", {**OPENED, "place": PLOT, "code": "YST04QABKQJM"})
    first = say(FIELD, "planting", {"places": [PLOT], "operator": "苗穗丰"}, key=OLD_KEY)
    say(COOP, "key_revoked", {"key": OLD_KEY.did, "why": "lost", "note": "在集市上丢的"})
    node.append(*(Submission((said(100 + n, FIELD, "input_use", spraying(n)),)) for n in range(SPRAYINGS)))
    say(FIELD, "harvest", {"quantity": kg(harvested), "operator": "厉秋收"})
    say(PACKED, "batch_opened", PACKED_OPENED)
    custody = {"custody": "platform", "recorded_by": "account 7, in person"}
    say(PACKED, "store_in", {"township": "十河镇", "keeper": "祁云舟"}, key=NODE, **custody)
    sample = {"sample_no": "S-1", "sample_kind": "entrusted", "quantity": kg("1")}
    taken = say(PACKED, "sample_taken", sample, actor=LAB, key=LAB_KEY)
    report = {"items": [{"item": "二氧化硫", "value": "12", "unit": "mg/kg"}], "sample": reference(taken)}
    say(PACKED, "lab_report", report, actor=LAB, key=LAB_KEY)
    say(PACKED, "labels_issued", {"count": 240, "reprint_of": reference(first)})
    say(PACKED, "dispatch", {"quantity": kg("120"), "to_region": "310101", "buyer_name": "某商行", "price": "42.5"})
    node.append(Submission((said(next(numbers), PACKED, "store_in", {"township": "十河镇"}),), wait_proof=True))


@contextmanager
def season(folder: Path, harvested: str = "1250.5") -> Iterator[Running]:
    """A running log in which the season was told."""
    with running(folder, domain=Trace(None), projections=metadata) as node:
        tell(node, harvested)
        yield node
