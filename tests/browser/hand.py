"""A hand on a phone: every touch of a page goes through it, and it counts them as the design's table of flows does.

A tap is a finger on something; a list that opens is two. A field is something that was typed. What a camera or a scanner
reads is neither: it is counted by itself. Where the page runs scripts, it counts the fingers too, and both must agree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Locator, Page

WITNESS = """
addEventListener('pointerdown', () => {
  sessionStorage.setItem('taps', 1 + Number(sessionStorage.getItem('taps') ?? 0));
}, true);
"""
"""A finger that comes down, on whatever it is; a label that ticks its box is one finger, and so is a list that opens."""


@dataclass
class Hand:
    """`lists`: of the taps, those that open a list and choose in it, which no page can see. `scans`: codes read. `home`: the
    first page of the shell."""

    page: Page
    url: str
    taps: int = 0
    fields: int = 0
    lists: int = 0
    scans: int = 0
    scripted: bool = True
    home: str = "/m/"

    def start(self) -> None:
        """The first page of the shell, which is where the count begins."""
        self.page.goto(f"{self.url}{self.home}")
        self.taps = self.fields = self.lists = self.scans = 0
        if self.scripted:
            self.page.evaluate("sessionStorage.removeItem('taps')")

    def touch(self, what: Locator) -> None:
        """A tap that changes something on this page."""
        what.tap()
        self.taps += 1

    def tap(self, what: Locator) -> None:
        """A tap that leads to another page, or to another place of this one."""
        with self.page.expect_navigation():
            self.touch(what)

    def link(self, words: str) -> None:
        self.tap(self.page.get_by_role("link", name=words, exact=True))

    def button(self, words: str) -> None:
        self.tap(self.page.get_by_role("button", name=words, exact=True))

    def choose(self, words: str) -> None:
        self.touch(self.page.locator("label.choice", has_text=re.compile(f"^{re.escape(words)}")).first)

    def fill(self, name: str, text: str) -> None:
        """What is typed: the tap that brings the keyboard is part of it, as in the table."""
        self.page.locator(f'[name="{name}"]').fill(text)
        self.fields += 1

    def set(self, name: str, value: str) -> None:
        """A list that opens, and a tap in it."""
        self.page.locator(f'select[name="{name}"]').select_option(value)
        self.taps += 2
        self.lists += 2

    def scan(self, text: str) -> None:
        """What a scanner reads: it types the text into the field that waits for it, and presses Enter."""
        self.page.locator("main input[name=code]").fill(text)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.scans += 1

    @property
    def count(self) -> tuple[int, int]:
        """Taps and fields since the start."""
        if self.scripted:
            seen = int(self.page.evaluate("Number(sessionStorage.getItem('taps') ?? 0)"))
            assert seen == self.taps - self.lists, "the page was touched otherwise"
        return self.taps, self.fields


def watched(context: BrowserContext, scripted: bool) -> None:
    """Pages of this context count fingers themselves, before their own scripts run."""
    if scripted:
        context.add_init_script(WITNESS)
