"""Where did the inputs come from? The batches upstream as a list and as a small picture, each with its own page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from api.pages.lineage_drawing import NOTHING_DRAWN, Drawing, draw, steps_from
from api.pages.scan_holds import is_held
from api.pages.scan_words import Words
from trace.history import BatchView, History


@dataclass(frozen=True, slots=True)
class InputView:
    """A batch upstream: its number in list and picture, where its own page is, what it is, how much of it went in here."""

    number: int
    href: str
    name: Markup
    line: Markup
    is_held: bool


@dataclass(frozen=True, slots=True)
class LineageView:
    """The list, and the picture with what it shows in words."""

    inputs: tuple[InputView, ...]
    drawing: Drawing
    description: Markup


def input_hrefs(history: History) -> dict[str, str]:
    """The page of each batch upstream: its label's, else one below this label's, by its place in the list."""
    return {
        batch.id: f"/t/{batch.code}" if batch.code else f"/t/{history.batch.code}/from/{number}"
        for number, batch in enumerate(history.inputs, 1)
    }


def batch_names(history: History, words: Words) -> dict[str, Markup]:
    """What each batch is called where another one speaks of it: goods, township, own lot number."""
    return {batch.id: _name(batch, words) for batch in (history.batch, *history.inputs)}


def lineage(history: History, hrefs: Mapping[str, str], words: Words) -> LineageView:
    """List and picture; both number the batches alike, nearest first."""
    numbers = {batch.id: number for number, batch in enumerate((history.batch, *history.inputs))}
    parents = {
        batch.id: [one for one in _inputs(batch) if one in numbers] for batch in (history.batch, *history.inputs)
    }
    # What went into the nearer batch is said, so that one comes last.
    taken = dict(one for batch in reversed((history.batch, *history.inputs)) for one in _taken(batch, words))
    shown = tuple(_input(batch, numbers[batch.id], hrefs, taken, words) for batch in history.inputs)
    held = [batch.id for batch in (history.batch, *history.inputs) if is_held(batch)]
    edges = [(parent, child) for child, sources in parents.items() for parent in sources]
    drawing = draw(steps_from(history.batch.id, parents), numbers, held, edges)
    if not drawing.marks:
        return LineageView(shown, NOTHING_DRAWN, Markup(""))
    steps = [
        words.html(
            "goods.lineage.step",
            child=_mark_word(numbers[child], words),
            parents=words.list_of(str(numbers[parent]) for parent in sources),
        )
        for child, sources in parents.items()
        if sources
    ]
    return LineageView(shown, drawing, words.clauses(steps))


def _mark_word(number: int, words: Words) -> Markup:
    return words.html("goods.lineage.this") if number == 0 else Markup(number)


def _inputs(batch: BatchView) -> list[str]:
    opened = batch.records[0].payload or {}
    return [str(one["batch"]) for one in opened.get("inputs", ())]


def _taken(batch: BatchView, words: Words) -> Iterable[tuple[str, Markup]]:
    opened = batch.records[0].payload or {}
    for one in opened.get("inputs", ()):
        yield str(one["batch"]), words.quantity(one["quantity"])


def _input(
    batch: BatchView, number: int, hrefs: Mapping[str, str], taken: Mapping[str, Markup], words: Words
) -> InputView:
    parts = [
        words.html("goods.lineage.taken", quantity=taken[batch.id]) if batch.id in taken else None,
        words.html("goods.lineage.held") if is_held(batch) else None,
        words.day(batch.opened_at),
    ]
    return InputView(number, hrefs.get(batch.id, ""), _name(batch, words), words.clauses(parts), is_held(batch))


def _name(batch: BatchView, words: Words) -> Markup:
    product = words.names.products.get(batch.product)
    opened = batch.records[0].payload or {}
    lot = opened.get("lot_no")
    return Markup(" · ").join(
        part
        for part in (
            Markup.escape(words.product_name(product) if product else batch.product),
            words.township(batch.region, batch.township),
            words.quoted(lot) if lot else None,
        )
        if part
    )
