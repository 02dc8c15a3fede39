"""In a word or two, where does a batch stand? For lists that offer its page."""

from __future__ import annotations

from markupsafe import Markup

from api.pages.scan_words import Words
from trace.events import KINDS


def state_word(stage: str, words: Words, *, is_held: bool, is_freed: bool, is_closed: bool) -> Markup:
    """Held, free again, sold out, or what happened last; a last record that is not public is not named."""
    if is_held:
        return words.html("home.state.held")
    stages = [
        words.html("home.state.freed") if is_freed else None,
        words.html("home.state.closed") if is_closed else None,
        words.word("kind", stage) if KINDS[stage].is_public else None,
    ]
    return words.clauses(stages[:2] if any(stages[:2]) else stages)
