"""People of cases, each in a browser of their own: signed in as themselves, on the day that the test sets, officials with a
key that no other browser has.

One live log from its first day, served on a port of this machine. What the world needs before a story begins (parties,
authorities, tokens, and the drafts of what the founders sign) is made here; keys are made on `/desk/keys`, and every
signature is given on `/desk/sign`. No key of an official exists outside its browser.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect

from api.connection import Connection
from api.edge import security_headers
from api.founders import draft
from api.waiting import Waiting, document_bytes, page_of
from api.waiting.signing import Asked, ask
from credit.reference import table_hash
from tests.api.app_parts import REGION, World, running_world
from tests.api.case_parts import keep_up, on, run
from tests.browser.axe import axe_findings
from tests.browser.hand import Hand, watched
from trace.ledger.statement import sign_document

PHONE, DESK = ViewportSize(width=360, height=780), ViewportSize(width=1280, height=900)
CITY = "341600"
FIRST_DAY = "2026-09-10"
"""A Thursday, on which `populate` has registered the co-op, its batch and the laboratory in the morning."""
PATIENCE = 60_000
"""Milliseconds: a machine that does much else is slow, and nothing here is about speed."""
YEARS = 3650
"""Tokens outlive every term of a story; sessions end by themselves, and people sign in again."""

OFFICES: Mapping[str, tuple[str, ...]] = {
    "first": ("case_officer", "file_officer"),
    "second": ("second_officer", "verifier", "dept_lead"),
    "third": ("head", "registrar", "legal_reviewer"),
    "clerk": ("service_clerk",),
}
"""What each official of the district does. `first` and `second` are the founders of the office."""

NAMES: Mapping[str, str] = {
    "first": "示例承办人",
    "second": "示例复核人",
    "third": "示例负责人",
    "clerk": "示例窗口人员",
    "upper": "示例市级人员",
    "reviewer": "示例法制审核人员",
    "host": "示例听证主持人",
}
AUTHORITIES: Mapping[str, tuple[str, str, str]] = {
    "farming": ("示例区农业农村局", "agriculture", REGION),
    "market office": ("示例区市场监督管理局", "market-supervision", REGION),
    "city office": ("示例市市场监督管理局", "market-supervision", CITY),
}


@dataclass
class Person:
    """Somebody with a browser. `lang`: in which language the pages were asked for last."""

    walk: CaseWalk
    name: str
    context: BrowserContext
    hand: Hand
    width: int

    @property
    def page(self) -> Page:
        return self.hand.page

    def open(self, path: str) -> Page:
        """Go to an address; sign in again where the session ended meanwhile."""
        self.page.goto(self.walk.url + path)
        if "/in?" in self.page.url or self.page.url.endswith("/in"):
            self.page.fill('[name="token"]', self.walk.world.tokens[own_token(self.name)])
            with self.page.expect_navigation():
                self.page.locator("form#sign-in button").click()
        return self.page

    def start(self) -> Hand:
        """From the first page of the shell, signed in; from here taps are counted."""
        self.open(self.hand.home)
        self.hand.start()
        return self.hand

    def enrol(self) -> str:
        """Make a key in this browser and ask for it; where others vouch for it, "" where the node adds it."""
        self.open("/desk/keys")
        self.hand.button("生成并申请")
        return path_of(self.page) if "/desk/sign/" in self.page.url else ""

    def sign(self, path: str = "") -> Page:
        """With the key of this browser: what this page shows, or what waits at `path`."""
        if path:
            self.open("/desk/waiting")
            self.hand.tap(self.page.locator(f'main a[href="{path}"]').first)
        expect(self.page.locator("#by-key")).to_be_visible(timeout=PATIENCE)
        self.hand.button("用我的密钥签名")
        return self.page

    def must_sign(self, path: str = "") -> int:
        """As `sign`, the last signature that is wanted; the number of its entry."""
        page = self.sign(path)
        said = page.locator(".notice-done").inner_text()
        found = re.search("第([0-9]+)号", said)
        assert found is not None, said
        return int(found[1])

    def fill_in(self, texts: Mapping[str, str]) -> None:
        """Questions by the names of their controls: what is typed, what is chosen (radios), which file is taken in.

        The condition of a step (`guard`) is answered by the button that `save` presses.
        """
        for name, text in texts.items():
            if name == "guard" and self._yes.count():
                assert text == "true"
                continue
            control = self.page.locator(f'main [name="{name}"]')
            match control.first.get_attribute("type"):
                case "radio" | "checkbox":
                    self.hand.touch(self.page.locator(f'main label:has([name="{name}"][value="{text}"])'))
                case "file":
                    control.set_input_files(text)
                case _:
                    self.hand.fill(name, text)

    @property
    def _yes(self) -> Locator:
        """The button that says that the condition of the step is met."""
        return self.page.locator('.save-bar button[value="check:true"]')

    def check(self) -> None:
        """A sheet that is filled in is shown to be checked."""
        self.hand.tap(self._yes if self._yes.count() else self.page.get_by_role("button", name="核对", exact=True))
        assert self.page.locator(".field-error, .error-summary").count() == 0, self.main()

    def save(self, look: str = "") -> None:
        """A sheet that is filled in is checked and sent. `look`: the name of the picture of what is checked."""
        self.check()
        if look:
            self.look(look)
        self.send()

    def send(self) -> None:
        """What was checked."""
        self.hand.tap(self.page.locator(".save-bar button"))
        assert self.page.locator(".error-summary").count() == 0, self.main()

    def look(self, name: str, axe: bool = False) -> None:
        """The page as it is now fits the screen in both languages; a picture of each where they are wanted.

        The page is loaded again: what was typed and not sent is gone.
        """
        for lang in ("en", "zh"):
            self.context.add_cookies([{"name": "sx_lang", "value": lang, "url": self.walk.url}])
            self.page.reload()
            assert self.page.evaluate("document.documentElement.scrollWidth") == self.width, (name, lang)
            assert self.page.evaluate("document.documentElement.lang")[:2] == lang, name
            self.picture(f"{name}-{lang}")
            assert not axe or axe_findings(self.page) == [], (name, lang)

    def inspect(self, name: str) -> None:
        """As `look`, and axe finds nothing in either language."""
        self.look(name, axe=True)

    def picture(self, name: str) -> None:
        """The page as it is, where pictures are wanted."""
        if folder := os.environ.get("SUXIN_SCREENSHOTS"):
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    def reads(self, link: Locator, name: str, *texts: str) -> None:
        """Open a paper, find its number and these texts in it, and go back. A party reads a copy first, which leads to it."""
        self.hand.tap(link)
        is_copy = self.page.url.endswith("/copy")
        if is_copy:
            self.look(f"{name}-copy")
            self._finds(texts)
            self.hand.link("打开正本，可以打印")
        self._finds(texts)
        assert self.page.evaluate("document.documentElement.scrollWidth") == self.width, name
        self.picture(name)
        for _ in range(1 + is_copy):
            self.page.go_back()

    def _finds(self, texts: Sequence[str]) -> None:
        assert "/documents/" in self.page.url
        said = self.main()
        assert re.search("〔202[67]〕[0-9]+号", said), said
        assert [text for text in texts if text not in said] == [], said

    def main(self) -> str:
        """What stands on the page, blanks made one."""
        return re.sub(r"\s+", " ", self.page.inner_text("main"))

    def row(self, words: str) -> Locator:
        """The link of the first line of a list or table that says this."""
        return self.page.locator("main tr, main li").filter(has_text=words).first.get_by_role("link").first

    def link(self, words: str | re.Pattern[str]) -> Locator:
        """The first link whose words contain these."""
        return self.page.locator("main").get_by_role("link", name=words).first


@dataclass
class CaseWalk:
    """A world, where it is served, and who is in it. `violations`: what a page did against its policy. `office`: the chain of
    offices."""

    world: World
    url: str
    browser: Browser
    people: dict[str, Person] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    office: str = ""

    def on(self, day: str, hour: int = 9) -> None:
        """It is that hour of that legal day, for the node and in every browser; the node says what it has to say by then."""
        on(self.world, day, hour)
        for one in self.people.values():
            one.context.clock.set_fixed_time(self.world.clock())
        keep_up(self.world)

    def person(self, name: str) -> Person:
        """Whoever has a token by this name, with a browser that nobody else has."""
        if name not in self.people:
            is_desk = name in NAMES or name == "auditor"
            size = DESK if is_desk else PHONE
            context = self.browser.new_context(viewport=size, locale="zh-CN", has_touch=True)
            context.clock.set_fixed_time(self.world.clock())
            context.set_default_timeout(PATIENCE)
            watched(context, True)
            page = context.new_page()
            page.on("pageerror", lambda error: self.violations.append(str(error)))
            page.on("console", lambda said: self.violations.append(said.text) if "Policy" in said.text else None)
            home = "/desk/" if is_desk else "/lab/" if name == "laboratory" else "/m/"
            self.people[name] = Person(self, name, context, Hand(page, self.url, home=home), size["width"])
        return self.people[name]

    def asked(self, kind: str, chain: str, actor: str, payload: Mapping[str, Any], region: str = REGION) -> str:
        """What another program drafted: where it waits for the signatures of two who hold office."""
        party = self.world.parties[actor]
        drafted = Asked(kind, payload, chain, party, (region,))
        room = self.world.client.app.state.waiting  # type: ignore[attr-defined]
        made = run(self.world, ask(self.world.node, room, drafted, asked_by=party, account="setting up"))
        return page_of(made.id)

    def both_sign(self, path: str) -> int:
        """The two founders, each in an own browser."""
        self.person("first").open(path)
        self.person("first").sign()
        self.person("second").open(path)
        return self.person("second").must_sign()

    def give(self, name: str, authority: str, offices: Sequence[str], region: str = REGION) -> None:
        """An office, by both founders."""
        payload = {
            "party": self.world.parties[name],
            "offices": list(offices),
            "authority": self.world.parties[authority],
            "region": region,
            "basis": "谯农发〔2026〕1号",
        }
        self.both_sign(self.asked("office_given", self.office, "first", payload, region))

    def vouch(self, name: str) -> None:
        """A key that the person made in an own browser, by both founders."""
        self.both_sign(self.person(name).enrol())

    def found(self) -> None:
        """`first` and `second` make their keys in their browsers, and sign there that they found the office."""
        node = self.world.node
        for name in ("first", "second"):
            assert self.person(name).enrol() == ""
        founders = {"parties": [self.world.parties[name] for name in ("first", "second")], "region": CITY}
        fields = draft(node.recorder, founders)
        self.office = str(fields["chain"])
        proof = sign_document(fields, node.recorder.node_key, node.recorder.created())
        made = Waiting(
            fields["id"], document_bytes(fields), (), (proof,), (), node.recorder.node_chain, node.recorder.clock()
        )
        self.world.client.app.state.waiting.add(made)  # type: ignore[attr-defined]
        self.both_sign(page_of(made.id))


def own_token(name: str) -> str:
    """What the world calls the token that a person signs in with."""
    return f"{name} in person"


def path_of(page: Page) -> str:
    """The page's address on its site."""
    return "/" + page.url.split("/", 3)[3]


@contextmanager
def case_walk(folder: Path, browser: Browser, bureau: str = "farming", extra: Sequence[str] = ()) -> Iterator[CaseWalk]:
    """A district's first day: two founders, a head and a service clerk with their offices at one bureau, the competence
    register adopted. `extra`: further officials by their name in `NAMES`, registered with a token, without office or key.
    """
    with running_world(folder) as world, served(world) as url:
        walk = CaseWalk(world, url, browser)
        try:
            walk.on(FIRST_DAY, 13)
            _register(world, (*OFFICES, *extra))
            walk.found()
            for name, offices in OFFICES.items():
                walk.give(name, bureau, offices)
            for name in ("third", "clerk"):
                walk.vouch(name)
            _adopt(walk)
            yield walk
        finally:
            for one in walk.people.values():
                one.context.close()
    assert walk.violations == []


def _register(world: World, officials: Sequence[str]) -> None:
    for name in officials:
        region = CITY if name == "upper" else REGION
        body = {"name": NAMES[name], "legal_form": "person", "roles": ["regulator"], "region": region}
        world.parties[name] = world.made("/api/v1/parties", body, "official")["id"]
        world.add_token(own_token(name), "official", party=world.parties[name], region=region, days=YEARS)
    for name, (shown, kind, region) in AUTHORITIES.items():
        authority = {"name": shown, "legal_form": "authority", "roles": ["regulator"], "region": region}
        body = {**authority, "authority_kind": kind}
        world.parties[name] = world.made("/api/v1/parties", body, "official")["id"]
    market = {"name": "示例批发市场", "legal_form": "enterprise", "roles": ["market"], "region": REGION}
    world.parties["market"] = world.made("/api/v1/parties", market, "official")["id"]
    for name, role in (("coop", "member"), ("market", "member"), ("laboratory", "laboratory")):
        world.add_token(own_token(name), role, party=world.parties[name], days=YEARS)


def _adopt(walk: CaseWalk) -> None:
    """Which authority may list what: two officials adopt the register, as every table that decides."""
    payload = {
        "table": "competence.csv",
        "version": "1",
        "sha256": table_hash("competence"),
        "in_force_from": FIRST_DAY,
        "basis": "谯政〔2026〕2号",
    }
    walk.both_sign(walk.asked("tables_adopted", walk.office, "first", payload))


@contextmanager
def served(world: World) -> Iterator[str]:
    """The world's own app on a free port, in the very loop in which the test's client runs it."""
    taken = socket.create_server(("127.0.0.1", 0))
    connection: Any = partial(Connection, security=security_headers(world.node.settings))
    config = uvicorn.Config(
        world.client.app, http=connection, lifespan="off", access_log=False, log_level="warning", server_header=False
    )
    server = uvicorn.Server(config)
    portal = world.client.portal
    assert portal is not None
    running: Future[None] = portal.start_task_soon(partial(server.serve, sockets=[taken]))
    try:
        yield f"http://localhost:{taken.getsockname()[1]}"
    finally:
        server.should_exit = True
        running.result(PATIENCE / 1000)
        taken.close()


__all__ = ["CITY", "NAMES", "OFFICES", "CaseWalk", "Person", "case_walk", "own_token", "path_of", "served"]
