"""What is public appears on its first day and is gone at 00:00 Asia/Shanghai of the day after its last, holidays or not."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from credit.publicity import is_listing_shown, listings_on, public_day, public_id, records_on

from .rows import Row, listing_row, record_row

EVERYBODY = frozenset({"party"})
ZONES = (UTC, *(timezone(timedelta(hours=hours)) for hours in (8, -5, 14)))

LAST_DAYS = [
    *(f"2026-09-{day:02}" for day in (29, 30)),
    *(f"2026-10-{day:02}" for day in range(1, 12)),
    *(f"2026-02-{day:02}" for day in range(12, 26)),
    *("2026-02-28", "2028-02-28", "2028-02-29", "2027-02-28", "2026-04-30", "2026-08-31", "2026-12-31"),
]
"""Around the National Day (1 to 7 October) and the Spring Festival (15 to 23 February) of 2026, month ends, leap days."""


def day(text: str) -> date:
    return date.fromisoformat(text)


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


def public_at(at: datetime, listings: list[Row], records: list[Row]) -> tuple[int, int]:
    """How many listings and records show at a moment."""
    on = public_day(at)
    return len(listings_on(listings, EVERYBODY, on)), len(records_on(records, EVERYBODY, on))


def penalty(published_from: str, published_until: str, **said: object) -> Row:
    return record_row("P03", published_from, published_from=published_from, published_until=published_until, **said)


@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize("last", LAST_DAYS)
def test_a_last_day_is_shown_to_its_last_second_and_not_one_longer(last: str, zone: timezone) -> None:
    listings, records = [listing_row("2025-10-01", last)], [penalty("2025-10-01", last)]
    end = shanghai(f"{last}T23:59:59").astimezone(zone)
    over = (shanghai(f"{last}T00:00:00") + timedelta(days=1)).astimezone(zone)

    assert public_at(end, listings, records) == (1, 1)
    assert public_at(over - timedelta(microseconds=1), listings, records) == (1, 1)
    assert public_at(over, listings, records) == (0, 0)


@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize("first", LAST_DAYS)
def test_nothing_shows_one_second_before_its_first_day(first: str, zone: timezone) -> None:
    listings, records = [listing_row(first, "2029-12-31")], [penalty(first, "2029-12-31")]
    begin = shanghai(f"{first}T00:00:00").astimezone(zone)

    assert public_at(begin - timedelta(seconds=1), listings, records) == (0, 0)
    assert public_at(begin, listings, records) == (1, 1)


@pytest.mark.parametrize("ended", LAST_DAYS)
def test_what_ended_is_gone_from_the_first_second_of_that_day(ended: str) -> None:
    listings = [listing_row("2025-10-01", "2029-12-31", ended_on=ended, how="removed")]
    records = [penalty("2025-10-01", "2029-12-31", ended_on=ended, how="repaired")]
    begin = shanghai(f"{ended}T00:00:00")

    assert public_at(begin - timedelta(seconds=1), listings, records) == (1, 1)
    assert public_at(begin, listings, records) == (0, 0)


def test_a_listing_of_20_october_2026_is_shown_through_20_october_2029() -> None:
    row = listing_row("2026-10-20", "2029-10-20")

    shown = [is_listing_shown(row, day(on)) for on in ("2026-10-19", "2026-10-20", "2029-10-20", "2029-10-21")]
    assert shown == [False, True, True, False]


def test_a_paused_listing_is_hidden_and_its_term_runs_on() -> None:
    row = listing_row("2026-10-20", "2029-10-20")

    assert not is_listing_shown({**row, "paused": True}, day("2027-01-01"))
    assert not is_listing_shown({**row, "paused": False}, day("2029-10-21"))


def test_who_is_not_known_as_a_legal_person_is_not_shown() -> None:
    listings, records = [listing_row("2026-10-20", "2029-10-20")], [penalty("2026-07-03", "2027-07-03")]
    on = day("2026-11-30")

    assert listings_on(listings, frozenset(), on) == records_on(records, frozenset(), on) == ()


def test_a_past_day_does_not_tell_of_the_end_that_came_later() -> None:
    listings = [listing_row("2026-10-20", "2029-10-20", ended_on="2027-12-01", how="annulled")]
    records = [penalty("2026-07-03", "2027-07-03", ended_on="2026-12-10", how="annulled")]
    on = day("2026-11-30")

    (listing,), (record,) = listings_on(listings, EVERYBODY, on), records_on(records, EVERYBODY, on)
    assert (listing["ended_on"], listing["how"], record["ended_on"], record["how"]) == (None, None, None, None)


def test_the_newest_stand_first() -> None:
    listings = [
        listing_row("2026-10-20", "2029-10-20", id="a", index=5),
        listing_row("2026-11-20", "2029-11-20", id="b", index=7),
        listing_row("2026-10-20", "2029-10-20", id="c", index=6),
    ]

    assert [row["id"] for row in listings_on(listings, EVERYBODY, day("2026-11-30"))] == ["b", "c", "a"]


def test_a_listing_is_called_by_what_is_published_of_it_and_never_by_its_entry() -> None:
    """SHA-256 by hand over `suxin/listing/1`, a line feed, and the four members as JSON, sorted, without blanks."""
    named = {"subject": "B" * 22, "authority": "A" * 22}
    row = listing_row("2026-10-20", "2029-10-20", **named)
    elsewhere = {**row, "id": "other/9", "file": "other", "record": "other/8", "case": "other case", "index": 77}
    others = [{**row, name: "another"} for name in ("subject", "list", "authority", "decision_no")]

    assert public_id(row) == "6f87319e6545a2ffaf042f37bf006f3721cd132a21be95e87f7459da3ff65b3e"
    assert public_id(elsewhere) == public_id(row)
    assert len({public_id(one) for one in [row, *others]}) == 5


def test_a_time_without_an_offset_names_no_day() -> None:
    with pytest.raises(ValueError):
        public_day(datetime.fromisoformat("2026-10-01T00:00:00"))
