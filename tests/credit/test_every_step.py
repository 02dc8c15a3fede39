"""Everybody tries everything on random dates, in a real log: what stands in it at the end came by the lawful way, everybody saw
on each day what the law lets them see, and a server that was off changed none of it.

The judges (lawful_ways.py, public_life.py) read the log alone and know no table of the program. Longer, with other seeds:
SUXIN_CAMPAIGN=long.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

import credit.publicity
from credit import guards, step_checks
from credit.measures import is_in_force
from credit.queries import measures_of_subject
from credit.reference.procedures import Step, procedures

from .case_parts import HOUSEHOLD, NODE_CHAIN, Told, audited, told
from .lawful_ways import check_log
from .log_reader import said_in
from .public_life import PublicLife, legal_day, months_after
from .random_walk import SUBJECTS, Chance, Look, Server, Try

HELD_OUT = 404_991
SHORT = ((2, 14), (6, HELD_OUT))
LONG = tuple(tuple(range(block * 10 + 100, block * 10 + 110)) for block in range(20))
BLOCKS = (*SHORT, *LONG) if os.environ.get("SUXIN_CAMPAIGN") == "long" else SHORT
CONTROLS = (2, 6, 14, 13, 10, 1, 3, 5)
LATE = 0.06
"""How often a server that was off comes back before somebody acts."""


@dataclass
class Walk:
    """What came of one walk on one server."""

    tries: list[Try]
    accepted: list[Try]
    refused: dict[str, int]
    looks: list[Look]
    listings: int
    reached: set[str]


def walked(folder: Path, seed: int) -> Walk:
    """With a server that is on, choosing as it goes."""
    folder.mkdir()
    with told(folder) as log:
        server = Server(log, is_on=True)
        tries = []
        for one in Chance(seed, server).tries():
            tries.append(one)
            server.take(one)
        return _told(log, server, tries)


def told_again(folder: Path, seed: int, tries: list[Try]) -> Walk:
    """The same tries at the same moments; the clock's steps come in when somebody acts, or when the server is back."""
    folder.mkdir()
    chance = Random(f"off {seed}")
    with told(folder) as log:
        server = Server(log, is_on=False)
        for one in tries:
            if chance.random() < LATE:
                server.let_pass(one.at)
                server.keep_up(one.at)
            server.take(one)
        return _told(log, server, tries)


def _told(log: Told, server: Server, tries: list[Try]) -> Walk:
    check_terms(log)
    records = [row for one in SUBJECTS for row in log.records(one)]
    reached = {row["item"] for row in records} | {row["how"] for row in records if row["how"]}
    reached |= {"published"} if any(row["published_from"] for row in records if row["item"] != "P05") else set()
    return Walk(tries, server.accepted, server.refused, server.looks, len(log.listings()), reached)


def check_terms(log: Told) -> None:
    """No listing and no measure that rests on it outlives 36 months, whether or not anybody has said that it ended."""
    by_record = {}
    for listing in log.listings():
        last = months_after(date.fromisoformat(listing["listed_on"]), 36)
        assert listing["until"] == last.isoformat()
        assert not credit.publicity.is_listing_shown(listing, last + timedelta(days=1))
        by_record[listing["record"]] = last
    for subject in SUBJECTS:
        with log.node.store.reading() as reads:
            measures = measures_of_subject(reads.connection, subject)
        for row in measures:
            for record in row["records"].split():
                assert record not in by_record or not is_in_force(row, by_record[record] + timedelta(days=1))
        assert subject != HOUSEHOLD or not any(row["published_from"] for row in log.records(subject))


def check_looks(folder: Path, looks: list[Look]) -> None:
    """At every midnight and after every act everybody sees what the entries until then say of that day."""
    life, told_so_far, known = PublicLife(), said_in(folder), 0
    for look in looks:
        while known < look.size:
            life.read(told_so_far[known])
            known += 1
        assert look.shown == life.shown(legal_day(look.at)), look.at


def check(folder: Path, walk: Walk) -> None:
    check_log(said_in(folder))
    check_looks(folder, walk.looks)


def of_acts(walk: Walk) -> list[tuple[object, ...]]:
    """What people's acts were accepted in listings, and in penalties until a record stands.

    A failed sample is asked about, and a record that the clock keeps internal can be repaired, once the server is back.
    """
    acts = [
        one
        for one in walk.accepted
        if one.actor != NODE_CHAIN
        and (one.procedure == "listing" or (one.procedure == "penalty_record" and one.code <= "P08"))
    ]
    return [(one.at, one.case, one.code, one.actor) for one in acts]


def days_of(walk: Walk) -> dict[object, object]:
    """What everybody saw last at each moment."""
    return {look.at: look.shown for look in walk.looks}


@pytest.mark.parametrize("seeds", BLOCKS, ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")
def test_whatever_is_tried_only_the_lawful_way_leads_anywhere(tmp_path: Path, seeds: tuple[int, ...]) -> None:
    listings, reached, refused = 0, set[str](), set[str]()
    for seed in seeds:
        on = walked(tmp_path / f"{seed} on", seed)
        off = told_again(tmp_path / f"{seed} off", seed, on.tries)
        for name, walk in (("on", on), ("off", off)):
            folder = tmp_path / f"{seed} {name}"
            check(folder, walk)
            assert audited(folder).ok
        seen_on, seen_off = days_of(on), days_of(off)
        assert {at: seen_on[at] for at in seen_off if at in seen_on} == {
            at: shown for at, shown in seen_off.items() if at in seen_on
        }
        assert of_acts(on) == of_acts(off)
        listings += on.listings
        reached |= on.reached
        refused |= on.refused.keys()

    # The walks would prove nothing if they never arrived, or nobody was ever refused.
    assert listings > 0
    assert reached >= {"published", "expired", "repaired"}
    assert refused >= {"case-wrong-role", "case-same-person", "case-guard", "case-not-from-here", "case-party"}


# ---- what the judges would find: a program with one rule less ---------------------------------------------------------------


@contextmanager
def without(check: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        left = tuple(one for one in step_checks._CHECKS if one.__name__ != check)
        assert len(left) == len(step_checks._CHECKS) - 1
        patch.setattr(step_checks, "_CHECKS", left)
        yield


@contextmanager
def row(procedure: str, code: str, **cells: Any) -> Iterator[None]:
    """A row of the table that says something else."""
    machine = procedures()[procedure]
    step: Step = machine.steps[code]
    before = {name: getattr(step, name) for name in cells}
    _say(machine, step, cells)
    try:
        yield
    finally:
        _say(machine, step, before)


def _say(machine: Any, step: Step, cells: dict[str, Any]) -> None:
    for name, value in cells.items():
        object.__setattr__(step, name, value)
    for kept in ("_by_action", "_by_state"):
        machine.__dict__.pop(kept, None)


@contextmanager
def unserved() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("service_proven", "service_proven_two_papers"):
            patch.setitem(guards.COMPUTED, name, lambda asked: True)  # type: ignore[call-overload]
        yield


@contextmanager
def shown_for_ever() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(credit.publicity, "is_shown", lambda row, day: row["published_from"] is not None)
        yield


@pytest.mark.parametrize(
    "broken",
    [
        lambda: without("_second_person"),
        lambda: without("_interest"),
        lambda: without("_role"),
        lambda: without("_earliest"),
        unserved,
        shown_for_ever,
        lambda: row("listing", "L27", from_state="decided"),
    ],
    ids=["no second person", "no interest", "no role", "no earliest", "unserved", "for ever", "L27"],
)
def test_a_program_with_one_rule_less_is_found(tmp_path: Path, broken: Callable[[], Any]) -> None:
    with broken():
        found = next((seed for seed in CONTROLS if is_found(tmp_path / str(seed), seed)), None)

    assert found is not None


def is_found(folder: Path, seed: int) -> bool:
    walk = walked(folder, seed)
    try:
        check(folder, walk)
    except AssertionError:
        return True
    return False
