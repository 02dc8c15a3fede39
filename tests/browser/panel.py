"""What does the check panel of an open page say? Read as the shopper sees it: state, each line's result and sentence."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from api.pages.scan_view import PANEL_ROWS

FINISHED = '#check:not([data-state="not_here"]):not([data-state="checking"])'

Rows = dict[str, tuple[str, str]]
Visit = Callable[..., Page]
"""The `phone` fixture: an address in, the page whose panel has its answer out."""


def state(page: Page) -> str | None:
    """passed, unlabelled, failed, unreachable …"""
    return page.get_attribute("#check", "data-state")


def rows(page: Page) -> Rows:
    """(result, sentence) of each line; opens the list, for hidden text has no words."""
    page.evaluate("document.getElementById('check-details').open = true")
    return {
        key: (str(page.get_attribute(f'[data-row="{key}"]', "data-result")), page.inner_text(f'[data-row="{key}"] p'))
        for key in PANEL_ROWS
    }


def results(page: Page) -> list[str]:
    """The results alone, in the panel's order."""
    return [result for result, _ in rows(page).values()]


def wait_for_check(page: Page, scripted: bool = True) -> None:
    """Until the panel has its answer, where the page has a panel and a script to fill it."""
    if scripted and page.locator("#check").count():
        page.wait_for_selector(FINISHED)
