"""What was kept aside, in plain words: for the clerks of its party and for the office that may vouch for it."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from api.aside import DISMISSED, REASONS, WAITING, Aside
from api.aside.vouching import is_vouchable
from api.pages.correction_words import correction_answers
from api.pages.forms.answers import Answer, answers, time_words
from api.pages.forms.choices import Choices
from api.pages.forms.views import Link
from api.pages.own_records import own_record
from api.pages.private import spoken_day_time
from api.pages.scan_words import Words, as_moment
from trace.ledger.store import Reads
from trace.queries import find_keys

SHOWN = 50
"""So many are listed, oldest first; the others come up as these are settled."""


@dataclass(frozen=True, slots=True)
class AsideLine:
    """One that waits, in a list: what kind of record, on what and of whom, when it happened and came, until when it is kept."""

    href: str
    title: Markup
    subject: Markup
    detail: Markup


@dataclass(frozen=True, slots=True)
class AsideView:
    """One of them. `state`: waiting, signed_again, vouched, dismissed; its words only while it waits.

    `subject`: on which batch, if on one; `who`: of which party; `key`: when and why its key ended; `said`: why the log did
    not take it just now; `record_href`: where the entry that settled it can be read, if anywhere.
    """

    title: Markup
    back: Link
    action: str
    state: str
    subject: Markup | None
    who: Markup
    came: Markup
    until: Markup
    key: Markup
    answers: tuple[Answer, ...]
    is_vouchable: bool
    reasons: tuple[str, ...]
    reason: str
    said: tuple[Markup, ...]
    index: int | None
    record_href: str


def aside_line(one: Aside, href: str, subject: Markup, words: Words) -> AsideLine:
    detail = words.html(
        "aside.line",
        day=time_words(one.fields["occurred_at"], words),
        came=spoken_day_time(one.came_at, words),
        until=spoken_day_time(one.kept_until, words),
    )
    return AsideLine(href, words.word("kind", one.kind_name), subject, detail)


def aside_view(
    reads: Reads,
    one: Aside,
    choices: Choices,
    words: Words,
    *,
    back: Link,
    action: str,
    subject: Markup | None,
    who: Markup,
    opens: bool,
    said: tuple[Markup, ...] = (),
    record_href: str = "",
) -> AsideView:
    """`opens`: the reader is of its party, and reads the private words of a record that it corrects."""
    return AsideView(
        title=words.word("kind", one.kind_name),
        back=back,
        action=action,
        state=one.state,
        subject=subject,
        who=who,
        came=Markup(spoken_day_time(one.came_at, words)),
        until=Markup(spoken_day_time(one.kept_until, words)),
        key=_key_words(reads, one, words),
        answers=_answers(reads, one, choices, words, opens) if one.state == WAITING else (),
        is_vouchable=is_vouchable(one),
        reasons=REASONS,
        reason=(one.reason or "") if one.state == DISMISSED else "",
        said=said,
        index=one.index,
        record_href=record_href,
    )


def _key_words(reads: Reads, one: Aside, words: Words) -> Markup:
    """When the key ended by the log, and why."""
    ended = next(row["revoked"] for row in find_keys(reads.connection, one.party) if row["id"] == one.key)
    record = own_record(reads, next(reads.rows(ended, ended + 1)), "")
    at = spoken_day_time(as_moment(record.received), words)
    return words.html("aside.key_ended", at=at, why=words.html(f"value.why.{record.payload['why']}"))


def _answers(reads: Reads, one: Aside, choices: Choices, words: Words, opens: bool) -> tuple[Answer, ...]:
    """When it happened, then field by field; of a correction what stood there and what will."""
    when = Answer(words.html("forms.occurred"), time_words(one.fields["occurred_at"], words), "")
    if reads.known([one.fields.get("corrects", "")]):
        return correction_answers(reads, one, choices, words, opens=opens)
    return when, *answers(one.kind, one.opened, choices, words)
