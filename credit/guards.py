"""Which conditions of a step does the program find out by itself, and which dates? Everything else the person answers. (pure)

A computed answer is never typed: it replaces whatever the step says. `None`: nothing speaks against it here, so the
person's own answer stands.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from trace.legal_days import legal_day
from trace.parties import is_natural_person
from trace.records import record_id, said
from trace.reports import is_settled_by, tested_by
from trace.rules import Tested, is_rapid, is_screening
from trace.samples import is_on_its_sample
from trace.state import Row, State

from .case_rows import Progress, progress_of
from .cases import Case, day_of
from .competence import list_power
from .reference.catalogue import catalogue
from .reference.procedures import NOT_OPEN, Step
from .services import SERVED, find_service

FINAL_STEPS = frozenset({"S07", "S08", "S09"})
"""Steps by which the failure of a supervision sample becomes final."""
CLASSES = ("minor", "general", "serious")
RAPID = "rapid_method"
"""The answer that comes with the report: everything that it found too high was found by a rapid method (快速检测)."""
SCREENED = "screening_only"
"""The same of the enzyme inhibition test (T-RAPID), which is never a basis for credit."""
_RAPID_RESULT = "serve_rapid_result"
_RETEST_FAILED, _RETESTING = "S07", "retesting"


@dataclass(frozen=True)
class Asked:
    """A step on its way in, or one that somebody thinks of taking. `payload`: what it says; `today`: the legal day of its
    received time."""

    state: State
    row: Row
    progress: Progress
    step: Step
    payload: Mapping[str, Any]
    today: date

    @property
    def said(self) -> Mapping[str, Any]:
        """What this step and those before it stated."""
        return {**self.progress.said, **self.payload}

    def record(self, name: str = "record") -> Row | None:
        """The trace record that the step names."""
        named = self.said.get(name)
        return self.state.find("record", record_id(named["chain"], named["seq"])) if named else None


def computed_answers(asked: Asked) -> dict[str, bool]:
    """The answers that are found out for this step: its own guard, and of what class the record is."""
    guard = asked.step.guard
    found = {f"class_is_{name}": _class_of(asked) == name for name in CLASSES} if "item" in asked.said else {}
    computed = COMPUTED.get(guard or "")
    answer = computed(asked) if computed else None
    if guard == "supervision_sample" and answer:
        found[RAPID] = _is_all_by(asked, is_rapid)
        found[SCREENED] = _is_all_by(asked, is_screening)
    return {**found, guard: answer} if guard and answer is not None else found


def computed_facts(asked: Asked) -> dict[str, date]:
    """The dates that a step brings with it: the period of a penalty from its paper, that of a repair from the record, that of a
    failed sample from the day on which it was final."""
    payload = asked.payload
    found: dict[str, date] = {}
    if "paper" in payload:
        found["decision_date"] = found["period_start"] = date.fromisoformat(payload["paper"]["dated"])
    if asked.row["procedure"] == "repair" and (record := target_record(asked.state, asked.row)) is not None:
        found["period_start"] = date.fromisoformat(record["period_start"] or record["anchor"])
    if asked.row["procedure"] == "trace_outcome" and asked.step.from_state == NOT_OPEN:
        found["period_start"] = _final_on(asked) or asked.today
    return found


def target_record(state: State, row: Row) -> Row | None:
    """The credit record that a repair is about."""
    return state.find("credit_record", row["target"]) if row["target"] else None


def _class_of(asked: Asked) -> str | None:
    item = catalogue().get(asked.said.get("item", ""))
    return item.severity if item else None


def _has_list_power(asked: Asked) -> bool:
    return list_power(asked.state, asked.row["authority"], asked.today) is not None


def _needs_upper(asked: Asked) -> bool:
    power = list_power(asked.state, asked.row["authority"], asked.today)
    return power is not None and power.upper_consent


def _is_failed_supervision(asked: Asked) -> bool:
    """A report of supervision sampling (监督抽查) that failed, of a sample drawn from the subject; monitoring never enters."""
    report = asked.record()
    if report is None or report["kind"] != "lab_report" or report["is_void"]:
        return False
    if report["goods_of"] != asked.row["subject"] or not is_on_its_sample(asked.state, report):
        return False
    told = said(report)
    return bool(told.get("report_kind") == "supervision" and told.get("conclusion") == "fail")


def _is_other_laboratory(asked: Asked) -> bool:
    """A re-test of what failed in the report that opened the case, by another laboratory that may report and by no rapid
    method (农产品质量安全法 art. 48, 51)."""
    retest = asked.record()
    opened = asked.progress.said.get("report")
    if retest is None or retest["kind"] != "retest_report" or opened is None:
        return False
    first = asked.state.find("record", record_id(opened["chain"], opened["seq"]))
    wanted = "pass" if asked.step.action == "retest_pass" else "fail"
    is_lawful = first is not None and is_settled_by(asked.state, first, retest)
    return is_lawful and said(retest).get("conclusion") == wanted


def is_of_another_method(step: Step, case: Case) -> bool:
    """Whether a step is for results of a rapid method alone, and this one is not.

    Four hours to ask for a re-test are for those; everybody else has five working days (农产品质量安全法 art. 51).
    """
    return step.action == _RAPID_RESULT and not case.answers.get(RAPID, False)


def asks_for_a_record(row: Row, step: str) -> bool:
    """Whether a failure becomes final by this step of its case and may bear a record (N09).

    What the enzyme inhibition test alone found needs a re-test that failed too: the goods are held, the party has its four
    hours, but without a laboratory's method there is no basis for credit.
    """
    if step not in FINAL_STEPS:
        return False
    return step == _RETEST_FAILED or not progress_of(row).case.answers.get(SCREENED, False)


def _is_all_by(asked: Asked, is_such: Callable[[Tested], bool]) -> bool:
    """Whether each thing that failed was found by such a method; a report that names no method shortens nobody's time."""
    report = asked.record()
    if report is None:
        return False
    told, day = said(report), legal_day(report["occurred_at"])
    failed = [one for one in told["items"] if one.get("judgement") == "fail"] or told["items"]
    return all(is_such(tested_by(report["actor"], day, {**told, "items": [one]})) for one in failed)


def _is_served(asked: Asked) -> bool:
    if is_of_another_method(asked.step, asked.progress.case):
        return False
    now = {one["code"]: one.get("hash") for one in asked.payload.get("documents", [])}
    for code in SERVED[asked.row["procedure"], asked.step.code]:
        earlier = asked.progress.paper(code)
        hash = now.get(code) or (earlier.hash if earlier else None)
        if hash is None or find_service(asked.row, asked.progress, code, hash, asked.today) is None:
            return False
    return True


def is_penalty(payload: Mapping[str, Any], today: date) -> bool:
    """An item that penalties enter by, its class and law with their basis, and the paper by hash, not dated later."""
    item = catalogue().get(payload.get("item", ""))
    has_basis = all(name in payload for name in ("class_basis", "legal_basis", "paper"))
    enters_so = item is not None and item.confirm_rule == "penalty_record" and item.severity is not None
    return enters_so and has_basis and payload["paper"]["dated"] <= today.isoformat()


def is_natural(state: State, party: str) -> bool:
    row = state.rows["party", party]
    return is_natural_person(row["legal_form"], row["uscc"])


def _may_be_shown(asked: Asked) -> bool | None:
    """No natural person without a law that says so (浙江省公共信用信息管理条例 art. 15), no simple procedure, no bare warning."""
    item = catalogue().get(asked.said.get("item", "P05"))
    if is_natural(asked.state, asked.row["subject"]) or item is None or item.publicity == "no":
        return False
    return None


def _is_granted(asked: Asked) -> bool:
    """A repair of a record of this case was granted, in the same transaction."""
    mine = set(asked.state.ids_of("credit_record.case", asked.row["id"]))
    cases = (asked.state.rows["case", id] for id in asked.state.ids_of("case.subject", asked.row["subject"]))
    return any(one["procedure"] == "repair" and one["state"] == "granted" and one["target"] in mine for one in cases)


def _is_declared(asked: Asked) -> bool:
    """A rule of the catalogue fired: here the final failure of a supervision sample (N09)."""
    report = asked.payload.get("record")
    if asked.payload.get("item") != "N09" or report is None:
        return False
    return asked.state.owed.get(outcome_of(report)) is not None and _final_on(asked) is not None


def _final_on(asked: Asked) -> date | None:
    """The legal day on which the failure that a step names became final for its party; None: it did not.

    A server that was off, and could only say so later, moves it not.
    """
    cases = (asked.state.rows["case", id] for id in asked.state.ids_of("case.subject", asked.row["subject"]))
    samples = (progress_of(row) for row in cases if row["procedure"] == "sample_result")
    its = next((one for one in samples if one.said.get("report") == asked.payload.get("record")), None)
    return _day_of_failure(asked.state, its) if its is not None else None


def _day_of_failure(state: State, progress: Progress) -> date | None:
    """The window closed when it was over; a re-test counts from the day of its report, once it was asked for."""
    done = progress.case.done
    if _RETEST_FAILED in done:
        retest = progress.said["record"]
        received: str = state.rows["record", record_id(retest["chain"], retest["seq"])]["received"]
        return max(legal_day(received), day_of(progress.case.entered[_RETESTING]))
    return next((day_of(done[step].at) for step in FINAL_STEPS & done.keys()), None)


OWED = "case:"
"""How the keys begin under which a group still owes something to a case."""


def first_step_of(case: str) -> str:
    """Under which key an opening owes the step that signs for it."""
    return f"{OWED}first {case}"


def outcome_of(report: Mapping[str, Any]) -> str:
    """Under which key a final failure owes the case that follows from it."""
    return f"{OWED}outcome {record_id(report['chain'], report['seq'])}"


def repair_of(record: str) -> str:
    """Under which key a grant owes the end of the record in its own case."""
    return f"{OWED}repair {record}"


def _always(_asked: Asked) -> bool:
    """No other node or office has this record yet, so nobody's answer is waited for (credit.md 3)."""
    return True


COMPUTED: Mapping[str, Callable[[Asked], bool | None]] = {
    "competent_basis": _has_list_power,
    "upper_required": _needs_upper,
    "decision_complete_no_upper": lambda asked: not _needs_upper(asked),
    "decision_complete": _needs_upper,
    "supervision_sample": _is_failed_supervision,
    "other_laboratory": _is_other_laboratory,
    "service_proven": _is_served,
    "service_proven_two_papers": _is_served,
    "catalogue_item": lambda asked: is_penalty(asked.payload, asked.today),
    "class_public": _may_be_shown,
    "publishable": _may_be_shown,
    "repair_granted": _is_granted,
    "declared_rule": _is_declared,
    "all_acknowledged": _always,
}
