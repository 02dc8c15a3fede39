"""A log of penalties and listings that end around two Spring Festivals and a National Day, and what everybody sees of it.

All of it is told before 2026-02-10, through the steps of its cases; afterwards only days pass. The days are written by hand.
"""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from io import StringIO
from pathlib import Path
from xml.etree.ElementTree import fromstring

from httpx2 import Response

from tests.api.app_parts import REGION, World, register_people, running_app
from tests.api.case_parts import PENALTY, fill, give, keep_up, moment, on, opened, serve, step
from tests.api.office_parts import CITY, KEYS, add_key, appoint_officials
from trace.legal_days import SHANGHAI

BEGIN, TOLD = datetime(2023, 1, 9, 1, tzinfo=UTC), "2026-02-09"


@dataclass(frozen=True)
class Public:
    """Something that everybody sees: `first` is the day when it was published, `last` the last day of its term, inclusive."""

    mark: str
    first: str
    last: str


LISTED = (  # thirty-six months from the day of publication (国家市场监督管理总局令第107号)
    Public("示例除夕药材有限公司", "2023-02-15", "2026-02-15"),
    Public("示例复工药材有限公司", "2023-02-23", "2026-02-23"),
    Public("示例国庆药材有限公司", "2023-10-01", "2026-10-01"),
    Public("示例假末药材有限公司", "2023-10-07", "2026-10-07"),
    Public("示例春节药材有限公司", "2024-02-06", "2027-02-06"),
    Public("示例闰日药材有限公司", "2024-02-29", "2027-02-28"),
)
PENALTIES = (  # from the date of the document, which stands behind: three, twelve or thirty-six months
    (Public("谯农罚〔2023〕1号", "2023-10-03", "2026-09-30"), "P04", "2023-09-30"),
    (Public("谯农罚〔2024〕2号", "2024-02-20", "2027-02-15"), "P04", "2024-02-15"),
    (Public("谯农罚〔2025〕3号", "2025-02-20", "2026-02-17"), "P03", "2025-02-17"),
    (Public("谯农罚〔2025〕4号", "2025-10-05", "2026-10-03"), "P03", "2025-10-03"),
    (Public("谯农罚〔2025〕5号", "2025-11-20", "2026-02-16"), "P02", "2025-11-16"),
)
EVERYTHING = sorted((*LISTED, *(one for one, _, _ in PENALTIES)), key=lambda one: one.last)
FILES = ("/listings.json", "/listings.csv", "/listings.atom")
LANGS = ("zh", "en")

History = Mapping[str, str]
"""The parties of the told log by name."""


def tell(folder: Path) -> History:
    """Write the log. What must not show yet is looked for right before each publication, and what must right after."""
    with running_app(folder, now=BEGIN) as world:
        register_people(world)
        give_years(world, "official", "official", region=REGION)
        appoint_officials(world)
        fill(world)
        appoint_upper(world)
        for one in LISTED:
            body = {"name": one.mark, "legal_form": "enterprise", "roles": ["processor"], "region": REGION}
            world.parties[one.mark] = world.made("/api/v1/parties", body, "official")["id"]
        cases = {one.mark: proposed(world, one.mark) for one in LISTED}
        on(world, "2023-01-17")
        keep_up(world)
        for name, case in cases.items():
            decide(world, case, name)
        acts: list[tuple[str, Callable[[], None]]] = [
            *((one.first, partial(published, world, one, "listing", "L27", cases[one.mark])) for one in LISTED),
            *((one.first, partial(penalised, world, one, item, dated)) for one, item, dated in PENALTIES),
        ]
        for day, act in sorted(acts, key=lambda one: one[0]):
            on(world, day, 0)
            act()
        on(world, TOLD)
        return dict(world.parties)


def give_years(world: World, name: str, role: str, **whose: str) -> None:
    """A token that outlives the terms of listings, in place of the one of a month."""
    world.add_token(f"{name} for years", role, days=1_500, **whose)
    world.tokens[name] = world.tokens[f"{name} for years"]


def appoint_upper(world: World) -> None:
    """The city's official who agrees to listings of the district."""
    add_key(world, 81, "far", KEYS["far"])
    give(world, "far", "city office", ["upper_authority"], CITY)


def proposed(world: World, name: str) -> str:
    case = opened(world, "listing", "L01", "first", authority="market office", party=name)
    step(world, case, "listing", "L03", "second")
    serve(world, case, "D-LIST-NOTICE", party=name)
    step(world, case, "listing", "L04", "first")
    return case


def decide(world: World, case: str, name: str) -> None:
    """Nobody answered for five working days, which closed the defence; from here it waits for its publication alone."""
    for code, who in (("L15", "third"), ("L18", "second"), ("L19", "far"), ("L22", "second")):
        step(world, case, "listing", code, who)
    for code in ("D-LIST-DECISION", "D-REPAIR-NOTICE"):
        serve(world, case, code, party=name)
    step(world, case, "listing", "L25", "first")


def penalised(world: World, one: Public, item: str, dated: str) -> None:
    paper = {**PENALTY["paper"], "number": one.mark, "dated": dated, "hash": sha256(one.mark.encode()).hexdigest()}
    case = opened(world, "penalty_record", "P01", "first", **{**PENALTY, "item": item, "paper": paper})
    step(world, case, "penalty_record", "P05", "second")
    for code in ("D-PUB-NOTICE", "D-REPAIR-NOTICE"):
        serve(world, case, code)
    step(world, case, "penalty_record", "P06", "first")
    published(world, one, "penalty_record", "P07", case)


def published(world: World, one: Public, procedure: str, code: str, case: str) -> None:
    assert one.mark not in shown(world)
    step(world, case, procedure, code, "third")
    assert one.mark in shown(world)


@contextmanager
def opened_on(source: Path, copy: Path, at: datetime, parties: History) -> Iterator[World]:
    """A server over a copy of the log, started at this moment."""
    shutil.copytree(source, copy)
    with running_app(copy, now=at) as world:
        world.parties = dict(parties)
        yield world


def midnight_after(last: str) -> datetime:
    return moment(last, 0) + timedelta(days=1)


def due(at: datetime) -> frozenset[str]:
    """What everybody has to see at a moment, by the days above."""
    day = at.astimezone(SHANGHAI).date().isoformat()
    return frozenset(one.mark for one in EVERYTHING if one.first <= day <= one.last)


def paths(world: World) -> list[str]:
    pages = ["/listings", *(f"/p/{world.parties[name]}" for name in ("coop", *(one.mark for one in LISTED)))]
    return [*FILES, *(f"{page}?lang={lang}" for page in pages for lang in LANGS)]


def faces(world: World) -> dict[str, Response]:
    """All that is public of penalties and listings, by address."""
    found = {path: world.get(path) for path in paths(world)}
    assert {answer.status_code for answer in found.values()} == {200}
    return found


def shown(world: World) -> frozenset[str]:
    """What everybody sees now; each page and file, in each language, has to say the same."""
    answers = faces(world)
    lists = {
        "/listings.json": frozenset(one["party"] for one in answers["/listings.json"].json()["items"]),
        "/listings.csv": frozenset(
            row["party"] for row in csv.DictReader(StringIO(answers["/listings.csv"].content.decode("utf-8-sig")))
        ),
        "/listings.atom": frozenset(_titles(answers["/listings.atom"].content)),
    }
    own = {lang: set[str]() for lang in LANGS}
    for lang in LANGS:
        page = answers[f"/listings?lang={lang}"].text
        lists[lang] = frozenset(one.mark for one in LISTED if one.mark in page)
        for one in LISTED:
            is_listed = "市场监督管理严重违法失信名单" in answers[f"/p/{world.parties[one.mark]}?lang={lang}"].text
            own[lang] |= {one.mark} if is_listed else set()
        lists[f"own {lang}"] = frozenset(own[lang])
    assert len(set(lists.values())) == 1, lists
    records = {
        frozenset(re.findall("谯农罚〔[0-9]{4}〕[0-9]+号", answers[f"/p/{world.parties['coop']}?lang={lang}"].text))
        for lang in LANGS
    }
    assert len(records) == 1, records
    return lists["zh"] | records.pop()


def _titles(feed: bytes) -> Iterator[str]:
    space = {"a": "http://www.w3.org/2005/Atom"}
    for title in fromstring(feed).findall("a:entry/a:title", space):
        yield str(title.text).partition(" · ")[0]
