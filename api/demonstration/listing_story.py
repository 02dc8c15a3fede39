"""How does one heavy penalty walk to a statutory list that everybody can read? A party made for it, listed until 2029.

Its penalty is entered, served and published in July. The listing has the days of credit.md 13: told on 2026-09-22, five working
days over the National Day, decided 10-14, listed 10-20.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from api.demonstration.bureaus import Bureaus
from api.demonstration.casedesk import CaseDesk
from api.demonstration.officials import DISTRICT, RECORDED_BY, Official
from api.demonstration.paper_texts import listing_texts, penalty_texts
from api.documents import OfCase
from api.season import Interlude, Played
from credit.queries import records_of_subject
from trace.ledger.submission import Submission
from trace.legal_days import SHANGHAI

SUBJECT = "谯城区虚构药材有限公司（演示，不是真实主体）"
USCC = "91341602EXAMPLE09D"
ADDRESS = "谯东镇示例大道 99 号（演示）"
GROUNDS_OF_LISTING = "处罚决定已生效，情节严重，符合列入条件（演示）"
DECISION = Path(__file__).parent / "files" / "penalty-decision.txt"
PENALTY: dict[str, Any] = {
    "item": "P04",
    "class_basis": "严重失信信息（演示）",
    "legal_basis": "药品管理法第一百一十七条（演示）",
}
DOCUMENT = {
    "number": "谯市监罚〔2026〕演示 1 号",
    "authority": "谯城区市场监督管理局（演示）",
    "dated": "2026-07-20",
    "hash": hashlib.sha256(DECISION.read_bytes()).hexdigest(),
}
PUBLISHED = {"violation_kind": "演示：销售劣质药材，受到较重行政处罚", "measures": "没收违法所得，罚款（演示）"}
"""What the registrar says of either publication, where it is asked."""


def at(month: int, day: int, hour: int = 10) -> datetime:
    """A moment of 2026."""
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI)


@dataclass
class ListingStory:
    """Who takes part: three officials of the district, one of the city. `subject`: once it is registered; `case`: the one that
    is walked."""

    desk: CaseDesk
    officials: tuple[Official, ...]
    bureaus: Bureaus
    case: OfCase | None = None
    subject: str = ""

    def interludes(self) -> tuple[Interlude, ...]:
        """Each step on a day of its own; the defence closes by itself."""
        one, two, three, city = self.officials
        acts: tuple[tuple[datetime, Callable[[Played], None]], ...] = (
            (at(7, 21), self._register),
            (at(7, 22), self._enter_penalty),
            (at(7, 23), self._taking("P05", two)),
            (at(7, 24), self._serving(one, "P06", ("P06", "D-PUB-NOTICE"), ("P06", "D-REPAIR-NOTICE"))),
            (at(7, 27), self._publishing("P07", three)),
            (at(8, 20), self._propose),
            (at(8, 24), self._taking("L03", two)),
            (at(9, 22), self._serving(one, "L04", ("L03", "D-LIST-NOTICE"))),
            (at(10, 12), self._taking("L15", three)),
            (at(10, 12, 11), self._taking("L18", two)),
            (at(10, 13), self._taking("L19", city)),
            (at(10, 14), self._decide),
            (at(10, 16), self._serving(one, "L25", ("L22", "D-LIST-DECISION"), ("L25", "D-REPAIR-NOTICE"))),
            (at(10, 20), self._publishing("L27", three)),
        )
        return tuple(Interlude(moment, act) for moment, act in acts)

    def _register(self, _played: Played) -> None:
        recorder = self.desk.node.recorder
        self.subject = recorder.new_chain()
        payload = {"name": SUBJECT, "legal_form": "enterprise", "roles": ["processor"], "region": DISTRICT}
        signed = recorder.record(
            "party_registered",
            {**payload, "uscc": USCC, "address": ADDRESS},
            chain=self.subject,
            actor=recorder.node_chain,
            recorded_by=RECORDED_BY,
            id=recorder.new_id(),
        )
        self.desk.node.log.submit(Submission((signed,))).result()

    def _enter_penalty(self, _played: Played) -> None:
        self.case = self.desk.begin(
            "penalty_record",
            "P01",
            self.officials[0],
            subject=self.subject,
            authority=self.bureaus.market,
            known=penalty_texts(**PENALTY, document=DOCUMENT),
            **PENALTY,
            paper=DOCUMENT,
        )

    def _propose(self, _played: Played) -> None:
        with self.desk.node.reading() as reads:
            (penalty,) = records_of_subject(reads.connection, self.subject)
        chain, _, seq = penalty["id"].rpartition("/")
        self.case = self.desk.begin(
            "listing",
            "L01",
            self.officials[0],
            subject=self.subject,
            authority=self.bureaus.market,
            evidence=[{"chain": chain, "seq": int(seq), "leaf": penalty["leaf"]}],
            known=listing_texts(self.desk.node, self.bureaus.market, penalty),
        )

    def _taking(self, step: str, by: Official) -> Callable[[Played], None]:
        return lambda _played: self._take(step, by)

    def _serving(self, by: Official, step: str, *papers: tuple[str, str]) -> Callable[[Played], None]:
        def served(_played: Played) -> None:
            if self.case is not None:
                for of_step, code in papers:
                    self.desk.hand_over(self.case, of_step, code, by)
                self._take(step, by)

        return served

    def _decide(self, _played: Played) -> None:
        self._take("L22", self.officials[1], grounds=GROUNDS_OF_LISTING)

    def _publishing(self, step: str, by: Official) -> Callable[[Played], None]:
        return lambda _played: self._take(step, by, published=PUBLISHED)

    def _take(self, step: str, by: Official, **said: object) -> None:
        if self.case is not None:
            self.desk.keep()
            self.desk.take(self.case, step, by, **said)
