"""What do a member's pages show of their batches and records? Ready values, one class a page."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from markupsafe import Markup

from api.pages.aside_view import AsideLine
from api.pages.forms.choices import NOTHING
from api.pages.forms.speaking import may_record, recordable
from api.pages.forms.views import Link
from api.pages.gaps import Gap
from api.pages.member_context import Member, OwnPlace, batch_label, party_label
from api.pages.member_holds import Flag, Hold, may_be_restated
from api.pages.notices import NoticeLine
from api.pages.scan_details import step_detail
from api.pages.scan_records import Placed
from api.pages.scan_titles import step_title
from api.pages.scan_view import grouped_code
from api.pages.scan_words import as_moment
from api.pages.trace_view import Known, TraceView
from api.pages.views import Fact
from api.pages.waiting_corrections import WaitingLine
from trace.events import KINDS
from trace.history import BatchView, RecordView
from trace.holds import CONTROLS
from trace.products import dimension_of
from trace.quantity import Dimension
from trace.state import Row, balance

_UNTOLD = frozenset({"verdict"})
"""What a rule thought on the way; what came of it (a hold, a question) is told."""

_OWN_WAY = frozenset({"labels_issued", "flag_answered", "batch_split", "batch_merged", "transfer_offered"})
"""Kinds with a page of their own, that begin at a question, or that stand beside the batches they open."""

BIG_ACTIONS = 6
ACTIONS: tuple[tuple[str, str, str], ...] = (
    ("input_use", "input_kind=pesticide", "drop"),
    ("input_use", "input_kind=fertiliser", "sprout"),
    ("harvest", "", "basket"),
    ("primary_processing", "", "sun"),
    ("labels_issued", "", "tag"),
    ("packing", "", "box"),
    ("dispatch", "", "truck"),
    ("store_in", "", "store"),
    ("receipt", "", "box"),
    ("retail_sale", "", "basket"),
    ("sample_taken", "", "flask"),
)
"""What is done most, first: kind, what the button settles beforehand, its icon. The first six that fit are big."""

_SHOWN_IN: Mapping[Dimension, tuple[str, int]] = MappingProxyType(
    {
        Dimension.HEAD: ("head", 1),
        Dimension.MASS: ("kg", 10**6),
        Dimension.VOLUME: ("L", 10**6),
        Dimension.AREA: ("m2", 3 * 10**6),
    }
)
"""The unit in which a balance is shown, and how many base units it has."""


def first_step(roles: Collection[str], has_goods: bool, has_places: bool) -> str:
    """What to begin with: a market with the code on the goods, always; who grows nothing too, as long as nothing came;
    a grower with a plot, then with a batch."""
    if "market" in roles or not (has_goods or "grower" in roles):
        return "scan"
    if has_goods:
        return ""
    return "batch" if has_places else "place"


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch in a list."""

    href: str
    label: Markup
    stage: Markup
    amount: Markup
    code: str
    is_closed: bool
    holds: tuple[Hold, ...]


@dataclass(frozen=True, slots=True)
class TodayView:
    """What to do today. `first`: the step that has to come first, where nothing is registered yet; `offers`: goods that
    somebody hands over to this party; `aside`: what came under a key that had ended; `receipts`: papers of cases that it may
    say it received; `gaps`: what the law asks for and the own registration left out."""

    party: Markup
    offers: tuple[Link, ...]
    waiting: tuple[WaitingLine, ...]
    aside: tuple[AsideLine, ...]
    gaps: tuple[Gap, ...]
    receipts: tuple[Link, ...]
    notices: tuple[NoticeLine, ...]
    held: tuple[BatchRow, ...]
    batches: tuple[BatchRow, ...]
    first: str
    has_more: bool


@dataclass(frozen=True, slots=True)
class BatchesView:
    """The party's batches, newest first; on the first page also those that it has no more."""

    batches: tuple[BatchRow, ...]
    older: str
    earlier: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """A button of the batch page."""

    href: str
    text: Markup
    icon: str


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One record in the history of a batch."""

    href: str
    title: Markup
    day: str
    moment: str
    detail: Markup
    signer: Markup
    fate: Markup
    correct_href: str


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer as its parties see it: with whom. `state`: open, declined, withdrawn, lapsed; `at`: its last day, or when it
    was declined or taken back; `id`: what the seller can still take back, by a form sent to `take_back`."""

    party: Markup
    state: str
    at: str
    id: str = ""
    take_back: str = ""


@dataclass(frozen=True, slots=True)
class BatchPageView:
    """One batch of the party."""

    title: Markup
    facts: tuple[Fact, ...]
    holds: tuple[Hold, ...]
    flags: tuple[Flag, ...]
    actions: tuple[Action, ...]
    others: tuple[Link, ...]
    history: tuple[RecordLine, ...]
    trace: TraceView | None
    waiting: tuple[WaitingLine, ...]
    offer: Offer | None
    public_href: str


@dataclass(frozen=True, slots=True)
class ScanCodeView:
    """The page to type a code; `typed`: what was typed and is none."""

    typed: str
    is_unknown: bool


def batch_row(member: Member, row: Row, places: Sequence[OwnPlace], holds: tuple[Hold, ...]) -> BatchRow:
    """One line of a list of batches."""
    return BatchRow(
        href=f"/m/batches/{row['id']}",
        label=batch_label(member, row, places),
        stage=member.words.word("kind", row["stage"]),
        amount=amount_of(member, row),
        code=grouped_code(row["code"]) if row["code"] else "",
        is_closed=row["is_closed"],
        holds=holds,
    )


def offer_row(member: Member, row: Row) -> Link:
    """Goods that wait to be taken over: which, from which township, how much."""
    words, product = member.words, member.words.names.products[row["product"]]
    label = words.html("member.batch", product=words.product_name(product), place=words.quoted(row["township"]))
    return Link(f"/m/offers/{row['id']}", words.clauses([label, amount_of(member, row)]))


def amount_of(member: Member, row: Row) -> Markup:
    """What is left of a batch, in the unit in which such goods are spoken of."""
    left = left_of(row)
    return member.words.measure(left["value"], left["unit"])


def left_of(row: Row) -> dict[str, str]:
    """The same as a payload states a quantity; nothing is left where the value is 0 or below."""
    return quantity_of(row, balance(row))


def quantity_of(row: Row, amount: int) -> dict[str, str]:
    """An amount of these goods in base units, as a payload states it."""
    unit, base = _SHOWN_IN[dimension_of(row["product"])]
    return {"value": f"{(Decimal(amount) / base).normalize():f}", "unit": unit}


def batch_page(
    member: Member,
    row: Row,
    places: Sequence[OwnPlace],
    view: BatchView,
    parties: Mapping[str, Row],
    holds: tuple[Hold, ...],
    flags: tuple[Flag, ...],
    fates: Mapping[int, str],
    trace: TraceView | None,
    waiting: tuple[WaitingLine, ...],
    offer: Offer | None,
) -> BatchPageView:
    """The page of one batch: where it stands, what can be done, what was recorded."""
    words = member.words
    actions = list(_actions(member, row))
    big = {action.href for action in actions[:BIG_ACTIONS]}
    others = [
        *_divisions(member, row),
        *(
            Link(f"/m/record/{kind.name}?batch={row['id']}", words.word("kind", kind.name))
            for kind in recordable(member.party, row)
            if not any(href.startswith((f"/m/record/{kind.name}?", f"/m/labels/{kind.name}")) for href in big)
            and kind.name not in _OWN_WAY
        ),
    ]
    facts = [
        Fact(words.html("member.stage"), words.word("kind", row["stage"])),
        Fact(words.html("member.left"), amount_of(member, row)),
    ]
    if row["code"]:
        facts.append(
            Fact(words.html("site.code"), Markup('<span class="code">{}</span>').format(grouped_code(row["code"])))
        )
    return BatchPageView(
        title=batch_label(member, row, places),
        facts=tuple(facts),
        holds=holds,
        flags=flags,
        actions=tuple(actions[:BIG_ACTIONS]),
        others=tuple(others),
        history=tuple(
            _line(member, view, record, parties, fates.get(record.index, ""))
            for record in reversed(view.records)
            if record.kind is not None and record.kind not in _UNTOLD
        ),
        trace=trace,
        waiting=waiting,
        offer=offer,
        public_href=f"/t/{row['code']}" if row["code"] else "",
    )


def known_to(member: Member, row: Row, places: Sequence[OwnPlace]) -> Known:
    """What a party knows of a batch up or down the stream: of its own all, of another's what everybody sees."""
    if member.id in (row["owner"], row["holder"]):
        code = Markup('<span class="code">{}</span>').format(grouped_code(row["code"])) if row["code"] else None
        return Known(batch_label(member, row, places), f"/m/batches/{row['id']}", code)
    product = member.words.product_name(member.words.names.products[row["product"]])
    name = member.words.html("member.batch", product=product, place=member.words.quoted(row["township"]))
    return Known(name, f"/t/{row['code']}" if row["code"] else "", member.words.html("lineage.of_others"))


def _divisions(member: Member, row: Row) -> Iterable[Link]:
    """To divide it, to make another one of it, to hand it over."""
    if may_record(KINDS["batch_split"], member.party, row):
        yield Link(f"/m/split/{row['id']}", member.words.html("lineage.split"))
    if member.id == row["owner"]:
        yield Link(f"/m/blend?batch={row['id']}", member.words.html("lineage.blend"))
    if may_record(KINDS["transfer_offered"], member.party, row):
        yield Link(f"/m/offer/{row['id']}", member.words.html("lineage.offer"))


def _actions(member: Member, row: Row) -> Iterable[Action]:
    """Everything that this party does often with such goods; planting first, as long as nothing has happened yet."""
    first = (("planting", "", "sprout"),) if row["stage"] == "batch_opened" else ()
    for name, settled, icon in (*first, *ACTIONS):
        kind = KINDS.get(name)
        if kind is None or not may_record(kind, member.party, row):
            continue
        text = member.words.html(f"member.act.{name}{settled and '.'}{settled.partition('=')[2]}")
        query = f"batch={row['id']}" + (f"&{settled}" if settled else "")
        yield Action(f"/m/labels/{row['id']}" if name == "labels_issued" else f"/m/record/{name}?{query}", text, icon)


def _line(member: Member, view: BatchView, record: RecordView, parties: Mapping[str, Row], fate: str) -> RecordLine:
    words = member.words
    assert record.kind is not None
    assert record.occurred_at is not None
    assert record.payload is not None
    placed = Placed(view, record, record.kind, record.occurred_at, record.payload, of_input=False)
    # What a rule found on an older record stands from the day on which it came, as its band says.
    is_found = record.kind in CONTROLS
    moment = as_moment(record.received).astimezone(member.now.tzinfo).isoformat() if is_found else record.occurred_at
    return RecordLine(
        href=f"/m/records/{record.index}",
        title=step_title(placed, words),
        day=words.day(moment),
        moment=moment,
        detail=step_detail(placed, words),
        signer=signer_of(member, record.actor, record.custody, parties),
        fate=words.html(f"member.fate.{fate}") if fate else NOTHING,
        correct_href=f"/m/correct/{record.index}"
        if record.actor == member.id and may_be_restated(record.kind) and fate != "did_not_occur"
        else "",
    )


def signer_of(member: Member, actor: str | None, custody: bool, parties: Mapping[str, Row]) -> Markup:
    """Whose words a record is, and whether the node signed for them."""
    words, party = member.words, parties.get(actor or "")
    if actor == member.id:
        name = words.html("member.we")
    elif party is None:
        return words.html("journey.platform")
    else:
        name = party_label(party, words)
    return words.html("journey.custody" if custody else "journey.signed", name=name)
