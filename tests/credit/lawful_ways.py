"""Was everything that a log says of a party reached by the way that the law wants? Read from the log alone.

Written from credit.md and the laws that it names, by the names of the acts: no procedure table, no clock and no guard of the
program is asked. What is found missing is said in one word.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from .case_parts import COOP, HOUSEHOLD, KEYS, MARKET, NODE_CHAIN, ONE, THREE, TWO, UPPER
from .log_reader import Said
from .public_life import SHANGHAI, legal_day, months_after

OFFICIALS = frozenset({ONE, TWO, THREE})
INTERESTS: Mapping[str, frozenset[str]] = {HOUSEHOLD: frozenset({THREE})}
BY_NODE = frozenset(
    {
        *(
            "close_defence",
            "expire",
            "raise_bad",
            "explain_time_over",
            "lapse",
            "life_over",
            "repair_end",
            "report_fail",
        ),
        *("stop_minor", "stop_general", "stop_serious", "peers_done", "close_window", "retest_pass", "retest_fail"),
    }
)
ALSO_BY_NODE = frozenset({"keep_internal", "drop_revocation"})
"""What the clock does where an office is silent: neither harms anybody."""
BY_SUBJECT = frozenset(
    {
        *(
            "submit_defence",
            "submit_late_defence",
            "request_hearing",
            "waive_defence",
            "withdraw_hearing",
            "apply_removal",
        ),
        *("explain", "request_retest", "apply_minor", "apply_general", "apply_serious", "apply_temporary", "complete"),
        "withdraw",
    }
)
GIVES_UP = frozenset({"waive_defence", "withdraw_hearing", "withdraw"})
BY_UPPER = frozenset({"upper_agree", "upper_refuse"})
BY_TWO = frozenset(
    {"annul", "withdraw_decision", "suspend", "remove_after_plan", "stop_undone", "pause", "resume", "grant_temporary"}
    | {"end_temporary"}
)
OFF_2026 = (("01-01", 3), ("02-15", 9), ("04-04", 3), ("05-01", 5), ("06-19", 3), ("09-25", 3), ("10-01", 7))
WORKED_2026 = ("01-04", "02-14", "02-28", "05-09", "09-20", "10-10")
"""The notice of the State Council for 2026 (first day off and how many; weekend days worked). Later years: weekends alone."""


class Unlawful(AssertionError):
    """What is missing or forbidden, and where."""


@dataclass
class Case:
    """What was said in one case so far."""

    subject: str
    procedure: str
    target: str | None
    said: list[Said] = field(default_factory=list)

    def acts(self, *names: str) -> list[Said]:
        return [one for one in self.said if one.kind == "case_step" and (not names or one.payload["action"] in names)]


def check_log(told: Iterable[Said]) -> None:
    """Every act by whom it belongs to, every record, listing and end of a record by its way. Raises `Unlawful`."""
    cases: dict[str, Case] = {}
    records: dict[str, Said] = {}
    for one in told:
        if one.kind == "case_opened":
            cases[one.chain] = Case(one.payload["subject"], one.payload["procedure"], one.payload.get("target"))
        if one.chain in cases:
            if one.kind == "case_step":
                _check_person(cases[one.chain], one)
            cases[one.chain].said.append(one)
        if one.kind == "record_entered":
            _check_record(cases[one.payload["case"]], one)
            records[f"{one.chain}/{one.seq}"] = one
        elif one.kind == "record_ended" and one.payload["how"] == "repaired":
            _check_repair(cases, records[_name(one.payload["record"])], one)
        elif one.kind == "listing_started":
            _check_listing(cases[records[_name(one.payload["record"])].payload["case"]], one)


def _name(entry: Mapping[str, object]) -> str:
    return f"{entry['chain']}/{entry['seq']}"


def _need(holds: object, what: str, one: Said) -> None:
    if not holds:
        raise Unlawful(f"{what} at {one.index}: {one.payload.get('action', one.kind)}")


# ---- who ----------------------------------------------------------------------------------------------------------------


def _check_person(case: Case, act: Said) -> None:
    action = act.payload["action"]
    if action in BY_NODE or (action in ALSO_BY_NODE and act.actor == NODE_CHAIN):
        _need(act.actor == NODE_CHAIN, "not the node's", act)
    elif action in BY_SUBJECT:
        by_paper = act.actor in OFFICIALS and "paper_on" in act.payload and act.payload.get("documents")
        _need(act.actor == case.subject or (by_paper and _signed(act)), "not the party", act)
        _need(action not in GIVES_UP or not act.custody, "a right given up in custody", act)
    elif action in BY_UPPER:
        _need(act.actor == UPPER and _signed(act), "not the authority above", act)
    elif case.procedure != "repair" or action != "withdraw":
        _need(act.actor in OFFICIALS and _signed(act), "no official of this office by an own key", act)
    hands = {act.actor} | (_signers(act) if action in BY_TWO else set())
    _need(not hands & INTERESTS.get(case.subject, frozenset()), "an interest in the party", act)
    if action in BY_TWO:
        _need(len(_signers(act) & OFFICIALS) >= 2, "one official alone", act)


def _signed(act: Said) -> bool:
    return not act.custody and KEYS[act.actor].did in act.keys


def _signers(act: Said) -> set[str]:
    return {one for one in (*OFFICIALS, UPPER) if KEYS[one].did in act.keys}


# ---- when ---------------------------------------------------------------------------------------------------------------


def is_worked(day: date) -> bool:
    if day.year == 2026:
        if day.isoformat()[5:] in WORKED_2026:
            return True
        for first, days in OFF_2026:
            begin = date.fromisoformat(f"2026-{first}")
            if begin <= day < begin + timedelta(days=days):
                return False
    return day.weekday() < 5


def end_of(start: datetime, working_days: int) -> datetime:
    """24:00 of the last of so many working days after the day of `start`, holidays after 2026 left out."""
    day = legal_day(start)
    while working_days:
        day += timedelta(days=1)
        working_days -= is_worked(day)
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI)


def is_within(act: Said, start: datetime, working_days: int) -> bool:
    """In time; after 2026 no notice is known, and at most 13 more days of a period may be off."""
    slack = 0 if end_of(start, working_days).year == 2026 else 13
    return act.at < end_of(start, working_days + slack)


# ---- ways ---------------------------------------------------------------------------------------------------------------


def _last(acts: Sequence[Said], action: str, what: str, at: Said) -> Said:
    found = [one for one in acts if one.payload["action"] == action]
    _need(found, what, at)
    return found[-1]


def _served(case: Case, by: Said, code: str, made_by: Said | None = None) -> date:
    """The very paper was handed to the party before the act that says so, and after the act that made it; when first."""
    source = made_by or by
    hashes = {one["hash"] for one in source.payload["documents"] if one["code"] == code}
    handed = [
        one
        for one in case.said
        if one.kind == "document_served"
        and one.index < by.index
        and one.payload["document"] == code
        and one.payload["hash"] in hashes
        and one.payload["to"] == case.subject
        and one.payload["served_on"] <= legal_day(by.at).isoformat()
        and (made_by is None or _put_before_it(one) >= legal_day(made_by.at))
    ]
    _need(handed, f"{code} not served", by)
    interested = INTERESTS.get(case.subject, frozenset())
    _need(any(one.actor in OFFICIALS - interested and _signed(one) for one in handed), f"{code} served by nobody", by)
    return min(date.fromisoformat(one.payload["served_on"]) for one in handed)


def _put_before_it(service: Said) -> date:
    """The day on which the party could first see the paper: a public notice hangs thirty days."""
    on = date.fromisoformat(service.payload["served_on"])
    return on - timedelta(days=30) if service.payload["method"] == "public-notice" else on


def _in_order(acts: Sequence[Said], at: Said) -> None:
    _need([one.index for one in acts] == sorted(one.index for one in acts), "not in order", at)


def _check_record(case: Case, record: Said) -> None:
    item = record.payload["item"]
    if case.procedure == "trace_outcome":
        _need(item == "N09" and record.payload["layer"] == "sector", "not what was asked", record)
        _need("published_from" not in record.payload, "a trace outcome is never public", record)
        _check_outcome(case, record)
    elif case.procedure == "penalty_record":
        _check_penalty(case, record)
    else:
        _need(case.procedure == "listing" and item == "P05", "not what was decided", record)


def _check_outcome(case: Case, record: Said) -> None:
    """Told, heard for five working days or until it spoke, confirmed by two, within thirty working days (credit.md 4)."""
    acts = case.acts()
    raised, tell = _last(acts, "raise_bad", "not raised", record), _last(acts, "tell_subject", "not told", record)
    first, second = _last(acts, "confirm", "not confirmed", record), acts[-1]
    _need(second.payload["action"] == "confirm_second" and second.actor != first.actor, "one official alone", second)
    _served(case, tell, "D-FACT-NOTICE")
    over = [one for one in case.acts("explain_time_over") if one.at >= end_of(tell.at, 5)]
    _need(case.acts("explain") or over, "not heard", record)
    _need(is_within(second, raised.at, 30), "after thirty working days it never counts", second)
    _in_order([raised, tell, first, second], record)


def _check_penalty(case: Case, record: Said) -> None:
    """Entered by one, confirmed by another, the party told on paper; published in twenty working days or never."""
    acts = case.acts()
    entries = case.acts("enter", "correct_entry")
    written = [one for one in entries if "item" in one.payload][-1]
    confirm = _last(acts, "confirm", "not confirmed", record)
    told = _last(acts, "serve_two_papers", "not told", record)
    returns = case.acts("return_entry")
    newest = [
        one for one in entries if not returns or one.index > returns[-1].index or one.payload["action"] == "enter"
    ]
    _need(confirm.actor not in {one.actor for one in newest}, "one official alone", confirm)
    for code in ("D-PUB-NOTICE", "D-REPAIR-NOTICE"):
        _served(case, told, code)
    last = acts[-1]
    _need(record.payload["item"] == written.payload["item"], "not what was confirmed", record)
    _need(record.payload["document"] == written.payload["paper"], "another paper", record)
    if "published_from" in record.payload:
        _need(last.payload["action"] == "publish" and last.actor != entries[0].actor, "one official alone", last)
        _need(case.subject in (COOP, MARKET), "a human being is not published", record)
        dated = datetime.combine(date.fromisoformat(written.payload["paper"]["dated"]), time(), SHANGHAI)
        _need(is_within(last, dated, 20), "undecided by the day: it stays internal", last)
    _in_order([written, confirm, told, last], record)


def _check_listing(case: Case, started: Said) -> None:
    """Notice, defence, review, the authority above, decision, service, publication: each by another where it is due."""
    acts = case.acts()
    last = acts[-1]
    if last.payload["action"] == "reinstate":
        _check_again(case, last, started)
        return
    _need(last.payload["action"] == "publish", "not published", last)
    returned = [one.index for one in case.acts("review_return")]
    since = [one for one in acts if not returned or one.index > returned[-1]]
    propose = _last(acts, "propose", "not proposed", last)
    sign = _last(since, "sign_notice", "no notice", last)
    serve = _last(since, "serve_notice", "notice not served", last)
    _served(case, serve, "D-LIST-NOTICE", sign)
    heard = _check_defence(case, since, serve, last)
    review = _last(since, "review_pass", "no review", last)
    ask, agree = _last(since, "request_upper", "not asked above", last), _last(since, "upper_agree", "no consent", last)
    decide, told = _last(since, "decide_list", "no decision", last), _last(since, "serve_decision", "not served", last)
    for code, made_by in (("D-LIST-DECISION", decide), ("D-REPAIR-NOTICE", None)):
        _served(case, told, code, made_by)
    _in_order([propose, sign, serve, heard, review, ask, agree, decide, told, last], last)
    for one, earlier in (
        (sign, [propose]),
        (review, [propose, sign]),
        (agree, [propose, sign, review]),
        (decide, [propose, review]),
        (last, [propose]),
    ):
        _need(one.actor not in {other.actor for other in earlier}, "the same official", one)
    _need(case.subject in (COOP, MARKET), "a human being is not published", last)
    listed = legal_day(last.at)
    _need(started.payload["listed_on"] == listed.isoformat(), "another day", started)
    _need(started.payload["until"] == months_after(listed, 36).isoformat(), "another term", started)


def _check_defence(case: Case, since: Sequence[Said], serve: Said, at: Said) -> Said:
    """Elapsed, waived or heard (行政处罚法 art. 44, 45, 62 to 65)."""
    after = [one for one in since if one.index > serve.index]
    waived = [one for one in after if one.payload["action"] == "waive_defence"]
    pending = False
    for one in after:
        match one.payload["action"]:
            case "request_hearing":
                pending = True
            case "withdraw_hearing":
                pending = False
            case "close_defence" if one.at >= end_of(serve.at, 5) and not pending:
                return one
            case "hold_hearing" | "record_no_show":
                notice = _last(after, "set_hearing", "no notice of the hearing", at)
                _need(one.at >= end_of(notice.at, 7), "no seven full working days before the hearing", one)
                if one.payload["action"] == "record_no_show":
                    called = datetime.combine(_served(case, one, "D-HEAR-NOTICE", notice), time(), SHANGHAI)
                    _need(one.at >= end_of(called, 7), "not called in time", one)
                return one
    _need(waived, "defence neither over nor waived nor heard", at)
    return waived[-1]


def _check_again(case: Case, last: Said, started: Said) -> None:
    """A removal that rested on false facts is taken back by another official after notice; its dates stay."""
    acts = case.acts()
    notify, publish = _last(acts, "notify_revocation", "no notice", last), _last(acts, "publish", "never listed", last)
    _need(notify.actor != last.actor and last.at >= end_of(notify.at, 5), "the same official, or too early", last)
    until = months_after(legal_day(publish.at), 36)
    _need(legal_day(last.at) <= until, "after its term", last)
    _need(started.payload["until"] == until.isoformat(), "another term", started)


def _check_repair(cases: Mapping[str, Case], record: Said, ended: Said) -> None:
    """Asked for after the least time, accepted, checked by one and granted by another (removal from the list likewise)."""
    if record.payload["item"] == "P05":
        case = cases[record.payload["case"]]
        grant = case.acts("grant_removal", "remove_after_plan")[-1]
        if grant.payload["action"] == "grant_removal":
            accept = _last(case.acts(), "accept_removal", "not accepted", ended)
            publish = _last(case.acts(), "publish", "never listed", ended)
            asked = _last(case.acts(), "apply_removal", "not asked for", ended)
            _need(accept.actor != grant.actor, "the same official", grant)
            _need(legal_day(asked.at) > months_after(legal_day(publish.at), 12), "before a year", asked)
        return
    name = f"{record.chain}/{record.seq}"
    granted = [one for case in cases.values() if case.target == name for one in case.acts("grant", "convert")]
    _need(granted, "ended without a grant", ended)
    case = cases[granted[-1].chain]
    if granted[-1].payload["action"] == "grant":
        verify = _last(case.acts(), "verify", "not verified", ended)
        _last(case.acts(), "accept", "not accepted", ended)
        _need(verify.actor != granted[-1].actor, "the same official", granted[-1])
        least = {"general": 3, "serious": 12}.get(record.payload.get("class", ""), 0)
        asked = case.acts("apply_minor", "apply_general", "apply_serious")[0]
        start = date.fromisoformat(record.payload.get("period_start", record.payload["anchor"]))
        _need(not least or legal_day(asked.at) > months_after(start, least), "too early", asked)
