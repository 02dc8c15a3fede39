"""Pages, files and caches change at 00:00 Asia/Shanghai of the day after the last, holiday or not, server on or off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path

import pytest

import api.pages.routes
import credit.publicity
from api.auditing import run_audit
from credit.queries import list_listings, records_of_subject
from tests.api.app_parts import World
from tests.api.case_parts import cases, keep_up, moment
from tests.api.pages.public_days import (
    EVERYTHING,
    LISTED,
    PENALTIES,
    TOLD,
    History,
    due,
    faces,
    midnight_after,
    opened_on,
    paths,
    shown,
    tell,
)

SECOND = timedelta(seconds=1)
LATE = ("2026-02-16", "2026-02-18", "2026-03-02", "2026-10-05", "2026-10-08", "2027-02-07", "2027-03-01", "2030-01-01")
"""Days on which a server comes back that was off since 2026-02-09: holidays, the first working days after them, years later."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, History]:
    folder = tmp_path_factory.mktemp("told") / "node"
    folder.mkdir()
    return folder, tell(folder)


@pytest.fixture
def world(told: tuple[Path, History], tmp_path: Path) -> Iterator[World]:
    with opened_on(told[0], tmp_path / "node", moment(TOLD), told[1]) as running:
        yield running


def walk(world: World) -> None:
    """Go from edge to edge; the node says what it has to say only after everybody has looked."""
    for last in sorted({one.last for one in EVERYTHING}):
        over = midnight_after(last)
        for at in (over - SECOND, over - timedelta(microseconds=1), over):
            world.clock.at = at
            assert shown(world) == due(at), at
        keep_up(world)
        assert shown(world) == due(over), last


def test_everything_is_public_before_the_first_edge(world: World) -> None:
    assert shown(world) == {one.mark for one in EVERYTHING}


def test_everything_is_gone_at_the_midnight_after_its_last_day_and_no_second_earlier(world: World) -> None:
    walk(world)

    assert shown(world) == frozenset()
    assert {row["kind"] for row in cases(world)} == {"terminal"}
    assert run_audit(world.node.settings, world.node.genesis, envelopes=False).ok


@pytest.mark.parametrize("days", [-1, 1])
def test_a_boundary_that_is_moved_by_a_day_is_found(world: World, monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    for name in ("is_listing_shown", "is_shown"):
        ask = getattr(credit.publicity, name)
        monkeypatch.setattr(credit.publicity, name, lambda row, day, ask=ask: ask(row, day + timedelta(days=days)))

    with pytest.raises(AssertionError):
        walk(world)


def test_a_boundary_at_the_midnight_of_another_zone_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.pages.routes, "SHANGHAI", UTC)

    with pytest.raises(AssertionError):
        walk(world)


@pytest.mark.parametrize("last", sorted({one.last for one in EVERYTHING}))
def test_no_cache_has_a_right_to_show_it_after_its_last_day(world: World, last: str) -> None:
    """RFC 9111 5.2.2.4: `no-cache` is asked for again before each use; and whoever asks again is told no 304 (RFC 9110 13.1)."""
    over = midnight_after(last)
    world.clock.at = over - SECOND
    kept = faces(world)
    marks = [one.mark for one in EVERYTHING if one.last == last]
    holding = {path for path, answer in kept.items() if any(mark in answer.text for mark in marks)}
    world.clock.at = over

    for path in sorted(holding):
        told = kept[path].headers
        assert told["cache-control"] in ("no-cache", "no-store")
        assert "expires" not in told
        validators = {
            "If-None-Match": told.get("etag", 'W/"of-the-day-before"'),
            "If-Modified-Since": told.get("last-modified", "Mon, 09 Jan 2023 01:00:00 GMT"),
        }
        again = world.get(path, **validators)
        assert (again.status_code, again.content == kept[path].content) == (200, False), path
    assert holding


def test_the_api_never_told_of_it(world: World) -> None:
    """Whoever reads a party as JSON reads its registration; a listing is public at its own address for its days alone."""
    parties = [world.parties[one] for one in ("coop", *(listed.mark for listed in LISTED))]
    before = {party: world.get(f"/api/v1/parties/{party}") for party in parties}
    world.clock.at = moment("2030-01-01")

    for party, answer in before.items():
        assert "严重违法失信名单" not in answer.text
        again = world.get(f"/api/v1/parties/{party}", **{"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304


def test_a_server_that_was_off_shows_the_same_on_every_day_as_one_that_was_on(
    told: tuple[Path, History], world: World, tmp_path: Path
) -> None:
    for n, day in enumerate(LATE):
        at = moment(day, 0)
        world.clock.at = at
        for _ in range(2):  # what ended on its day, then what follows from it
            keep_up(world)
        always_on = {path: world.get(path).content for path in paths(world)}
        with opened_on(told[0], tmp_path / f"late-{n}", at, told[1]) as late:
            at_once = {path: late.get(path).content for path in paths(late)}
            assert shown(late) == due(at)
            keep_up(late)
            caught_up = {path: late.get(path).content for path in paths(late)}

        assert at_once == caught_up == always_on, day


def test_what_a_server_says_years_too_late_ended_on_its_own_day(told: tuple[Path, History], tmp_path: Path) -> None:
    """The day after the last one, as each day stands above; nothing is public for a day that is gone."""
    with opened_on(told[0], tmp_path / "node", moment("2030-01-01"), told[1]) as late:
        keep_up(late)
        with late.node.reading() as reads:
            listings = {row["subject"]: row for row in list_listings(reads.connection)}
            records = {
                row["published_until"]: row for row in records_of_subject(reads.connection, late.parties["coop"])
            }
        found = {late.parties[one.mark]: midnight_after(one.last).astimezone(UTC) for one in LISTED}

        assert {party: row["ended_on"] for party, row in listings.items()} == {
            party: (at + timedelta(hours=8)).date().isoformat() for party, at in found.items()
        }
        assert {row["how"] for row in (*listings.values(), *records.values())} == {"expired"}
        assert {last: row["ended_on"] for last, row in records.items()} == {
            "2026-02-16": "2026-02-17",
            "2026-02-17": "2026-02-18",
            "2026-09-30": "2026-10-01",
            "2026-10-03": "2026-10-04",
            "2027-02-15": "2027-02-16",
        }
        assert len(records) == len(PENALTIES)
        assert run_audit(late.node.settings, late.node.genesis, envelopes=False).ok
