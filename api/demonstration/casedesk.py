"""How does an official of a demonstration take a step of a case? As on a live log: papers made, handed over, signed, logged.

The officials sign with their own key files, the party's steps stand under custody as those of a page do, and what is the
node's to say it says by itself on the day. What stands in a paper is what the desk would fill in from the log; only the rest
is taken from a table.
"""

import csv
from asyncio import Runner
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from api.casework import log_step, opening_of, step_payload
from api.demonstration.officials import DISTRICT, RECORDED_BY, Official
from api.demonstration.paper_texts import paper_texts, published_texts, speaking_authority
from api.documents import DocumentStore, OfCase, Prepared, prepare_of
from api.keeper import Keeper
from api.keyfiles import load_key
from api.node import Node
from api.recording import log_all
from credit.documents import day_text
from credit.reference.procedures import procedures
from trace.ledger.canonical import encode
from trace.ledger.statement import parse_statement, signed_statement
from trace.ledger.store import OpeningRow
from trace.ledger.submission import Signed
from trace.legal_days import SHANGHAI
from trace.queries import find_parties

PAPERS = Path(__file__).parent / "papers.csv"
RECEIVER = "演示签收人"
NOTHING_KNOWN: Mapping[str, str] = MappingProxyType({})


@dataclass
class CaseDesk:
    """Where cases are handled. `made`: the papers by case, step and code."""

    node: Node
    store: DocumentStore
    runner: Runner
    keeper: Keeper
    made: dict[tuple[str, str, str], Prepared] = field(default_factory=dict)

    def keep(self) -> None:
        """What the node says by itself, now."""
        self.runner.run(self.keeper.look())

    def begin(
        self,
        procedure: str,
        step: str,
        by: Official | str,
        *,
        subject: str,
        authority: str,
        target: str | None = None,
        evidence: Iterable[Mapping[str, Any]] = (),
        known: Mapping[str, str] = NOTHING_KNOWN,
        **said: Any,
    ) -> OfCase:
        """A case with its first step, by an official or by the party itself. `known`: what the log says already of the fields of
        its papers."""
        opening = opening_of(
            self.node,
            procedure,
            subject=subject,
            authority=authority,
            region=DISTRICT,
            target=target,
            evidence=evidence,
        )
        case = OfCase(opening.statement.chain, procedure, subject, authority, DISTRICT)
        for code in sorted(procedures()[procedure].steps[step].documents):
            self._make(case, step, code, by, known)
        self._take(case, step, by, said, opening)
        return case

    def take(self, case: OfCase, step: str, by: Official | str, **said: Any) -> None:
        """A step with the papers of its row. Raises as the log refuses."""
        self._take(case, step, by, said, None)

    def hand_over(self, case: OfCase, step: str, code: str, by: Official) -> None:
        """The paper of a step, given to the party against its signature."""
        paper = self.paper(case, step, code, by)
        payload = {
            "document": code,
            "doc_no": paper.doc_no,
            "hash": paper.sha256,
            "method": "receipt",
            "to": case.subject,
            "served_on": self._day().isoformat(),
            "receiver": RECEIVER,
        }
        self.runner.run(log_all(self.node, self._signed("document_served", payload, case.id, by)))

    def paper(self, case: OfCase, step: str, code: str, by: Official | str) -> Prepared:
        """The paper that a step asks for: made once, then the same."""
        if (made := self.made.get((case.id, step, code))) is not None:
            return made
        author = by if isinstance(by, str) else by.party
        of_case = replace(case, speaks=speaking_authority(self.node, case.id, step, author))
        return self._make(of_case, step, code, by, paper_texts(self.node, self.store, case.id, step, code))

    def _make(self, case: OfCase, step: str, code: str, by: Official | str, known: Mapping[str, str]) -> Prepared:
        written = {name: self._filled(text, case) for name, text in texts().get(code, {}).items()}
        author = by if isinstance(by, str) else by.party
        made = self.runner.run(
            prepare_of(
                self.node, self.store, case, step=step, code=code, values={**written, **known}, prepared_by=author
            )
        )
        self.made[case.id, step, code] = made
        return made

    def _take(
        self, case: OfCase, step: str, by: Official | str, said: Mapping[str, Any], opening: Signed | None
    ) -> None:
        row = procedures()[case.procedure].steps[step]
        if row.published_fields:
            published = published_texts(self.node, self.store, case.id, step, said["published"])
            said = {**said, "published": published.stated}
            self._make(case, step, published.code, by, published.entry)
        papers = [self.paper(case, step, code, by) for code in sorted(row.documents)]
        payload = step_payload(
            case.procedure,
            step,
            opening=opening,
            guards={row.guard: True} if row.guard else {},
            documents=[{"code": one.code, "doc_no": one.doc_no, "hash": one.sha256} for one in papers],
            **said,
        )
        signed = (
            self._in_custody(payload, case.id, by)
            if isinstance(by, str)
            else self._signed("case_step", payload, case.id, by)
        )
        self.runner.run(log_step(self.node, self.store, signed, opening))

    def _filled(self, text: str, case: OfCase) -> str:
        """`{day}`: today; `{authority}`: by name; `{promise}`: the number of the promise that was given in the case."""
        numbers = {code: one.doc_no for (id, _, code), one in self.made.items() if id == case.id}
        with self.node.reading() as reads:
            (authority,) = find_parties(reads.connection, [case.authority])
        return text.format(day=day_text(self._day()), authority=authority["name"], promise=numbers.get("D-PROMISE", ""))

    def _day(self) -> Any:
        return self.node.clock().astimezone(SHANGHAI).date()

    def _signed(self, kind: str, payload: Mapping[str, Any], chain: str, by: Official) -> Signed:
        recorder = self.node.recorder
        fields, openings = recorder.draft(kind, payload, chain=chain, actor=by.party, id=recorder.new_id())
        statement = parse_statement(signed_statement(fields, [load_key(by.key_file)], recorder.created()))
        return Signed(statement, tuple(OpeningRow(one.commit, one.salt, encode(one.value)) for one in openings))

    def _in_custody(self, payload: Mapping[str, Any], chain: str, party: str) -> Signed:
        recorder = self.node.recorder
        return recorder.record(
            "case_step", payload, chain=chain, actor=party, recorded_by=RECORDED_BY, id=recorder.new_id()
        )


@lru_cache(maxsize=1)
def texts() -> Mapping[str, Mapping[str, str]]:
    """What stands in the fields of each paper of the demonstration that somebody has to fill."""
    found: dict[str, dict[str, str]] = {}
    with PAPERS.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["code"], {})[row["field"]] = row["text"]
    return found
