"""Does somebody else's thing look like no thing at all, on every page that names one?"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi.routing import iter_route_contexts
from httpx2 import Response

from tests.api.app_parts import AT, REGION, RETIRED_KEY, World
from tests.api.files.file_bytes import PDF
from tests.api.office_parts import KEYS, ask_for_key, running_offices
from tests.api.page_parts import Browser, signed_in

NOBODY, NO_INDEX, NO_CODE, NO_FILE = "A" * 22, "999999", "AAAABBBBCCCC", "0" * 64
NO_STATEMENT = "0191d5a0-0000-4000-8000-000000000000"
KILOGRAM = {"value": "1", "unit": "kg"}


@dataclass(frozen=True)
class Case:
    """Who asks, for which of somebody else's things, and for which that are nobody's: in the path, the query, the form.

    `{}` stands for the thing. `own`: the status of a stranger's page, where it is not 404."""

    who: str
    path: str
    theirs: str
    nobodys: str
    form: Mapping[str, str] = field(default_factory=dict)
    status: int = 404


CASES: dict[str, Case] = {
    "GET /m/batches/{id}": Case("neighbour", "/m/batches/{}", "batch", NOBODY),
    "GET /m/records/{index}": Case("neighbour", "/m/records/{}", "index", NO_INDEX),
    "GET /m/correct/{index}": Case("neighbour", "/m/correct/{}", "index", NO_INDEX),
    "POST /m/correct/{index}": Case("neighbour", "/m/correct/{}", "index", NO_INDEX, {"do": "save"}),
    "GET /m/labels/{id}": Case("neighbour", "/m/labels/{}", "batch", NOBODY),
    "POST /m/labels/{id}": Case("neighbour", "/m/labels/{}", "batch", NOBODY, {"do": "save"}),
    "GET /m/split/{id}": Case("neighbour", "/m/split/{}", "batch", NOBODY),
    "POST /m/split/{id}": Case("neighbour", "/m/split/{}", "batch", NOBODY, {"do": "save"}),
    "GET /m/record/{kind}": Case("neighbour", "/m/record/harvest?batch={}", "batch", NOBODY),
    "POST /m/record/{kind}": Case("neighbour", "/m/record/harvest?batch={}", "batch", NOBODY, {"do": "save"}),
    "GET /m/blend": Case("neighbour", "/m/blend?batch={}", "batch", NOBODY, status=200),
    "GET /m/aside/{id}": Case("neighbour", "/m/aside/{}", "aside", NO_STATEMENT),
    "POST /m/aside/{id}": Case("neighbour", "/m/aside/{}", "aside", NO_STATEMENT, {"do": "vouch"}),
    "GET /lab/aside/{id}": Case("laboratory", "/lab/aside/{}", "aside", NO_STATEMENT),
    "POST /lab/aside/{id}": Case("laboratory", "/lab/aside/{}", "aside", NO_STATEMENT, {"do": "vouch"}),
    "GET /desk/aside/{id}": Case("far office", "/desk/aside/{}", "aside", NO_STATEMENT),
    "POST /desk/aside/{id}": Case("far office", "/desk/aside/{}", "aside", NO_STATEMENT, {"do": "vouch"}),
    "GET /m/files/{sha256}": Case("neighbour", "/m/files/{}", "file", NO_FILE),
    "GET /m/receive/{code}": Case("neighbour", "/m/receive/{}", "code", NO_CODE),
    "POST /m/receive/{code}": Case("neighbour", "/m/receive/{}", "code", NO_CODE, {"do": "save"}),
    "GET /m/gate/{code}": Case("neighbour", "/m/gate/{}", "code", NO_CODE, status=403),
    "POST /m/gate/{code}": Case("neighbour", "/m/gate/{}", "code", NO_CODE, {"do": "save"}, 403),
    "GET /m/me/links": Case("neighbour", "/m/me/links?party={}", "coop", NOBODY),
    "POST /m/me/links": Case("neighbour", "/m/me/links", "coop", NOBODY, {"party": "{}", "role": "member"}),
    "POST /m/me/links/withdraw": Case("neighbour", "/m/me/links/withdraw", "coop", NOBODY, {"party": "{}"}),
    "POST /m/me/sessions": Case("neighbour", "/m/me/sessions", "session", "0" * 16, {"end": "{}"}),
    "GET /lab/reports/new": Case("laboratory", "/lab/reports/new?sample={}", "sample", f"{NOBODY}.3"),
    "POST /lab/reports/new": Case("laboratory", "/lab/reports/new?sample={}", "sample", f"{NOBODY}.3", {"do": "save"}),
    "GET /lab/reports/{index}": Case("laboratory", "/lab/reports/{}", "report", NO_INDEX),
    "GET /lab/correct/{index}": Case("laboratory", "/lab/correct/{}", "report", NO_INDEX),
    "POST /lab/correct/{index}": Case("laboratory", "/lab/correct/{}", "report", NO_INDEX, {"do": "save"}),
    "GET /lab/waiting/{id}": Case("laboratory", "/lab/waiting/{}", "statement", NO_STATEMENT),
    "POST /lab/waiting/{id}": Case("laboratory", "/lab/waiting/{}", "statement", NO_STATEMENT, {"do": "save"}),
    "GET /desk/batches/{id}": Case("far office", "/desk/batches/{}", "batch", NOBODY),
    "GET /desk/batches/{id}/lift": Case("far office", "/desk/batches/{}/lift?hold=3", "batch", NOBODY),
    "POST /desk/batches/{id}/lift": Case("far office", "/desk/batches/{}/lift?hold=3", "batch", NOBODY, {"do": "save"}),
    "GET /desk/parties/{id}": Case("far office", "/desk/parties/{}", "coop", NOBODY),
    "GET /m/offer/{id}": Case("neighbour", "/m/offer/{}", "batch", NOBODY),
    "POST /m/offer/{id}": Case("neighbour", "/m/offer/{}", "batch", NOBODY, {"do": "save"}),
    "POST /m/offer/{id}/withdraw": Case("neighbour", "/m/offer/{}/withdraw", "batch", NOBODY, {"offer": "a/1"}),
    "GET /m/offers/{id}": Case("neighbour", "/m/offers/{}", "batch", NOBODY),
    "POST /m/offers/{id}": Case("neighbour", "/m/offers/{}", "batch", NOBODY, {"do": "save"}),
    "GET /m/repair/{record}": Case("neighbour", "/m/repair/{}", "index", NO_INDEX),
    "POST /m/repair/{record}": Case("neighbour", "/m/repair/{}", "index", NO_INDEX, {"do": "save"}),
    "GET /m/waiting/{id}": Case("neighbour", "/m/waiting/{}", "statement", NO_STATEMENT),
    "POST /m/waiting/{id}": Case("neighbour", "/m/waiting/{}", "statement", NO_STATEMENT, {"do": "save"}),
    "GET /desk/parties/{id}/{what}": Case("far office", "/desk/parties/{}/listing", "coop", NOBODY),
    "POST /desk/parties/{id}/{what}": Case("far office", "/desk/parties/{}/listing", "coop", NOBODY, {"do": "save"}),
    "GET /desk/sign/{id}": Case("far", "/desk/sign/{}", "statement", NO_STATEMENT),
    "POST /desk/sign/{id}": Case("far", "/desk/sign/{}", "statement", NO_STATEMENT, {"proof": "{}"}),
    "POST /desk/keys/revoke": Case("far", "/desk/keys/revoke", "key", KEYS["newest"].did, {"key": "{}", "why": "lost"}),
}
"""Pages of /m, /lab and /desk that name a thing, in their path, their query or their form, by method and template."""

ASKED_ELSEWHERE = {
    "/desk/cases/": "test_desk_cases.py",
    "/desk/documents/": "test_document_pages.py",
    "/m/documents/": "test_document_pages.py",
    "/m/notices/": "test_notices.py",
}
"""Pages whose things take a case to make, by how their paths begin: the file beside this one that compares them."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_offices(tmp_path_factory.mktemp("foreign")) as running:
        other = {"name": "别家检测", "legal_form": "institution", "roles": ["laboratory"], "region": REGION}
        running.parties["other lab"] = running.made("/api/v1/parties", other, "official")["id"]
        running.add_token("other lab", "laboratory", party=running.parties["other lab"])
        running.add_token("far office", "official", party=running.parties["far"], region="310115")
        yield running


@pytest.fixture(scope="module")
def things(world: World) -> Mapping[str, str]:
    """What is the co-op's, another laboratory's, or another official's, by the word that a case has for it."""
    events = f"/api/v1/batches/{world.batch}/events"
    sample = {"sample_no": "YP-1", "sample_kind": "entrusted", "quantity": KILOGRAM}
    sample["laboratory"] = world.parties["other lab"]
    taken = world.made(events, {"kind": "sample_taken", "payload": sample}, "coop")
    items = [{"item": "水分", "value": "11", "unit": "%"}]
    told = {"items": items, "report_no": "SL-1", "conclusion": "pass", "tested_on": "2026-09-10"}
    report = world.made(events, {"kind": "lab_report", "occurred_at": AT, "payload": told}, "other lab")
    harvest = world.get(events).json()["items"][1]
    signed_in(world, "coop")
    sessions = signed_in(world, "coop").get("/m/me").text
    found = re.search(r'name="end" value="([0-9a-f]{16})"', sessions)
    assert found is not None
    waiting = ask_for_key(signed_in(world, "third"), KEYS["new"])
    late = world.statement(1, RETIRED_KEY)
    assert world.post("/api/v1/statements", {"statement": late}, "coop").status_code == 409
    return {
        "batch": world.batch,
        "index": str(harvest["index"]),
        "code": world.code,
        "coop": world.parties["coop"],
        "session": found[1],
        "sample": f"{world.batch}.{taken['seq']}",
        "report": str(report["index"]),
        "file": world.client.app.state.files.keep(PDF, world.parties["coop"]),  # type: ignore[attr-defined]
        "statement": waiting.rpartition("/")[2],
        "key": KEYS["second"].did,
        "aside": late["id"].removeprefix("urn:uuid:"),
    }


def templates(world: World) -> set[str]:
    """Every page of the three shells, as the app has them."""
    return {
        f"{method} {one.path}"
        for one in iter_route_contexts(world.client.app.routes)
        for method in one.methods or ()
        if re.match("/(m|lab|desk)(/|$)", one.path or "")
    }


def test_every_page_that_names_a_thing_in_its_path_is_asked(world: World) -> None:
    naming = {one for one in templates(world) if "{" in one}
    elsewhere = {one for one in naming if one.partition(" ")[2].startswith(tuple(ASKED_ELSEWHERE))}

    assert naming - elsewhere == {one for one in CASES if "{" in one}
    assert CASES.keys() - templates(world) == set()
    for file in ASKED_ELSEWHERE.values():
        assert "== (404, 404)" in (Path(__file__).parent / file).read_text("utf-8"), file


@pytest.mark.parametrize("template", list(CASES))
def test_a_foreign_thing_looks_like_none(world: World, things: Mapping[str, str], template: str) -> None:
    case = CASES[template]
    browser = signed_in(world, case.who)
    foreign, unknown = things[case.theirs], case.nobodys

    of_others, of_nobody = (asked(browser, template, case, thing) for thing in (foreign, unknown))

    assert of_others.status_code == of_nobody.status_code == case.status
    assert bare(of_others, foreign) == bare(of_nobody, unknown)


def asked(browser: Browser, template: str, case: Case, thing: str) -> Response:
    if template.startswith("GET "):
        return browser.get(case.path.format(thing))
    form = {name: text.format(thing) for name, text in case.form.items()}
    return browser.post(case.path.format(thing), {"id": str(uuid.UUID(int=7)), **form})


def bare(answer: Response, thing: str) -> tuple[str, dict[str, str]]:
    """Body and headers without what was asked for, and without the ids that a form makes anew."""
    body = re.sub(rf"(?<![0-9A-Za-z]){re.escape(thing)}(?![0-9A-Za-z])", "THING", answer.text)
    body = re.sub(r'name="id" value="[0-9a-f-]{36}"', "", body)
    return body, {name: text for name, text in answer.headers.items() if name not in ("content-length", "date")}


def test_the_things_are_there_for_those_whose_they_are(world: World, things: Mapping[str, str]) -> None:
    """Or a page that answers 404 to everybody would pass."""
    own = {
        "coop": [
            "/m/batches/{batch}",
            "/m/records/{index}",
            "/m/correct/{index}",
            "/m/labels/{batch}",
            "/m/files/{file}",
            "/m/aside/{aside}",
        ],
        "other lab": ["/lab/reports/new?sample={sample}", "/lab/reports/{report}", "/lab/correct/{report}"],
        "first": [
            "/desk/batches/{batch}",
            "/desk/parties/{coop}",
            "/desk/sign/{statement}",
            "/desk/aside/{aside}",
            "/m/me/links?party={coop}",
        ],
        "retailer": ["/m/receive/{code}"],
    }

    for who, paths in own.items():
        browser = signed_in(world, who)
        for path in paths:
            assert browser.get(path.format(**things)).status_code == 200, path
