"""What does axe find on the page that a tab shows? The one place that runs it.

axe measures what is visible. A bar that sticks to the lower edge covers what happens to lie behind it, and of a link half
behind it axe says that the target is too small, although one scrolls it free. Which link that is, a few pixels decide: the
machine's fonts, the length of a date. So the window is made taller than the page, where nothing lies behind anything.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

SOURCE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
ROOM = 200
"""Pixels below the page's end, so that no bar sticks by a fraction of one."""


def axe_findings(page: Page) -> list[tuple[str, list[str]]]:
    """Each rule that the page violates at the width it has, and the parts that violate it; none is an empty list."""
    before = page.viewport_size
    assert before is not None
    page.set_viewport_size({"width": before["width"], "height": _height(page) + ROOM})
    assert _height(page) <= page.evaluate("innerHeight"), "a page that grows with its window is never seen whole"
    page.evaluate(SOURCE.read_text("utf-8"))  # by the debugger, which the page's policy does not hold back
    found: dict[str, Any] = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES
    )
    page.set_viewport_size(before)
    return [(one["id"], [part["html"] for part in one["nodes"]]) for one in found["violations"]]


def _height(page: Page) -> int:
    height: int = page.evaluate("document.documentElement.scrollHeight")
    return height
