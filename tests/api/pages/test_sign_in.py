"""Coming in by a link's token, what a session opens, what ends it, and what nobody can make a browser do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy.exc import OperationalError

from api.auth.db import Sessions
from api.auth.tokens import new_token, token_hash
from api.pages.sign_in import home_of, local_path
from tests.api.app_parts import World, running_world
from tests.api.page_parts import ORIGIN, Browser, signed_in

UNKNOWN = "sx_0000000000000000000000000000000000000000000" + "4JAc9B"
MISTYPED = "sx_0000000000000000000000000000000000000000000" + "4JAc9C"
PAGES = {"/m/me", "/m/", "/lab/", "/desk/", "/desk/ledger"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """For the tests that come and go without a trace."""
    with running_world(tmp_path_factory.mktemp("node")) as running:
        yield running


@pytest.fixture
def own_world(tmp_path: Path) -> Iterator[World]:
    """For the tests that move the clock, count sessions or withdraw a token."""
    with running_world(tmp_path) as running:
        yield running


@pytest.fixture
def browser(world: World) -> Browser:
    return Browser(world)


# ---- the way in ------------------------------------------------------------------------------------------------------


def test_a_page_for_people_who_signed_in_leads_to_the_sign_in_and_back(world: World, browser: Browser) -> None:
    sent = browser.get("/m/me?text=large")
    page = browser.get(sent.headers["location"])
    answer = browser.sign_in("coop", "/m/me?text=large")

    assert (sent.status_code, sent.headers["location"]) == (303, "/in?next=%2Fm%2Fme%3Ftext%3Dlarge&text=large")
    assert '<input type="hidden" name="next" value="/m/me?text=large">' in page.text
    assert answer.headers["location"] == "/m/me?text=large"


def test_where_somebody_wanted_to_go_outlives_a_change_of_language(browser: Browser) -> None:
    page = browser.get("/in?next=%2Fm%2Fme")

    assert 'href="/in?lang=en&amp;next=%2Fm%2Fme"' in page.text
    assert 'href="/in?text=large&amp;next=%2Fm%2Fme"' in page.text


@pytest.mark.parametrize("who", ["coop", "laboratory", "official", "auditor", "administrator"])
def test_every_role_comes_in_and_sees_itself(browser: Browser, who: str) -> None:
    answer = browser.sign_in(who)

    assert answer.headers["location"] in PAGES
    role = {"coop": "生产经营主体", "laboratory": "检测机构", "official": "监管人员"}
    role |= {"auditor": "审计人员", "administrator": "管理员"}
    page = browser.get("/m/me").text
    assert role[who] in page
    assert ("示例中药材专业合作社" in page) is (who == "coop")
    assert ("亳州市谯城区" in page) is (who == "official")


def test_a_role_begins_at_its_own_page_as_soon_as_there_is_one() -> None:
    app = FastAPI()
    before = home_of(app, "official")
    with_page = FastAPI()
    with_page.add_api_route("/desk/", lambda: None, methods=["GET"])

    assert before == "/m/me"
    assert home_of(with_page, "official") == home_of(with_page, "auditor") == "/desk/"
    assert home_of(with_page, "member") == "/m/me"


def test_the_whole_link_may_be_pasted_and_blanks_around_it_do_not_matter(world: World, browser: Browser) -> None:
    typed = f"  http://suxin.example/in#{world.tokens['coop']}\n"

    assert browser.post("/in", {"token": typed}).status_code == 303


@pytest.mark.parametrize("token", ["", "x", UNKNOWN, MISTYPED, "' OR 1=1--", "量" * 50])
@pytest.mark.parametrize(("lang", "says"), [("zh-CN", "登录码不对"), ("en", "The sign-in code is not right")])
def test_a_wrong_code_is_told_on_the_page_in_the_reader_s_language(
    world: World, token: str, lang: str, says: str
) -> None:
    browser = Browser(world, lang=lang)

    answer = browser.post("/in", {"token": token, "next": "/m/me"})

    assert answer.status_code == 401
    assert says in answer.text
    assert browser.cookie is None
    assert 'name="next" value="/m/me"' in answer.text
    if len(token) > 1:
        assert token not in answer.text


@pytest.mark.parametrize("who", ["expired", "revoked"])
def test_a_code_that_has_ended_opens_nothing_and_looks_like_an_unknown_one(
    world: World, browser: Browser, who: str
) -> None:
    ended = browser.post("/in", {"token": world.tokens[who]})
    unknown = browser.post("/in", {"token": UNKNOWN})

    assert (ended.status_code, ended.text) == (unknown.status_code, unknown.text)
    assert browser.cookie is None


def test_a_program_hears_the_same_as_a_problem(browser: Browser) -> None:
    answer = browser.post("/in", {"token": UNKNOWN}, Accept="application/json")

    assert (answer.status_code, answer.json()["code"]) == (401, "credentials")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/m/me", "/m/me"),
        ("/m/batches/new?product=HB-BS&x=%E4%BA%B3", "/m/batches/new?product=HB-BS&x=%E4%BA%B3"),
        ("/", "/"),
        ("", ""),
        ("//evil.example", ""),
        ("/\\evil.example", ""),
        ("/m\\evil", ""),
        ("https://evil.example/", ""),
        ("javascript:alert(1)", ""),
        ("m/me", ""),
        ("/\t/evil.example", ""),
        ("/\n/evil.example", ""),
        (" /m/me", ""),
        ("/亳", ""),
        ("/" + "a" * 2_000, ""),
        ("/in?next=/in", ""),
        ("/out", ""),
    ],
)
def test_only_a_path_of_ours_may_be_gone_to(text: str, path: str) -> None:
    assert local_path(text) == path


def test_a_foreign_address_to_go_to_is_forgotten(world: World, browser: Browser) -> None:
    page = browser.get("/in?next=%2F%2Fevil.example")

    answer = browser.post("/in", {"token": world.tokens["coop"], "next": "//evil.example"})

    assert "evil.example" not in page.text
    assert answer.headers["location"] in PAGES


# ---- the cookie ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "seconds"), [("coop", 90 * 86_400), ("official", 12 * 3_600)])
def test_on_loopback_the_cookie_is_bound_to_its_host(world: World, who: str, seconds: int) -> None:
    answer = Browser(world, origin="http://localhost:8000").post(
        "/in", {"token": world.tokens[who]}, Host="localhost:8000"
    )

    cookie = answer.headers["set-cookie"]
    assert re.fullmatch(
        rf"__Host-sx=[A-Za-z0-9_-]{{43}}; HttpOnly; Max-Age={seconds}; Path=/; SameSite=lax; Secure", cookie
    )


def test_on_a_plain_address_the_cookie_has_a_plain_name(world: World, browser: Browser) -> None:
    answer = browser.post("/in", {"token": world.tokens["coop"]})

    cookie = answer.headers["set-cookie"]
    assert re.fullmatch(r"sx=[A-Za-z0-9_-]{43}; HttpOnly; Max-Age=7776000; Path=/; SameSite=lax", cookie)


def test_a_plain_cookie_counts_for_nothing_where_the_bound_one_can_be_had(world: World) -> None:
    """Another site on the same host name could have set it."""
    visitor = signed_in(world, "coop")

    answer = visitor.get("/m/me", Host="localhost:8000")

    assert answer.status_code == 303


def test_a_cookie_from_before_the_sign_in_is_never_taken_over(world: World, browser: Browser) -> None:
    browser.cookie = "A" * 43

    browser.sign_in("coop")

    assert browser.cookie != "A" * 43
    assert Browser(world, cookie="A" * 43).get("/m/me").status_code == 303


def test_signing_in_again_ends_the_session_before(world: World) -> None:
    visitor = signed_in(world, "coop")
    before = visitor.cookie

    visitor.sign_in("official")

    assert visitor.cookie != before
    assert Browser(world, cookie=before).get("/m/me").status_code == 303


def test_private_pages_and_answers_are_never_kept(world: World, browser: Browser) -> None:
    answers = [browser.get("/m/me"), browser.get("/in"), browser.sign_in("official"), browser.get("/m/me")]
    answers += [browser.get("/m/me/links"), browser.post("/out", {})]

    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


# ---- what a session opens --------------------------------------------------------------------------------------------


def test_a_bearer_token_opens_no_page_and_a_session_no_api(world: World) -> None:
    visitor = signed_in(world, "coop")

    page = world.get("/m/me", "coop", Accept="text/html")
    api = world.client.post("/api/v1/batches", json={}, headers={"Cookie": f"sx={visitor.cookie}", "Origin": ORIGIN})

    assert page.status_code == 303
    assert (api.status_code, api.json()["code"]) == (401, "unauthenticated")


def test_a_page_of_another_role_is_refused(world: World) -> None:
    answer = signed_in(world, "laboratory").get("/m/me/links")

    assert answer.status_code == 403
    assert "您的账号不能做这件事" in answer.text


@pytest.mark.parametrize("who", ["coop", "official"])
def test_a_session_ends_when_it_is_not_used(own_world: World, who: str) -> None:
    visitor = signed_in(own_world, who)
    limit = {"coop": timedelta(days=29), "official": timedelta(minutes=29)}[who]
    own_world.clock.at += limit
    used = visitor.get("/m/me").status_code
    own_world.clock.at += limit
    # A member's token lives 30 days here, an official's too: this one ends by its token, that one goes on.
    again = visitor.get("/m/me").status_code
    own_world.clock.at += limit + timedelta(minutes=1)

    assert (used, again) == (200, {"coop": 303, "official": 200}[who])
    assert visitor.get("/m/me").status_code == 303


def test_a_use_that_cannot_be_noted_takes_no_page_away(
    own_world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = signed_in(own_world, "official")
    own_world.clock.at += timedelta(minutes=2)

    def full(_sessions: Sessions, _hash: bytes) -> None:
        raise OperationalError("UPDATE", {}, Exception("database or disk is full"))

    monkeypatch.setattr(Sessions, "note_use", full)

    assert visitor.get("/m/me").status_code == 200
    assert "session.use_not_noted" in caplog.messages


def test_a_withdrawn_token_signs_its_browsers_out_at_once(own_world: World) -> None:
    visitor = signed_in(own_world, "coop")

    own_world.operational.revoke_token(token_hash(own_world.tokens["coop"]))

    assert visitor.get("/m/me").status_code == 303
    assert visitor.post("/out", {}).status_code == 401


@pytest.mark.parametrize(("lang", "says"), [("zh-CN", "您还没有登录，或登录已经到期"), ("en", "You are not signed in")])
def test_a_form_without_a_session_is_told_to_sign_in_first(world: World, lang: str, says: str) -> None:
    answer = Browser(world, lang=lang).post("/m/me/sessions", {"end": "others"})

    assert answer.status_code == 401
    assert says in answer.text


# ---- other sites -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://testserver.evil.example"])
@pytest.mark.parametrize("path", ["/in", "/out", "/m/me/sessions", "/m/me/links", "/m/me/links/withdraw"])
def test_no_other_site_can_send_a_form_of_ours(own_world: World, path: str, origin: str | None) -> None:
    visitor = signed_in(own_world, "coop")
    visitor.origin = origin
    before = visitor.cookie

    answer = visitor.post(
        path, {"token": own_world.tokens["official"], "party": own_world.parties["coop"], "role": "member"}
    )

    assert answer.status_code == 403
    assert "从别的网站打开" in answer.text
    assert visitor.cookie == before
    assert len(Sessions(own_world.operational).open_of(token_hash(own_world.tokens["coop"]))) == 1


def test_a_form_needs_the_token_of_its_own_session(world: World) -> None:
    one, other = signed_in(world, "coop"), signed_in(world, "coop")
    stolen = other.form_token

    refused = [one.post("/out", {"form_token": sent}).status_code for sent in ("", "x", stolen)]
    taken = one.post("/out", {})

    assert one.form_token != stolen
    assert refused == [403, 403, 403]
    assert taken.status_code == 303


def test_nobody_is_signed_in_by_following_a_link_to_an_address(world: World, browser: Browser) -> None:
    answer = browser.get(f"/in?token={world.tokens['coop']}")

    assert browser.cookie is None
    assert world.tokens["coop"] not in answer.text


def test_the_page_asks_first_where_somebody_is_signed_in(world: World, browser: Browser) -> None:
    strangers = browser.get("/in").text
    own = signed_in(world, "coop").get("/in").text

    assert "data-asks-first" not in strangers
    assert "data-asks-first" in own
    assert "会先退出原来的账号" in own


# ---- the way out -----------------------------------------------------------------------------------------------------


def test_signing_out_ends_the_session_and_empties_the_cache_but_not_the_storage(world: World) -> None:
    visitor = signed_in(world, "coop")
    before = visitor.cookie

    answer = visitor.post("/out", {})

    assert (answer.status_code, answer.headers["location"]) == (303, "/in?out=1")
    assert answer.headers["clear-site-data"] == '"cache"'
    assert visitor.cookie is None
    assert "已经退出登录" in visitor.get("/in?out=1").text
    assert Browser(world, cookie=before).get("/m/me").status_code == 303


def test_signing_out_is_no_link(world: World) -> None:
    assert signed_in(world, "coop").get("/out").status_code == 405


def test_my_page_lists_my_sessions_and_marks_this_one(own_world: World) -> None:
    phone = signed_in(own_world, "coop")
    own_world.clock.at += timedelta(minutes=90)
    laptop, _stranger = signed_in(own_world, "coop"), signed_in(own_world, "neighbour")

    page = laptop.get("/m/me").text

    assert page.count("<h3>这里</h3>") == page.count("<h3>另一处</h3>") == 1
    # 2026-09-10 04:00 UTC is noon in Bozhou.
    assert "2026年9月10日 12:00登录" in page
    assert "2026年9月10日 13:30登录" in page
    assert page.index("13:30登录") < page.index("12:00登录")
    assert page.count('name="end" value="others"') == 1
    assert str(phone.cookie) not in page


def test_one_session_is_ended_from_another(own_world: World) -> None:
    phone, laptop = signed_in(own_world, "coop"), signed_in(own_world, "coop")
    (name,) = re.findall(r'name="end" value="([0-9a-f]{16})"', laptop.get("/m/me").text)

    answer = laptop.post("/m/me/sessions", {"end": name})

    assert (answer.status_code, answer.headers["location"]) == (303, "/m/me")
    assert phone.get("/m/me").status_code == 303
    assert laptop.get("/m/me").status_code == 200
    assert laptop.post("/m/me/sessions", {"end": name}).status_code == 404


def test_all_other_sessions_are_ended_at_once(own_world: World) -> None:
    others = [signed_in(own_world, "coop") for _ in range(3)]
    this, stranger = signed_in(own_world, "coop"), signed_in(own_world, "neighbour")

    this.post("/m/me/sessions", {"end": "others"})

    assert [one.get("/m/me").status_code for one in others] == [303, 303, 303]
    assert this.get("/m/me").status_code == 200
    assert stranger.get("/m/me").status_code == 200


def test_a_stranger_s_session_is_as_unknown_as_one_that_does_not_exist(own_world: World) -> None:
    mine, stranger = signed_in(own_world, "coop"), signed_in(own_world, "neighbour")
    (theirs,) = Sessions(own_world.operational).open_of(token_hash(own_world.tokens["neighbour"]))

    foreign = mine.post("/m/me/sessions", {"end": theirs.id})
    unknown = mine.post("/m/me/sessions", {"end": "0" * 16})

    assert (foreign.status_code, foreign.text) == (unknown.status_code, unknown.text)
    assert foreign.status_code == 404
    assert stranger.get("/m/me").status_code == 200


# ---- too often -------------------------------------------------------------------------------------------------------


def test_a_hundred_different_wrong_codes_from_one_address_are_enough(own_world: World) -> None:
    browser = Browser(own_world)
    wrong = [new_token(bytes([n]).ljust) for n in range(100)]
    first = [browser.post("/in", {"token": token}).status_code for token in wrong[:99]]
    stale = [browser.post("/in", {"token": wrong[0]}).status_code for _ in range(9)]
    before = browser.post("/in", {"token": own_world.tokens["coop"]})
    browser.post("/in", {"token": wrong[99]})

    answer = browser.post("/in", {"token": own_world.tokens["coop"]})

    assert {*first, *stale} == {401}
    assert before.status_code == 303
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 301
    assert "操作太频繁了" in answer.text
    told = browser.post("/in", {"token": "x"}, Accept="application/json").json()
    assert (told["status"], told["code"]) == (429, "rate-limited")


def test_one_code_tried_again_and_again_waits_and_no_other(own_world: World) -> None:
    """OWASP ASVS 5.0, 6.3.1: a program that never gives up is slowed, and shuts nobody else out."""
    browser, stale = Browser(own_world), new_token(bytes(32).ljust)
    first = [browser.post("/in", {"token": stale}).status_code for _ in range(10)]

    answer = browser.post("/in", {"token": stale})

    assert {*first} == {401}
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert browser.post("/in", {"token": own_world.tokens["coop"]}).status_code == 303


def test_a_browser_that_used_an_account_has_a_count_of_its_own(own_world: World) -> None:
    mine, strangers = signed_in(own_world, "coop"), Browser(own_world)
    own_world.clock.at += timedelta(days=31)  # the token has expired, and everybody who tries it fails
    tried = {"token": own_world.tokens["coop"]}
    theirs = [strangers.post("/in", tried).status_code for _ in range(11)]

    answer = mine.post("/in", tried)

    assert theirs == [401] * 10 + [429]
    assert answer.status_code == 401
