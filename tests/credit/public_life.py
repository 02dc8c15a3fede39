"""What may everybody see on a day? Read from the steps in the log, by the words of the law alone.

No table and no row of the program is asked: a penalty is shown from its publication until 3, 12 or 36 months from the date of
its document, a listing for 36 months from its publication, both inclusive; neither while it is stayed, suspended or under a
temporary repair, nor once it was repaired, annulled, left or ended. A human being never.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

from .case_parts import COOP, MARKET
from .log_reader import Said

Shown = frozenset[tuple[str, str, str]]
LEGAL_PERSONS = frozenset({COOP, MARKET})
MONTHS = {"P01": 3, "P02": 3, "P03": 12, "P04": 36}
LISTED_MONTHS = 36
SHANGHAI = timezone(timedelta(hours=8))
ENDS = {
    "penalty_record": {"stop_minor", "stop_general", "stop_serious", "stop_undone", "repair_end", "annul", "lapse"},
    "listing": {"grant_removal", "remove_after_plan", "expire", "annul"},
}
HIDES = {"pause", "suspend"}
SHOWS_AGAIN = {"resume"}


def legal_day(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()


def months_after(day: date, months: int) -> date:
    """The same day number, else the last of that month (民法典 201 ff.)."""
    year, month = day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1
    after = date(year + month // 12, month % 12 + 1, 1)
    return min(date(year, month, 1) + timedelta(days=day.day - 1), after - timedelta(days=1))


@dataclass
class Life:
    """One case with what of it may be seen."""

    procedure: str
    subject: str
    target: str | None
    item: str = "P05"
    dated: date | None = None
    since: date | None = None
    until: date | None = None
    is_over: bool = False
    hidden_by: set[str] = field(default_factory=set)

    def is_shown(self, day: date) -> bool:
        within = self.since is not None and self.until is not None and self.since <= day <= self.until
        return within and not self.is_over and not self.hidden_by and self.subject in LEGAL_PERSONS


class PublicLife:
    """Reads entries one by one and knows after each what may be seen."""

    def __init__(self) -> None:
        self.lives: dict[str, Life] = {}
        self._case_of_record: dict[str, str] = {}

    def read(self, said: Said) -> None:
        match said.kind:
            case "case_opened":
                payload = said.payload
                self.lives[said.chain] = Life(payload["procedure"], payload["subject"], payload.get("target"))
            case "record_entered" if "case" in said.payload:
                self._case_of_record[f"{said.chain}/{said.seq}"] = said.payload["case"]
            case "case_step":
                self._step(said, self.lives[said.chain])

    def shown(self, day: date) -> Shown:
        found = set()
        for case, life in self.lives.items():
            if life.is_shown(day):
                until = str(life.until)
                found |= {(life.item, case, until)} | (
                    {("listing", case, until)} if life.procedure == "listing" else set()
                )
        return frozenset(found)

    def _step(self, said: Said, life: Life) -> None:
        action, day = said.payload["action"], legal_day(said.at)
        if life.procedure == "repair":
            self._repair(said.chain, action, life)
        elif action == "publish":
            life.since = day
            life.until = (
                months_after(day, LISTED_MONTHS)
                if life.procedure == "listing"
                else months_after(life.dated or day, MONTHS[life.item])
            )
        elif life.procedure == "penalty_record" and "paper" in said.payload:
            life.item, life.dated = said.payload["item"], date.fromisoformat(said.payload["paper"]["dated"])
        elif action in ENDS.get(life.procedure, ()):
            life.is_over = True
            life.hidden_by.discard(said.chain)
        elif action == "reinstate":
            life.is_over = False
        elif action in HIDES:
            life.hidden_by.add(said.chain)
        elif action in SHOWS_AGAIN:
            life.hidden_by.discard(said.chain)

    def _repair(self, chain: str, action: str, life: Life) -> None:
        case = self._case_of_record.get(life.target or "")
        if case is not None and action == "grant_temporary":
            self.lives[case].hidden_by.add(chain)
        elif case is not None and action == "end_temporary":
            self.lives[case].hidden_by.discard(chain)
