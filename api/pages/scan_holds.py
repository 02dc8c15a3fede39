"""What holds this batch, since when, by which rule, and what lifts it? In the words of the page behind a label."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from api.pages.law_words import law_words
from api.pages.scan_words import Words, as_moment
from trace.history import BatchView, RecordView
from trace.legal_days import SHANGHAI
from trace.rules.catalogue import remedies_of


@dataclass(frozen=True, slots=True)
class HoldView:
    """One hold. `origin_href` and `origin` are of the batch from which it spread, else empty; `lifted` says when and
    why it fell, and is empty while it stands."""

    why: Markup
    since: Markup
    basis: Markup
    cures: tuple[Markup, ...]
    origin_href: str
    origin: Markup
    lifted: Markup


def is_held(batch: BatchView) -> bool:
    """Whether a hold stands on the batch."""
    released = {_place(record.payload["hold"]) for record in _of_kind(batch, "hold_released") if record.payload}
    return any((record.chain, record.seq) not in released for record in _of_kind(batch, "hold_placed"))


def holds_of(
    batch: BatchView, hrefs: Mapping[str, str], called: Mapping[str, Markup], words: Words
) -> tuple[HoldView, ...]:
    """Every hold that was placed on the batch, those that stand first, each group oldest first.

    `hrefs` and `called`: where the pages of the batches upstream are, and what they are called.
    """
    lifted = {_place(record.payload["hold"]): record for record in _of_kind(batch, "hold_released") if record.payload}
    placed = [(record, lifted.get((record.chain, record.seq))) for record in _of_kind(batch, "hold_placed")]
    placed.sort(key=lambda one: (one[1] is not None, one[0].index))
    return tuple(_hold(record, release, hrefs, called, words) for record, release in placed)


def _of_kind(batch: BatchView, kind: str) -> Iterable[RecordView]:
    return (record for record in batch.records if record.kind == kind and record.payload is not None)


def _place(entry: Mapping[str, object]) -> tuple[object, object]:
    return entry["chain"], entry["seq"]


def _hold(
    record: RecordView,
    release: RecordView | None,
    hrefs: Mapping[str, str],
    called: Mapping[str, Markup],
    words: Words,
) -> HoldView:
    say = record.payload or {}
    origin = str(say["origin"]["chain"]) if "origin" in say else ""
    rule = words.word("rule.name", str(say["rule"]).partition("@")[0])
    cures = () if origin else remedies_of(say["reason"])
    return HoldView(
        why=words.word("rule.reason", say["reason"]),
        since=words.html("goods.hold.since", day=_day(record.received, words)),
        basis=words.html("goods.hold.basis", rule=rule, law=law_words(say["article"], words), code=say["rule"]),
        cures=(*(words.word("rule.remedy", code) for code in cures), words.word("goods.hold.lift", say["lifted_by"])),
        origin_href=hrefs.get(origin, ""),
        origin=called.get(origin, words.html("goods.hold.origin_unknown") if origin else Markup("")),
        lifted=_lifted(release, words),
    )


def _lifted(release: RecordView | None, words: Words) -> Markup:
    if release is None or release.payload is None:
        return Markup("")
    ground = words.word("goods.hold.ground", release.payload["ground"])
    line = words.html("goods.hold.lifted", day=_day(release.received, words), ground=ground)
    reason = release.payload.get("reason_text")
    return words.clauses([line, words.quoted(reason)]) if reason else line


def _day(received: str, words: Words) -> str:
    """The day as the law counts it: entries are sealed in UTC."""
    return words.day(as_moment(received).astimezone(SHANGHAI).isoformat())
