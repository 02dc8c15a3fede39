"""Which good records has a party earned by a day, by rules over what the log says? (pure)

Good facts enter once a day, each once, and a month only when nothing of it can come in time any more. Honesty never scores below
silence: a record that its own party tells late earns nothing and takes nothing, or silence would pay; an own test that failed and
whose goods were held earns what a pass earns. Monitoring neither costs nor earns.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from trace.legal_days import legal_day
from trace.records import entry_of, said

from .records import Row, day_of_cell
from .reference.catalogue import CATALOGUE_VERSION, catalogue
from .working_days import add_months

IN_TIME = timedelta(days=7)
"""A record of production is in time within a week (the catalogue's G01 and N05)."""

DUE = frozenset({"input_use", "harvest"})
"""What 农产品质量安全法 art. 27 wants recorded, of the kinds that there are."""

_OWN_TESTS = frozenset({"self", "entrusted"})
_SUPERVISION = "supervision"
_AGAINST_RECORDS = frozenset({"N04", "N05", "N06"})
"""A due record was missing, came after somebody else had found it, or was forged: that month's records were not complete."""

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Facts:
    """A party's part of the log, rows of `record` and of `hold`; what was corrected away is left out.

    `own`: what it recorded itself. `reports`: laboratory reports on goods that were its. `admissions`: of goods that it brought
    to a market. Whose they are by now is no question. `holds`: on the batches of the reports.
    """

    own: tuple[Row, ...] = ()
    reports: tuple[Row, ...] = ()
    admissions: tuple[Row, ...] = ()
    holds: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Earned:
    """A good record to enter. `names`: every row that would earn this one; once one of them has, none does again."""

    item: str
    anchor: date
    source: Row
    names: frozenset[str]


def good_facts(facts: Facts, entered: Iterable[Row], day: date) -> tuple[dict[str, Any], ...]:
    """The payloads of `record_entered` that the party has earned by the end of this day and not got yet, oldest first.

    `entered`: every row of its file, ended ones too: what was taken away is not earned again.
    """
    file = tuple(entered)
    known = _known_by(facts, day)
    earned = (one for item, find in _RULES.items() for one in find(item, known, file, day))
    new = (one for one in earned if one.anchor <= day and not _is_entered(one, file))
    return tuple(_payload(one) for one in _each_paper_once(new))


def rule_of(item: str) -> str:
    """What a record earned by rule names as its rule."""
    return f"{item}@1"


def _complete_months(item: str, facts: Facts, file: tuple[Row, ...], day: date) -> Iterator[Earned]:
    """A month in which the party recorded in time, and of which nobody else found something missing."""
    spoiled = {
        _month(day_of_cell(row["anchor"]))
        for row in file
        if row["item"] in _AGAINST_RECORDS and row["how"] != "annulled"
    }
    in_time = [row for row in facts.own if row["kind"] in DUE and _is_in_time(row)]
    for month, rows in _by_closed_month(in_time, day).items():
        if month not in spoiled:
            yield _of_month(item, month, rows)


def _clean_months(item: str, facts: Facts, file: tuple[Row, ...], day: date) -> Iterator[Earned]:
    """A month in which a market let the goods in and turned none away. Asking for a test first is no failure."""
    for month, rows in _by_closed_month(facts.admissions, day).items():
        decisions = [said(row) for row in rows]
        failed = any(one["decision"] == "refused" or one.get("test", {}).get("result") == "fail" for one in decisions)
        if not failed and any(one["decision"] == "admitted" for one in decisions):
            yield _of_month(item, month, rows)


def _own_test_passed(item: str, facts: Facts, file: tuple[Row, ...], day: date) -> Iterator[Earned]:
    return _of_reports(item, facts, lambda row: _is_own_test(row, "pass"))


def _own_test_failed_and_held(item: str, facts: Facts, file: tuple[Row, ...], day: date) -> Iterator[Earned]:
    return _of_reports(item, facts, lambda row: _is_own_test(row, "fail") and _is_held_that_day(row, facts.holds))


def _supervision_passed(item: str, facts: Facts, file: tuple[Row, ...], day: date) -> Iterator[Earned]:
    """A sample that the client drew is no supervision, whatever its report calls itself."""
    return _of_reports(
        item,
        facts,
        lambda row: (
            said(row).get("report_kind") == _SUPERVISION
            and said(row).get("conclusion") == "pass"
            and "sample" in said(row)
        ),
    )


_RULES: Mapping[str, Callable[[str, Facts, tuple[Row, ...], date], Iterator[Earned]]] = MappingProxyType(
    {
        "G01": _complete_months,
        "G03": _own_test_passed,
        "G04": _own_test_failed_and_held,
        "G05": _supervision_passed,
        "G06": _clean_months,
    }
)
"""The items that the kinds of the log can show."""

RULED_ITEMS = frozenset(_RULES)


def _of_reports(item: str, facts: Facts, earns: Callable[[Row], bool]) -> Iterator[Earned]:
    """One report earns once, on however many batches it was entered."""
    papers: dict[str, list[Row]] = {}
    for row in facts.reports:
        number = said(row).get("report_no")
        papers.setdefault(f"{row['actor']} {number}" if number else row["id"], []).append(row)
    for rows in papers.values():
        found = min((row for row in rows if earns(row)), key=_index, default=None)
        if found is not None:
            yield Earned(item, legal_day(found["occurred_at"]), found, frozenset(row["id"] for row in rows))


def _is_own_test(row: Row, conclusion: str) -> bool:
    payload = said(row)
    return payload.get("report_kind") in _OWN_TESTS and payload.get("conclusion") == conclusion


def _is_held_that_day(row: Row, holds: Iterable[Row]) -> bool:
    day = legal_day(row["received"])
    return any(hold["batch"] == row["chain"] and legal_day(hold["placed_at"]) == day for hold in holds)


def _each_paper_once(earned: Iterable[Earned]) -> Iterator[Earned]:
    """A paper on two batches may show a pass and a failure that was held: it is one test."""
    used: set[str] = set()
    for one in sorted(earned, key=lambda one: (one.anchor, one.item, _index(one.source))):
        if not one.names & used:
            used |= one.names
            yield one


def _by_closed_month(rows: Iterable[Row], day: date) -> Mapping[date, list[Row]]:
    """Rows by the first day of their month, of the months of which nothing can come in time any more."""
    found: dict[date, list[Row]] = {}
    for row in rows:
        month = _month(legal_day(row["occurred_at"]))
        if add_months(month, 1) + IN_TIME <= day:
            found.setdefault(month, []).append(row)
    return found


def _of_month(item: str, month: date, rows: Iterable[Row]) -> Earned:
    """A month's record is anchored on its last day; the newest row stands for it."""
    return Earned(item, add_months(month, 1) - _ONE_DAY, max(rows, key=_index), frozenset())


def _is_in_time(row: Row) -> bool:
    return datetime.fromisoformat(row["received"]) - datetime.fromisoformat(row["occurred_at"]) <= IN_TIME


def _is_entered(one: Earned, file: Iterable[Row]) -> bool:
    """A report by any row of it, whatever it earned then; a month by its last day."""
    if one.names:
        return any(row["source"] in one.names for row in file if row["rule"] is not None)
    return any(row["item"] == one.item and row["anchor"] == one.anchor.isoformat() for row in file)


def _known_by(facts: Facts, day: date) -> Facts:
    def known(rows: Iterable[Row], cell: str) -> tuple[Row, ...]:
        return tuple(row for row in rows if legal_day(row[cell]) <= day)

    return Facts(
        own=known(facts.own, "received"),
        reports=known(facts.reports, "received"),
        admissions=known(facts.admissions, "received"),
        holds=known(facts.holds, "placed_at"),
    )


def _payload(one: Earned) -> dict[str, Any]:
    item = catalogue()[one.item]
    return {
        "item": item.code,
        "catalogue": CATALOGUE_VERSION,
        "direction": item.direction,
        "layer": item.layer,
        "source": entry_of(one.source),
        "rule": rule_of(item.code),
        "legal_basis": item.legal_basis,
        "anchor": one.anchor.isoformat(),
    }


def _month(day: date) -> date:
    return day.replace(day=1)


def _index(row: Row) -> int:
    return int(row["index"])
