"""How does one failed supervision sample walk to a credit record, a test at the market's gate, and its repair?

On fixed days of the season, each step on the first day on which it may be taken; the second sample failed today, and its
party has five working days to ask for a re-test.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from api.demonstration.casedesk import CaseDesk
from api.demonstration.goods import Hands
from api.demonstration.officials import Official
from api.documents import OfCase
from api.season import Interlude, Played
from credit.queries import list_cases, records_of_subject
from trace.legal_days import SHANGHAI

OWNER = "谯城区芍里中药材种植专业合作社（示例）"
LABORATORY = "亳州溯源检验检测中心（示例）"
MARKET = "亳州谯东农产品批发市场有限公司（示例）"
SOURCE = "2026 十河田间批"
SAMPLE_NO, REPORT_NO = "JD-CY-2026-0918-01", "JD-2026-09211"
LOT_FAILED, LOT_LET_IN, LOT_TODAY = "演示抽检批-1", "演示抽检批-2", "演示抽检批-3"
SAMPLE_NO_TODAY, REPORT_NO_TODAY = "JD-CY-2026-02", "JD-2026-02"
GROUNDS = "监督抽查不合格，期限内没有申请复检（演示）"
GROUNDS_OF_REPAIR = "整改已核实，准予修复（演示）"


def at(month: int, day: int, hour: int = 10) -> datetime:
    """A moment of the season's last year."""
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI)


@dataclass
class SampleStory:
    """Who takes part, and the batches that are opened for it, by lot number.

    Nothing happens in a season without these parties and the batch that the goods come from.
    """

    desk: CaseDesk
    hands: Hands
    officials: tuple[Official, ...]
    farming: str
    batches: dict[str, str] = field(default_factory=dict)
    sample: Mapping[str, Any] = field(default_factory=dict)
    repair: OfCase | None = None

    def interludes(self) -> tuple[Interlude, ...]:
        """The window: 2026-09-24 to 10-08, over the holidays; time to answer: 10-10 (worked) to 10-15."""
        acts = (
            (at(9, 18, 11), self._open),
            (at(9, 18, 15), self._draw),
            (at(9, 21), self._fail),
            (at(9, 23), self._tell_result),
            (at(10, 9), self._tell_fact),
            (at(10, 16), self._confirm),
            (at(10, 19), self._confirm_second),
            (at(10, 21), self._let_in),
            (at(11, 2), self._apply),
            (at(11, 3), self._accept),
            (at(11, 4), self._verify),
            (at(11, 5), self._grant),
        )
        return tuple(Interlude(moment, self._where_all_are(act)) for moment, act in acts)

    def fail_today(self, played: Played) -> None:
        """Another sample, told to its party today: it may ask for a re-test."""
        if _has_all(played):
            batch = self._batch(played, LOT_TODAY)
            sample = self.hands.sample(played.parties[LABORATORY], batch, played.parties[OWNER], SAMPLE_NO_TODAY)
            self._report(played, batch, sample, SAMPLE_NO_TODAY, REPORT_NO_TODAY)
            self._tell_result(played)

    def _where_all_are(self, act: Callable[[Played], None]) -> Callable[[Played], None]:
        def done(played: Played) -> None:
            if _has_all(played):
                self.desk.keep()
                act(played)

        return done

    def _open(self, played: Played) -> None:
        self._batch(played, LOT_FAILED)

    def _batch(self, played: Played, lot_no: str) -> str:
        batch = self.hands.open_batch(played.parties[OWNER], played.batches[SOURCE], "100", lot_no)
        self.batches[lot_no] = batch
        return batch

    def _draw(self, played: Played) -> None:
        self.sample = self.hands.sample(
            played.parties[LABORATORY], self.batches[LOT_FAILED], played.parties[OWNER], SAMPLE_NO
        )

    def _fail(self, played: Played) -> None:
        self._report(played, self.batches[LOT_FAILED], self.sample, SAMPLE_NO, REPORT_NO)

    def _report(self, played: Played, batch: str, sample: Mapping[str, Any], sample_no: str, report_no: str) -> None:
        self.hands.report_failure(played.parties[LABORATORY], batch, sample, sample_no, report_no)
        self.desk.keep()

    def _tell_result(self, played: Played) -> None:
        case, one = self._case(played, "sample_result"), self.officials[0]
        self.desk.hand_over(case, "S02", "D-RESULT-NOTICE", one)
        self.desk.take(case, "S02", one)

    def _tell_fact(self, played: Played) -> None:
        case, one = self._case(played, "trace_outcome"), self.officials[0]
        self.desk.hand_over(case, "T02", "D-FACT-NOTICE", one)
        self.desk.take(case, "T02", one)

    def _confirm(self, played: Played) -> None:
        self.desk.take(self._case(played, "trace_outcome"), "T05", self.officials[0], grounds=GROUNDS)

    def _confirm_second(self, played: Played) -> None:
        self.desk.take(self._case(played, "trace_outcome"), "T06", self.officials[1])

    def _let_in(self, played: Played) -> None:
        if MARKET in played.parties:
            batch = self._batch(played, LOT_LET_IN)
            self.hands.let_in(played.parties[MARKET], batch, played.parties[OWNER], "100")

    def _apply(self, played: Played) -> None:
        owner = played.parties[OWNER]
        with self.desk.node.reading() as reads:
            records = records_of_subject(reads.connection, owner)
        record = next(one["id"] for one in records if one["item"] == "N09")
        self.repair = self.desk.begin("repair", "X01", owner, subject=owner, authority=self.farming, target=record)

    def _accept(self, played: Played) -> None:
        self._repaired("X07", self.officials[0])

    def _verify(self, played: Played) -> None:
        self._repaired("X09", self.officials[1])

    def _grant(self, played: Played) -> None:
        self._repaired("X12", self.officials[2], grounds=GROUNDS_OF_REPAIR)

    def _repaired(self, step: str, by: Official, **said: Any) -> None:
        if self.repair is not None:
            self.desk.take(self.repair, step, by, **said)

    def _case(self, played: Played, procedure: str) -> OfCase:
        """The one that the node opened last."""
        with self.desk.node.reading() as reads:
            rows = list_cases(reads.connection, subject=played.parties[OWNER])
        row = max((one for one in rows if one["procedure"] == procedure), key=lambda one: int(one["index"]))
        return OfCase(row["id"], procedure, row["subject"], row["authority"], row["region"])


def _has_all(played: Played) -> bool:
    return {OWNER, LABORATORY} <= played.parties.keys() and SOURCE in played.batches
