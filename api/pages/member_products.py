"""Which products did this party use before, so that the next use is one tap? Rows above the form, the last one chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import urlencode

from markupsafe import Markup

from api.pages.forms.layouts import Layout
from api.pages.forms.stepping import last_texts
from api.pages.forms.views import Link
from api.pages.member_context import Member
from api.pages.own_records import OwnRecord

INPUT_USE = "input_use"
PRODUCTS_OFFERED = 4
"""So many products of earlier records stand above the form."""
TARGETS_OFFERED = 4
NEW = "new"
"""In the address in place of a record: a product that was never used."""


def like_of(earlier: Iterable[OwnRecord], wanted: str) -> OwnRecord | None:
    """The record that a form begins like: the one that the address names, else the last; none for a new product."""
    records = tuple(earlier)
    if wanted == NEW:
        return None
    return next((one for one in records if str(one.index) == wanted), next(iter(records), None))


def products_offered(
    earlier: Iterable[OwnRecord], like: OwnRecord | None, name: str, address: Mapping[str, str], member: Member
) -> Iterable[Link]:
    """The last products, each with its interval, and a new one; nothing where there is none yet."""
    last: dict[object, OwnRecord] = {}
    for one in earlier if name == INPUT_USE else ():
        last.setdefault(one.payload.get("name"), one)
    chosen = like.payload.get("name") if like else None
    words = member.words
    shown = [*last][:PRODUCTS_OFFERED]
    if chosen in last and chosen not in shown:
        shown[-1] = chosen
    for product in shown:
        query = urlencode({**address, "like": last[product].index})
        note = _used(last[product], member)
        yield Link(f"/m/record/{name}?{query}", words.quoted(product), note, is_chosen=product == chosen)
    if shown:
        query = urlencode({**address, "like": NEW})
        yield Link(f"/m/record/{name}?{query}", words.html("member.new_product"), is_chosen=like is None)


def _used(record: OwnRecord, member: Member) -> Markup:
    """Its interval, and when it was used last."""
    words = member.words
    days = record.payload.get("interval_days")
    return words.clauses(
        [
            words.html("member.interval", n=days) if days is not None else None,
            words.html("member.used_last", day=words.day(record.occurred_at, member.now.year)),
        ]
    )


def targets_offered(earlier: Iterable[OwnRecord], name: str) -> Mapping[str, tuple[str, ...]]:
    """What this party used such products against, last first."""
    if name != INPUT_USE:
        return {}
    return {"target": last_texts("target", (one.payload for one in earlier), TARGETS_OFFERED)}


def without_name(layout: Layout, offered: bool) -> Layout:
    """Where a product is chosen above the form, its name is asked for below, among what is kept of the last time."""
    return replace(layout, first=tuple(one for one in layout.first if one != "name")) if offered else layout
