"""In a word or two, where does a batch stand? For lists that offer its page."""

from __future__ import annotations

from markupsafe import Markup

from api.pages.scan_words import Words
from trace.events import KINDS

TEST_FIRST = "test-first"
_AT_THE_GATE = {
    "market_admission": frozenset({"admitted", "refused", TEST_FIRST}),
    "sample_taken": frozenset({TEST_FIRST}),
}
"""After which last record a market's decision still says where the batch stands: a sample ends no waiting for a test."""


def state_word(
    stage: str, words: Words, *, is_held: bool, is_freed: bool, is_closed: bool, decision: str = ""
) -> Markup:
    """Held, free again, sold out, what a market decided last, or what happened last; a last record that is not public is
    not named. `decision`: of the last admission, where there is one."""
    if is_held:
        return words.html("home.state.held")
    if not is_closed and decision in _AT_THE_GATE.get(stage, ()):
        return words.html(f"home.state.{decision}")
    stages = [
        words.html("home.state.freed") if is_freed else None,
        words.html("home.state.closed") if is_closed else None,
        words.word("kind", stage) if KINDS[stage].is_public else None,
    ]
    return words.clauses(stages[:2] if any(stages[:2]) else stages)
