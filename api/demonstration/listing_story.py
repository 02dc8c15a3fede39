"""How does one heavy penalty walk to a statutory list that everybody can read? A party made for it, listed until 2029.

On the days of credit.md 13: told on 2026-09-22, five working days over the National Day, decided 10-14, listed 10-20.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from api.demonstration.bureaus import Bureaus
from api.demonstration.casedesk import CaseDesk
from api.demonstration.officials import DISTRICT, RECORDED_BY, Official
from api.documents import OfCase
from api.season import Interlude, Played
from trace.ledger.submission import Submission
from trace.legal_days import SHANGHAI

SUBJECT = "谯城区虚构药材有限公司（演示，不是真实主体）"
USCC = "91341602EXAMPLE09D"
ADDRESS = "谯东镇示例大道 99 号（演示）"
GROUNDS_OF_LISTING = "处罚决定已生效，情节严重，符合列入条件（演示）"


def at(month: int, day: int, hour: int = 10) -> datetime:
    """A moment of 2026."""
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI)


@dataclass
class ListingStory:
    """Who takes part: three officials of the district, one of the city. `subject`: once it is registered."""

    desk: CaseDesk
    officials: tuple[Official, ...]
    bureaus: Bureaus
    case: OfCase | None = None
    subject: str = ""

    def interludes(self) -> tuple[Interlude, ...]:
        """Each step on a day of its own; the defence closes by itself."""
        one, two, three, city = self.officials
        acts: tuple[tuple[datetime, Callable[[Played], None]], ...] = (
            (at(8, 18), self._register),
            (at(8, 20), self._propose),
            (at(8, 24), self._taking("L03", two)),
            (at(9, 22), self._serving(one, "L04", ("L03", "D-LIST-NOTICE"))),
            (at(10, 12), self._taking("L15", three)),
            (at(10, 12, 11), self._taking("L18", two)),
            (at(10, 13), self._taking("L19", city)),
            (at(10, 14), self._decide),
            (at(10, 16), self._serving(one, "L25", ("L22", "D-LIST-DECISION"), ("L25", "D-REPAIR-NOTICE"))),
            (at(10, 20), self._publish),
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

    def _propose(self, _played: Played) -> None:
        self.case = self.desk.begin(
            "listing", "L01", self.officials[0], subject=self.subject, authority=self.bureaus.market
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

    def _publish(self, _played: Played) -> None:
        told = {
            "violation_kind": "演示：销售劣质药材，受到较重行政处罚",
            "ground_articles": "市场监督管理严重违法失信名单管理办法第二条",
        }
        self._take("L27", self.officials[2], published=told)

    def _take(self, step: str, by: Official, **said: object) -> None:
        if self.case is not None:
            self.desk.keep()
            self.desk.take(self.case, step, by, **said)
