"""For whom do the officials of a demonstration act? Three bureaus made for it, and the offices that two founders give there.

The three of the district hold every office of its bureaus; the one of the city agrees, or not, for the bureau above.
"""

from dataclasses import dataclass
from typing import Any

from api.compose import received_statement
from api.demonstration.officials import CITY, DISTRICT, RECORDED_BY, Official
from api.keyfiles import load_key
from api.node import Node
from credit.reference import table_hash
from trace.ledger.statement import sign_document
from trace.ledger.submission import Submission
from trace.queries import list_offices

BUREAUS = (
    ("谯城区农业农村局（演示）", "agriculture", DISTRICT),
    ("谯城区市场监督管理局（演示）", "market-supervision", DISTRICT),
    ("亳州市市场监督管理局（演示）", "market-supervision", CITY),
)
"""Name, kind and region of each."""

OFFICES = [
    *("case_officer", "dept_lead", "file_officer", "second_officer", "registrar", "service_clerk", "verifier"),
    *("legal_reviewer", "hearing_host", "head"),
]
"""What each of the district holds; who has taken one step of a case is kept from the others by the procedure itself."""

ABOVE = ["upper_authority"]
BASIS = "演示任职文件"


@dataclass(frozen=True)
class Bureaus:
    """The parties: of agriculture and of market supervision in the district, and of market supervision above it."""

    farming: str
    market: str
    above: str


def found_bureaus(node: Node, officials: tuple[Official, ...]) -> Bureaus:
    """Register the three, give the officials their offices, and adopt the register of who may list."""
    farming, market, above = (_registered(node, *bureau) for bureau in BUREAUS)
    *district, city = officials
    for official in district:
        for bureau in (farming, market):
            _given(node, officials, official, bureau, OFFICES, DISTRICT)
    _given(node, officials, city, above, ABOVE, CITY)
    day = node.clock().date().isoformat()
    adopted = {"table": "competence.csv", "version": "1", "sha256": table_hash("competence"), "in_force_from": day}
    _said(node, officials, "tables_adopted", {**adopted, "basis": BASIS})
    return Bureaus(farming, market, above)


def _registered(node: Node, name: str, kind: str, region: str) -> str:
    recorder = node.recorder
    party = recorder.new_chain()
    payload = {"name": name, "legal_form": "authority", "authority_kind": kind, "roles": ["regulator"]}
    signed = recorder.record(
        "party_registered",
        {**payload, "region": region},
        chain=party,
        actor=recorder.node_chain,
        recorded_by=RECORDED_BY,
        id=recorder.new_id(),
    )
    node.log.submit(Submission((signed,))).result()
    return party


def _given(
    node: Node, founders: tuple[Official, ...], official: Official, bureau: str, offices: list[str], region: str
) -> None:
    given = {"party": official.party, "offices": offices, "authority": bureau, "region": region, "basis": BASIS}
    _said(node, founders, "office_given", given)


def _said(node: Node, founders: tuple[Official, ...], kind: str, payload: dict[str, Any]) -> None:
    """By two founders, each with the own key."""
    recorder, first = node.recorder, founders[0]
    with node.reading() as reads:
        chain = list_offices(reads.connection)[0]["chain"]
    fields, _ = recorder.draft(kind, payload, chain=chain, actor=first.party, id=recorder.new_id())
    fields["proof"] = [
        sign_document(fields, load_key(one.key_file), recorder.created()) for one in (first, founders[1])
    ]
    node.log.submit(Submission((received_statement(fields, []),))).result()
