"""Who hands out a way in, to whom, for how long, and how it is taken back."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from api.auth.db import valid_tokens
from api.auth.tokens import token_hash
from tests.api.app_parts import World, running_world
from tests.api.page_parts import Browser, signed_in

LINKS = "/m/me/links"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_world(tmp_path) as running:
        yield running


def token_on(page: str) -> str:
    """The token of the one link that a page shows."""
    (found,) = set(re.findall(r'value="http://suxin\.example/in#(sx_[0-9A-Za-z]{49})"', page))
    return str(found)


def issue(visitor: Browser, party: str, role: str = "member") -> str:
    visitor.get(LINKS)
    answer = visitor.post(LINKS, {"party": party, "role": role})
    assert answer.status_code == 200, answer.text
    return token_on(answer.text)


# ---- handing out -----------------------------------------------------------------------------------------------------


def test_a_member_hands_out_a_link_for_a_further_person_of_its_own_party(world: World) -> None:
    clerk = signed_in(world, "coop")

    token = issue(clerk, world.parties["coop"])

    grower = Browser(world)
    assert grower.post("/in", {"token": token}).status_code == 303
    page = grower.get("/m/me").text
    assert "示例中药材专业合作社" in page
    assert "生产经营主体" in page


def test_an_official_hands_out_links_for_parties_of_the_region(world: World) -> None:
    official = signed_in(world, "official")

    choice = official.get(LINKS).text
    page = official.get(f"{LINKS}?party={world.parties['laboratory']}").text
    token = issue(official, world.parties["laboratory"], "laboratory")

    offered = set(re.findall(r'<option value="([^"]+)"', choice))
    assert offered == {world.parties[name] for name in ("coop", "neighbour", "laboratory")}
    assert 'name="role" value="laboratory"' in page
    assert 'name="role" value="member"' not in page
    laboratory = Browser(world)
    laboratory.post("/in", {"token": token})
    assert "检测机构" in laboratory.get("/m/me").text


def test_an_official_sees_into_whose_hands_a_link_goes(world: World) -> None:
    """A household has no public name, and a way in is for a person."""
    body = {"name": "柳青禾", "legal_form": "household", "roles": ["grower"], "region": "341602", "township": "十河镇"}
    household = world.made("/api/v1/parties", body, "official")["id"]
    official = signed_in(world, "official")

    choice, chosen = official.get(LINKS).text, official.get(f"{LINKS}?party={household}").text

    assert f"柳青禾（{household[:6]}）" in choice
    assert f"柳青禾（{household[:6]}）" in chosen
    assert "未公开姓名" not in choice + chosen


def test_the_token_is_shown_once_and_rests_as_a_hash(world: World) -> None:
    clerk = signed_in(world, "coop")

    token = issue(clerk, world.parties["coop"])

    assert token not in clerk.get(LINKS).text
    assert token.encode() not in world.node.settings.operational.read_bytes()
    (kept,) = [one for one in valid_tokens(world.operational, world.parties["coop"]) if one.issued_by]
    assert (kept.token.hash, kept.issued_by) == (token_hash(token), token_hash(world.tokens["coop"]))


def test_the_code_on_the_page_is_the_link(world: World) -> None:
    clerk = signed_in(world, "coop")
    clerk.get(LINKS)
    page = clerk.post(LINKS, {"party": world.parties["coop"], "role": "member"}).text

    (found,) = zxingcpp.read_barcodes(drawn(page))

    assert found.text == f"http://suxin.example/in#{token_on(page)}"
    assert "style=" not in page


def drawn(page: str) -> Image.Image:
    """The code's one path, drawn by somebody else than who wrote it."""
    side = int(re.findall(r'viewBox="0 0 (\d+) \d+" shape', page)[0])
    image = Image.new("L", (side * 8, side * 8), 255)
    draw = ImageDraw.Draw(image)
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", page):
        left, top = (int(x) + 4) * 8, (int(y) + 4) * 8
        draw.rectangle((left, top, left + int(length) * 8 - 1, top + 7), fill=0)
    return image


def test_a_link_of_a_member_ends_with_the_member_s_own_token(world: World) -> None:
    """Or a token that somebody found could be renewed by its finder for ever."""
    clerk = signed_in(world, "coop")  # its token lives 30 days
    world.clock.at += timedelta(days=10)

    token = issue(clerk, world.parties["coop"])

    found = world.operational.find_token(token_hash(token))
    assert found is not None
    assert found.expires_at == world.clock.at + timedelta(days=20)


def test_a_link_of_an_official_lasts_a_season(world: World) -> None:
    token = issue(signed_in(world, "official"), world.parties["coop"])

    found = world.operational.find_token(token_hash(token))
    assert found is not None
    assert found.expires_at == world.clock.at + timedelta(days=90)


@pytest.mark.parametrize(
    ("who", "party", "role"),
    [
        ("coop", "neighbour", "member"),
        ("coop", "laboratory", "laboratory"),
        ("official", "retailer", "member"),
        ("far official", "coop", "member"),
    ],
)
def test_a_party_of_others_looks_like_one_that_does_not_exist(world: World, who: str, party: str, role: str) -> None:
    visitor = signed_in(world, who)
    visitor.get(LINKS)

    foreign = visitor.post(LINKS, {"party": world.parties[party], "role": role})
    unknown = visitor.post(LINKS, {"party": "nobody-1234567890123456", "role": role})
    shown = visitor.get(f"{LINKS}?party={world.parties[party]}")

    assert (foreign.status_code, foreign.text) == (unknown.status_code, unknown.text)
    assert (foreign.status_code, shown.status_code) == (404, 404)
    assert [one for one in valid_tokens(world.operational, world.parties[party]) if one.issued_by] == []


@pytest.mark.parametrize(
    ("who", "party", "role"),
    [
        ("coop", "coop", "laboratory"),
        ("coop", "coop", "official"),
        ("coop", "coop", ""),
        ("official", "coop", "laboratory"),
        ("official", "coop", "official"),
        ("official", "laboratory", "member"),
        ("official", "laboratory", "administrator"),
    ],
)
def test_nobody_hands_out_more_than_a_party_is(world: World, who: str, party: str, role: str) -> None:
    visitor = signed_in(world, who)
    visitor.get(LINKS)

    answer = visitor.post(LINKS, {"party": world.parties[party], "role": role})

    assert answer.status_code == 422


@pytest.mark.parametrize("who", ["laboratory", "auditor", "administrator"])
def test_other_roles_hand_out_nothing(world: World, who: str) -> None:
    visitor = signed_in(world, who)

    assert visitor.get(LINKS).status_code == 403
    assert visitor.post(LINKS, {"party": world.parties["coop"], "role": "member"}).status_code == 403
    assert LINKS not in visitor.get("/m/me").text


# ---- taking back -----------------------------------------------------------------------------------------------------


def test_a_link_that_is_withdrawn_signs_its_person_out(world: World) -> None:
    clerk = signed_in(world, "coop")
    grower = Browser(world)
    grower.post("/in", {"token": issue(clerk, world.parties["coop"])})
    (link,) = re.findall(r'name="link" value="([0-9a-f]{16})"', clerk.get(LINKS).text)

    answer = clerk.post(f"{LINKS}/withdraw", {"party": world.parties["coop"], "link": link})

    assert (answer.status_code, answer.headers["location"]) == (303, f"{LINKS}?party={world.parties['coop']}")
    assert grower.get("/m/me").status_code == 303
    assert "没有还有效的链接" in clerk.get(LINKS).text
    assert clerk.get("/m/me").status_code == 200


def test_an_office_sees_and_takes_back_every_link_of_a_party(world: World) -> None:
    clerk, official = signed_in(world, "coop"), signed_in(world, "official")
    issue(clerk, world.parties["coop"])
    issue(official, world.parties["coop"])

    page = official.get(f"{LINKS}?party={world.parties['coop']}").text

    # Its own, the member's, and the member's own, which the operator made.
    assert page.count("由您发出</p>") == 1
    assert page.count("由其他账号发出</p>") == 2
    for link in re.findall(r'name="link" value="([0-9a-f]{16})"', page):
        assert official.post(f"{LINKS}/withdraw", {"party": world.parties["coop"], "link": link}).status_code == 303
    assert clerk.get("/m/me").status_code == 303


def test_a_member_neither_sees_nor_takes_back_what_another_handed_out(world: World) -> None:
    clerk, official = signed_in(world, "coop"), signed_in(world, "official")
    given = token_hash(issue(official, world.parties["coop"]))

    page = clerk.get(LINKS).text
    answer = clerk.post(f"{LINKS}/withdraw", {"party": world.parties["coop"], "link": given.hex()[:16]})

    assert "没有还有效的链接" in page
    assert answer.status_code == 404
    assert [one.token.hash for one in valid_tokens(world.operational, world.parties["coop"])].count(given) == 1


def test_an_account_of_another_region_takes_nothing_back(world: World) -> None:
    far, link = signed_in(world, "far official"), token_hash(world.tokens["coop"]).hex()[:16]

    answer = far.post(f"{LINKS}/withdraw", {"party": world.parties["coop"], "link": link})

    assert answer.status_code == 404
    assert signed_in(world, "coop").get("/m/me").status_code == 200


def test_what_happens_is_logged_without_a_secret(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    clerk, grower = signed_in(world, "coop"), Browser(world)
    token = issue(clerk, world.parties["coop"])
    grower.sign_in("coop")
    grower.post("/in", {"token": token})
    (link,) = re.findall(r'name="link" value="([0-9a-f]{16})"', clerk.get(LINKS).text)
    clerk.post(f"{LINKS}/withdraw", {"party": world.parties["coop"], "link": link})
    clerk.post("/m/me/sessions", {"end": "others"})
    clerk.post("/out", {})
    clerk.post("/in", {"token": token})

    events = [record.message for record in caplog.records if record.name == "suxin.sessions"]
    written = "".join(str(vars(record)) for record in caplog.records)
    assert events == [
        *("session.started", "token.issued", "session.started", "session.started"),
        *("token.revoked", "session.ended", "session.ended", "session.refused"),
    ]
    for secret in (token, world.tokens["coop"], clerk.form_token, grower.form_token, str(grower.cookie)):
        assert secret not in written


def test_the_page_is_said_in_english_too(world: World) -> None:
    page = signed_in(world, "official", "en").get(f"{LINKS}?party={world.parties['coop']}")

    assert "Hand out: Producer or trader" in html.unescape(page.text)
    assert '<span lang="zh-CN">示例中药材专业合作社</span>' in page.text
