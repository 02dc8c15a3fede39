"""How findings become a verdict, and verdicts one."""

from datetime import date

from trace.reference.citation import Citation, parse_days
from trace.rules.verdict import Finding, Outcome, Reason, article_of, conclude, worst

READ = Citation("limits_herb", "a b", "2020-12-30", "page")
MEMORY = Citation("limits_herb", "c", "", "M")
HOLDS = Reason("above-limit", Outcome.HOLD, ("rework",), "L-APQSL 34")
WARNS = Reason("outside-band", Outcome.WARN, ("check",))
REMARK = Reason("within-limit", Outcome.PASS)


def test_nothing_found_passes_by_the_article_of_the_gate() -> None:
    verdict = conclude("G05", ())

    assert (verdict.rule, verdict.outcome, verdict.article) == ("G05@1", Outcome.PASS, "L-APQSL 29; L-VET 40")


def test_the_worst_finding_decides_and_stands_first() -> None:
    verdict = conclude("G08", [Finding(REMARK, (READ,)), Finding(WARNS, (MEMORY,)), Finding(HOLDS, (READ,))])

    assert verdict.outcome is Outcome.HOLD
    assert verdict.article == "L-APQSL 34"
    assert verdict.reasons == ("above-limit", "outside-band")
    assert verdict.remedy == ("rework", "check")
    assert verdict.rows == ("limits_herb a_b 2020-12-30 page", "limits_herb c - M")


def test_a_row_from_memory_makes_a_verdict_unverified_unless_it_stops() -> None:
    assert conclude("G08", [Finding(WARNS, (MEMORY,))]).unverified
    assert conclude("G08", [Finding(REMARK, (MEMORY,))]).unverified
    assert not conclude("G08", [Finding(WARNS, (READ,))]).unverified
    assert not conclude("G08", [Finding(HOLDS, (READ,)), Finding(WARNS, (MEMORY,))]).unverified


def test_a_row_that_was_only_looked_at_is_cited_and_proves_nothing() -> None:
    verdict = conclude("G08", [Finding(REMARK, (READ,))], rows=[MEMORY])

    assert (verdict.unverified, len(verdict.rows)) == (False, 2)


def test_several_verdicts_are_as_bad_as_the_worst_and_as_late_as_the_last() -> None:
    one = conclude("G05", [Finding(WARNS)], day=date(2026, 6, 8))
    two = conclude("G05", [Finding(HOLDS)], day=date(2026, 6, 3))

    both = worst("G05", [one, two])

    assert (both.outcome, both.article, both.day) == (Outcome.HOLD, "L-APQSL 34", date(2026, 6, 8))
    assert both.reasons == ("above-limit", "outside-band")
    assert worst("G05", []).outcome is Outcome.PASS


def test_only_rows_whose_source_was_read_are_firm() -> None:
    states = ("law", "page", "confirmed", "copy", "M", "mixed", "proposal")

    assert [Citation("t", "k", "", state).is_firm for state in states] == [True, True, True, False, False, False, False]


def test_a_row_holds_on_its_first_and_last_day() -> None:
    days = parse_days("2020-12-30", "2025-09-30")

    assert [
        days.holds_on(date.fromisoformat(day)) for day in ("2020-12-29", "2020-12-30", "2025-09-30", "2025-10-01")
    ] == [False, True, True, False]
    assert parse_days("2025-10-01", "").holds_on(date(2099, 1, 1))


def test_every_gate_rests_on_something() -> None:
    assert [article_of(gate) for gate in ("G03", "G14", "G17", "G20")] == [
        "L-PEST 34; L-FSL 49",
        "L-DRUG 48; L-TCM 24",
        "ChP 0212; ChP 2341; GB 2763",
        "L-FSL 63; L-APQSL 34 36",
    ]
