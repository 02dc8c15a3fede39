"""Random people try random steps in the cases of one log on random dates; and the same walk told again by a server that was off.

The table is used to choose what is tried, mostly something near a lawful step. What is lawful is judged elsewhere, from the log
alone (lawful_ways.py, public_life.py).
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from credit.case_rows import progress_of
from credit.cases import day_of
from credit.judging import opening_hash
from credit.own_steps import OwnCase, belongs_to, brought_by_the_clock
from credit.procedure import next_engine_step
from credit.publicity import listings_on, records_on
from credit.reference.holidays import legal_calendar
from credit.reference.procedures import SUBJECT, Kind, Step, procedures
from credit.services import CALLED_BY, SERVED
from trace.ledger.errors import DomainError
from trace.ledger.statement import StatementError
from trace.ledger.submission import Signed
from trace.state import Row

from .case_parts import (
    AUTHORITY,
    BATCH,
    COOP,
    FAR,
    FILE,
    HOUSEHOLD,
    KEYS,
    LAB,
    MARKET,
    MARKET_OFFICE,
    NODE_CHAIN,
    OFFICE,
    ONE,
    OTHER_LAB,
    THREE,
    TWO,
    UPPER,
    Told,
    at,
    entry,
)
from .public_life import LEGAL_PERSONS, Shown

SUBJECTS = (COOP, MARKET, HOUSEHOLD)
OFFICIALS = (ONE, TWO, THREE)
ANYBODY = (*OFFICIALS, UPPER, FAR, COOP, MARKET, LAB, NODE_CHAIN)
SEALED = ("sample_result", "trace_outcome", "penalty_record", "listing", "repair")
TRIES = 170
STEPS_OF_TIME = (0, 0, 0, 0, 1, 1, 2, 4, 8)
JUMPS = (25, 45, 100, 370)
REST = timedelta(days=1_200)
"""At the end nobody does anything for longer than any term of 36 months."""
HOURS = ((0, 0, 0), (9, 0, 0), (9, 0, 0), (16, 30, 0), (23, 59, 59))
STRANGE: tuple[Mapping[str, Any], ...] = (
    {"item": "P05"},
    {"facts": {"restriction_end": "2040-01-01"}},
    {"facts": {"period_start": "2026-08-03", "listing_date": "2026-08-03"}},
    {"guards": {"not_handled": False, "term_over": False}},
    {"paper_on": "2026-08-03"},
)


@dataclass(frozen=True)
class Try:
    """What somebody tries at a moment. `about`: for a repair the case whose record it is about; for a report its kind."""

    at: datetime
    what: str
    case: str
    procedure: str = ""
    code: str = ""
    actor: str = NODE_CHAIN
    subject: str = COOP
    about: str = ""
    said: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Look:
    """What everybody saw at a moment, when the log had so many entries."""

    at: datetime
    size: int
    shown: Shown


def prepared(log: Told) -> None:
    """A legal person more, credit files, and an official whose kin is the household."""
    market = {"name": "示例市场", "legal_form": "enterprise", "roles": ["market"], "region": "341602"}
    log.say(MARKET, "party_registered", {**market, "uscc": "93341602MA75428340"})
    log.say(MARKET, "key_added", {"key": KEYS[MARKET].did, "authenticated": "in person"})
    for number, subject in enumerate(SUBJECTS):
        log.open_file(subject, FILE[:-1] + str(number))
    office = {"party": THREE, "offices": ["case_officer"], "authority": AUTHORITY, "region": "341602"}
    log.say(
        OFFICE, "office_given", {**office, "basis": "谯农发〔2026〕9号", "interests": [HOUSEHOLD]}, ONE, beside=(TWO,)
    )


class Server:
    """One log with the program that keeps it. `is_on`: it says what the clock has brought in that very moment."""

    def __init__(self, log: Told, *, is_on: bool) -> None:
        self.log, self.is_on = log, is_on
        self.looks: list[Look] = []
        self.accepted: list[Try] = []
        self.refused: dict[str, int] = {}
        self._rows: tuple[int, list[Row], list[Row]] = (0, [], [])
        self._dues: tuple[int, list[tuple[Row, str, datetime]]] = (0, [])
        prepared(log)

    def take(self, tried: Try) -> None:
        """Let the days pass until then, and log what is tried if it is accepted."""
        self.let_pass(tried.at)
        self.log.on(tried.at)
        try:
            for group in self._groups(tried):
                self.log.log(*group)
            self.accepted.append(tried)
        except (DomainError, StatementError) as refused:
            self.refused[refused.code] = self.refused.get(refused.code, 0) + 1
        self.look(tried.at)

    def keep_up(self, until: datetime) -> None:
        """Say what the clock has brought by then: in the order in which it came, each at its moment where the server is on."""
        while (found := self._next_due(until)) is not None:
            row, code, moment = found
            now = self.log.now[0]
            self.log.on(max(now, moment if self.is_on else until))
            self.log.log(*self._with_followers(row, self.log.step(row["id"], row["procedure"], code), code))
            self.look(self.log.now[0])

    def look(self, moment: datetime) -> None:
        size = self.log.node.log.size
        if self._rows[0] != size:
            records = [row for one in SUBJECTS for row in self.log.records(one)]
            self._rows = (size, self.log.listings(), records)
        day = day_of(moment)
        listings = listings_on(self._rows[1], LEGAL_PERSONS, day)
        records = records_on(self._rows[2], LEGAL_PERSONS, day)
        shown = {("listing", row["case"], row["until"]) for row in listings}
        shown |= {(row["item"], row["case"], row["published_until"]) for row in records}
        self.looks.append(Look(moment, size, frozenset(shown)))

    def let_pass(self, moment: datetime) -> None:
        """Midnight by midnight, for whoever looks."""
        day = day_of(self.log.now[0]) + timedelta(days=1)
        while day <= day_of(moment):
            midnight = at(day.isoformat(), 0)
            if self.is_on:
                self.keep_up(midnight)
            self.look(midnight)
            day += timedelta(days=1)
        if self.is_on:
            self.keep_up(moment)

    def _next_due(self, until: datetime) -> tuple[Row, str, datetime] | None:
        size = self.log.node.log.size
        if self._dues[0] != size:
            found = []
            for row in self.log.cases():
                due = next_engine_step(procedures()[row["procedure"]], progress_of(row).case, legal_calendar())
                if row["kind"] != "terminal" and due is not None:
                    found.append((row, due.step.code, due.at))
            self._dues = (size, sorted(found, key=lambda one: one[2]))
        first = next(iter(self._dues[1]), None)
        return first if first is not None and first[2] <= until else None

    # ---- what enters together ----

    def _groups(self, tried: Try) -> Iterator[tuple[Signed, ...]]:
        log = self.log
        match tried.what:
            case "rest":
                return
            case "serve":
                yield (log.made(tried.case, "document_served", dict(tried.said), tried.actor),)
            case "sample":
                report = log.log(log.made(BATCH, "lab_report", failed(tried), LAB))[0]
                opening = log.opening(tried.case, "sample_result", target=BATCH, evidence=[entry(report)])
                yield opening, self._first(opening, "sample_result", "S01", record=entry(report))
            case "retest":
                told = progress_of(log.case(tried.case)).said["report"]
                result = {"S06": "pass", "S07": "fail"}[tried.code]
                items = [{"item": "T-SO2", "value": "88" if result == "pass" else "300", "unit": "mg/kg"}]
                said = {"retest_of": told, "items": items, "conclusion": result, "cma_no": "CMA-示例-02"}
                retest = entry(log.log(log.made(BATCH, "retest_report", said, tried.actor))[0])
                step = log.step(tried.case, "sample_result", tried.code, record=retest)
                yield self._with_followers(log.case(tried.case), step, tried.code)
            case "open":
                target = self._record_of(tried.about) if tried.about else None
                more = {"target": target["id"]} if target else {}
                authority = MARKET_OFFICE if tried.procedure == "listing" else AUTHORITY
                opening = log.opening(
                    tried.case, tried.procedure, tried.subject, authority=authority, region="341602", **more
                )
                yield opening, self._first(opening, tried.procedure, tried.code, tried.actor, **tried.said)
            case _:
                row = next((one for one in log.cases() if one["id"] == tried.case), None)
                if row is None:
                    return  # the server that was off has not asked this question yet
                step = log.step(tried.case, tried.procedure, tried.code, tried.actor, **tried.said)
                yield (*self._due_before(row, tried), *self._with_followers(row, step, tried.code))

    def _first(self, opening: Signed, procedure: str, code: str, actor: str = NODE_CHAIN, **said: Any) -> Signed:
        said["opens"] = opening_hash(opening.statement)
        return self.log.step(opening.statement.chain, procedure, code, actor, **said)

    def _due_before(self, row: Row, tried: Try) -> Iterator[Signed]:
        """Who acts in a case that the clock has moved brings these steps with it, as the program does."""
        due = brought_by_the_clock(row, self.log.now[0])
        if not (due and tried.actor == NODE_CHAIN and due[0].step == tried.code):
            yield from (self.log.step(one.case, one.procedure, one.step) for one in due)

    def _with_followers(self, row: Row, step: Signed, code: str) -> tuple[Signed, ...]:
        record = self._record_by_id(row["target"]) if row["procedure"] == "repair" else None
        repaired = self.log.case(record["case"]) if record else None
        group = [step]
        for one in belongs_to(row, code, repaired):
            if isinstance(one, OwnCase):
                chain = ("of" + row["id"])[:22].ljust(22, "o")
                opening = self.log.opening(chain, one.procedure, target=one.target, evidence=list(one.evidence))
                group += [opening, self._first(opening, one.procedure, one.step, **one.said)]
            else:
                group.append(self.log.step(one.case, one.procedure, one.step))
        return tuple(group)

    def _record_by_id(self, id: str | None) -> Row | None:
        return next((row for one in SUBJECTS for row in self.log.records(one) if row["id"] == id), None)

    def _record_of(self, case: str) -> Row | None:
        found = [row for one in SUBJECTS for row in self.log.records(one) if row["case"] == case]
        return found[-1] if found else None


def failed(tried: Try) -> dict[str, Any]:
    return {
        "items": [{"item": "T-SO2", "value": "412", "unit": "mg/kg", "limit": "150", "judgement": "fail"}],
        "conclusion": "fail",
        "report_kind": tried.about,
        "report_no": f"监{tried.case}",
        "cma_no": "CMA-示例-01",
        "tested_on": "2026-08-03",
    }


class Chance:
    """Chooses what is tried next, looking at where the cases of a server stand."""

    def __init__(self, seed: int, server: Server) -> None:
        self.random, self.server = Random(seed), server
        self.versions: dict[tuple[str, str], int] = {}
        self.opened = 0
        self.now = at("2026-08-04") + timedelta(days=self.random.randrange(200))

    def tries(self) -> Iterator[Try]:
        yield from self._tries()
        yield Try(self.now + REST, "rest", "")

    def _tries(self) -> Iterator[Try]:
        for _ in range(TRIES):
            self._move_on()
            self.server.let_pass(self.now)
            rows = self.server.log.cases()
            if len(rows) < 3 or self.random.random() < 0.06:
                yield from self._opening(rows)
            else:
                yield from self._step(self.random.choices(rows, [_weight(row) for row in rows])[0])

    def _often(self, share: float) -> bool:
        return self.random.random() < share

    def _move_on(self) -> None:
        days = self.random.choice(JUMPS) if self._often(0.03) else self.random.choice(STEPS_OF_TIME)
        later = at((day_of(self.now) + timedelta(days=days)).isoformat(), *self.random.choice(HOURS))
        self.now = max(self.now, later)

    def _person(self, step: Step, row: Row) -> str:
        if self._often(0.12):
            return self.random.choice(ANYBODY)
        match step.actor_role:
            case "subject":
                return str(row["subject"]) if self._often(0.8) else self.random.choice(OFFICIALS)
            case "upper_authority":
                return UPPER
            case "system" | "laboratory":
                return NODE_CHAIN
            case _:
                done = progress_of(row).case.done
                earlier = {done[code].person for others in step.differs for code in others if code in done}
                others = [one for one in OFFICIALS if one not in earlier]
                return self.random.choice(others if others and self._often(0.8) else OFFICIALS)

    # ---- openings ----

    def _opening(self, rows: list[Row]) -> Iterator[Try]:
        self.opened += 1
        name = f"case{self.opened:02}".ljust(22, "x")
        subject, who = self.random.choices(SUBJECTS, (5, 5, 2))[0], self.random.choice(OFFICIALS)
        records = [row for one in SUBJECTS for row in self.server.log.records(one) if row["case"]]
        match self.random.choices(("sample", "penalty", "listing", "repair"), (2, 3, 4, 3 if records else 0))[0]:
            case "sample":
                kind = "supervision" if self._often(0.8) else "monitoring"
                yield Try(self.now, "sample", name, "sample_result", "S01", about=kind)
            case "penalty":
                said = {**self._papers(name, ("D-REC-ENTRY",)), **self._entry()}
                yield Try(self.now, "open", name, "penalty_record", "P01", who, subject, said=said)
            case "listing":
                said = self._papers(name, ("D-LIST-PROPOSAL",))
                yield Try(self.now, "open", name, "listing", "L01", who, subject, said=said)
            case _:
                record = self.random.choice(records)
                code = {"minor": "X01", "general": "X02", "serious": "X03"}.get(record["class"], "X01")
                code = self.random.choice(("X01", "X02", "X03", "X30", "X30")) if self._often(0.25) else code
                step = procedures()["repair"].steps[code]
                said = {**self._papers(name, step.documents), **self._as_subject(record["subject"])}
                yield Try(
                    self.now, "open", name, "repair", code, record["subject"], record["subject"], record["case"], said
                )

    def _entry(self) -> dict[str, Any]:
        dated = day_of(self.now) - timedelta(days=self.random.choice((0, 0, 1, 3, 25, -1)))
        number = self.opened if self._often(0.9) else 1
        return {
            "item": self.random.choice(("P03", "P03", "P03", "P04", "P02", "P05", "N09")),
            "class_basis": "见决定书",
            "legal_basis": "农产品质量安全法 第七十条",
            "paper": {
                "number": f"亳处罚〔2026〕{number}号",
                "authority": "示例主管部门",
                "dated": dated.isoformat(),
                "hash": hashlib.sha256(str(number).encode()).hexdigest(),
            },
        }

    # ---- steps ----

    def _step(self, row: Row) -> Iterator[Try]:
        procedure = procedures()[row["procedure"]]
        onwards = [
            one
            for one in procedure.steps_from(row["state"])
            if one.actor_role != "system" and (self._often(0.05) if _is_aside(one) else True)
        ]
        if onwards and self._often(0.93):
            step = self.random.choice(onwards)
        else:
            step = self.random.choice(list(procedure.steps.values()))
        actor = self._person(step, row)
        if step.code in ("S06", "S07") and row["state"] == "retesting":
            lab = self.random.choice((LAB, OTHER_LAB))
            yield Try(self.now, "retest", row["id"], row["procedure"], step.code, lab)
            return
        papers = self._papers(row["id"], step.documents, anew=step.code == "L03")
        if self._often(0.9):
            yield from self._services(row, step)
        said = {**papers, **self._details(step, row, actor)}
        yield Try(self.now, "step", row["id"], row["procedure"], step.code, actor, row["subject"], said=said)

    def _services(self, row: Row, step: Step) -> Iterator[Try]:
        at = (row["procedure"], step.code)
        for code in SERVED.get(at, ()) + CALLED_BY.get(at, ()):
            who = self.random.choice(OFFICIALS) if self._often(0.95) else self.random.choice((FAR, UPPER))
            late = timedelta(days=self.random.choice((0, 0, 0, 0, 0, 1, 30, -3)))
            yield Try(
                self.now,
                "serve",
                row["id"],
                actor=who,
                said={
                    "document": code,
                    "doc_no": f"谯{code}号",
                    "hash": self._hash(row["id"], code),
                    "method": "receipt" if late.days < 1 else "public-notice",
                    "to": row["subject"] if self._often(0.97) else LAB,
                    "served_on": (day_of(self.now) + late).isoformat(),
                    "receiver": "示例签收人",
                },
            )

    def _details(self, step: Step, row: Row, actor: str) -> dict[str, Any]:
        said: dict[str, Any] = {}
        if step.cosign and self._often(0.9):
            said["beside"] = (self.random.choice(OFFICIALS),)
        if step.actor_role == SUBJECT:
            said |= self._as_subject(actor)
        elif actor in OFFICIALS and self._often(0.03):
            said["custody"] = "platform"
        if step.code == "P03":
            said |= self._entry() if self._often(0.7) else {}
        if step.guard and self._often(0.04):
            said["guards"] = {step.guard: False}
        if self._often(0.04):
            said["documents"] = None
        if self._often(0.04):
            said |= self.random.choice(STRANGE)
        if actor in KEYS and self._often(0.02):
            said["keys"] = (KEYS[self.random.choice(OFFICIALS)],)
        return said

    def _as_subject(self, actor: str) -> dict[str, Any]:
        """By its own key, in its account, or on paper entered by a clerk."""
        if actor in OFFICIALS:
            return {"paper_on": (day_of(self.now) - timedelta(days=self.random.choice((0, 3)))).isoformat()}
        return {"custody": "platform"} if actor == HOUSEHOLD or self._often(0.5) else {}

    def _papers(self, case: str, codes: Iterable[str], *, anew: bool = False) -> dict[str, Any]:
        papers = []
        for code in codes:
            if anew or self._often(0.03):
                self.versions[case, code] = self.versions.get((case, code), 0) + 1
            papers.append({"code": code, "doc_no": f"谯{code}号", "hash": self._hash(case, code)})
        return {"documents": papers} if papers else {}

    def _hash(self, case: str, code: str) -> str:
        version = self.versions.get((case, code), 0)
        return hashlib.sha256(f"{case} {code} {version}".encode()).hexdigest()


RESTING = frozenset({"listed", "published", "internal", "removed", "done", "recorded", "final_fail"})


def _is_aside(step: Step) -> bool:
    """Leads out of the case, or back."""
    return step.to_kind is Kind.TERMINAL or step.action in ("keep_internal", "return_entry", "review_return")


def _weight(row: Row) -> float:
    """What the clock would soon end, more; what rests or is over, less."""
    if row["kind"] == "terminal":
        return 0.1
    if row["state"] in RESTING and (row["procedure"], row["state"]) != ("penalty_record", "recorded"):
        return 0.5
    return {"trace_outcome": 5.0, "penalty_record": 8.0, "repair": 4.0, "listing": 3.0}.get(row["procedure"], 2.0)
