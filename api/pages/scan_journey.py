"""What happened to the goods, said in plain words? One step a public record, newest first.

Only what a record states is said: no rule judges here, no private field has reached a payload.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from api.pages.scan_details import step_detail
from api.pages.scan_records import Placed, told_late
from api.pages.scan_titles import step_title
from api.pages.scan_words import Words, as_day
from trace.history import History
from trace.papers import REPORTS


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the journey. `mark` is milestone, step, stop or past: shape and word say it too, not colour alone.

    `became` says that a later record corrects this one, or that it came in late, else it is empty.
    """

    title: Markup
    day: str
    moment: str
    detail: Markup
    signer: Markup
    batch: Markup
    mark: str
    became: Markup


_MILESTONES = frozenset({"harvest", "packing", "receipt", "retail_sale", "hold_released"})
_NOT_TOLD = frozenset({"verdict"})
"""What the rules remark stands where the page says what was checked."""


def journey(history: History, placed: Iterable[Placed], words: Words) -> tuple[Step, ...]:
    """The steps, newest first, each as it was said at the time."""
    told = [item for item in placed if item.kind not in _NOT_TOLD]
    year = as_day(told[-1].occurred_at).year if told else None
    return tuple(_step(item, history, words, year) for item in reversed(told))


def party_name(history: History, party: str | None, words: Words) -> Markup:
    """A legal person by name; a natural person as such, for their names are not public."""
    view = history.parties.get(party or "")
    if view is None:
        return words.html("party.platform" if party is not None else "party.unknown")
    return words.quoted(view.name) if view.name is not None else words.html("party.natural")


def _signer(item: Placed, history: History, words: Words) -> Markup:
    """Who stands behind a record. Where one party made the goods from field to pack it is "the producer": the page
    names it once, below, instead of twenty times."""
    record = item.record
    if item.kind == "hold_released" and item.payload["ground"] == "officials":
        return words.html("goods.hold.signed")
    if record.actor is not None and record.actor not in history.parties:
        return words.html("journey.platform")
    owners = {history.batch.owner, *(batch.owner for batch in history.inputs)}
    name = words.html("journey.producer") if owners == {record.actor} else party_name(history, record.actor, words)
    return words.html("journey.custody" if record.custody else "journey.signed", name=name)


def _input_line(item: Placed, history: History, words: Words) -> Markup:
    """That a record belongs to what went in, and to which goods where these are others."""
    if item.batch.product == history.batch.product:
        return words.html("journey.same_input")
    product = words.names.products.get(item.batch.product)
    return words.html("journey.of_input", product=words.product_name(product) if product else item.batch.product)


def _step(item: Placed, history: History, words: Words, year: int | None) -> Step:
    title = step_title(item, words)
    detail = step_detail(item, words)
    signer = _signer(item, history, words)
    batch = _input_line(item, history, words) if item.of_input else Markup("")
    became = words.html(f"goods.correction.became.{item.became}") if item.became else _late(item, words)
    return Step(title, _day(item, words, year), item.occurred_at, detail, signer, batch, _mark(item), became)


def _day(item: Placed, words: Words, year: int | None) -> str:
    return words.day(item.occurred_at, year)


def _late(item: Placed, words: Words) -> Markup:
    day = told_late(item)
    return words.html("goods.told_late", day=words.day(day.isoformat())) if day else Markup("")


def _mark(item: Placed) -> str:
    if item.became:
        return "past"
    said = item.conclusion if item.kind in REPORTS else None
    said = item.payload.get("decision") if item.kind == "market_admission" else said
    if said in ("fail", "refused") or item.kind == "hold_placed":
        return "stop"
    passed = said in ("pass", "admitted")
    return "milestone" if passed or item.kind in _MILESTONES else "step"
