"""What stands on the page behind a label? Ready values for the templates, built from a batch's history.

Pure: a history, the names of things and a language in; texts out. Templates place them and decide nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from api.catalogue import Lang, messages
from api.pages.kept_pages import GAP
from api.pages.scan_amounts import amounts
from api.pages.scan_checks import rule_view, rule_views
from api.pages.scan_holds import holds_of, is_held
from api.pages.scan_journey import journey, party_name
from api.pages.scan_lineage import batch_names, input_hrefs, lineage
from api.pages.scan_names import Names, ProductName
from api.pages.scan_records import Placed, counting, public_records
from api.pages.scan_words import Words
from api.pages.views import (
    CheckRow,
    DocumentView,
    Fact,
    ItemView,
    LabelView,
    PanelView,
    PersonView,
    ReportView,
    ScanView,
)
from trace.history import BatchView, History
from trace.papers import REPORTS, RETEST
from trace.reports import report_of
from trace.rules import ItemVerdict, LimitShown

PANEL_ROWS = ("label", "chain", "signature", "inclusion", "checkpoint")
"""The five lines of the panel, each named after the check that decides it last."""

_VALUES_AT_A_GLANCE = 2
"""Values named in a report's first line; more would not fit two lines of a phone."""

_DOCUMENT_FIELDS: Mapping[str, str] = {
    "report": "document.report",
    "document": "document.paper",
    "documents": "document.paper",
    "evidence": "document.evidence",
    "label_photo": "document.label_photo",
    "form": "document.form",
    "proofs": "document.paper",
}


def grouped_code(code: str) -> str:
    """A label code as it is printed: 4-4-4."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def scan_view(
    history: History, names: Names, lang: Lang, path: str = "", hrefs: Mapping[str, str] | None = None
) -> ScanView:
    """The whole page. KeyError where the batch's product is in no table.

    `path` of the page, where it is not its label's; `hrefs`: the pages of the batches upstream, where they are not below
    this label's.
    """
    words = Words(lang, names)
    batch = history.batch
    product = names.products[batch.product]
    name = words.product_name(product)
    hrefs = input_hrefs(history) if hrefs is None else hrefs
    placed = public_records(history)
    counted = counting(placed)
    steps = journey(history, placed, words)
    hidden = sum(record.payload is None for record in batch.records)
    holds = holds_of(batch, hrefs, batch_names(history, words), words)
    reports = [item for item in reversed(counted) if item.kind in REPORTS]
    return ScanView(
        path=path or f"/t/{batch.code}",
        code=grouped_code(batch.code),
        holds=tuple(one for one in holds if not one.lifted),
        past_holds=tuple(one for one in holds if one.lifted),
        title=words.html("scan.title", product=name),
        demonstration=history.demonstration,
        class_line=_class_line(product, words),
        name=name,
        alias=words.quoted(product.alias) if product.alias else Markup(""),
        latin=product.latin,
        glyph=product.glyph,
        facts=_facts(batch, counted, words),
        panel=_panel(history, words),
        reports=tuple(_report(item, history, words) for item in reports),
        rules=rule_views(counted, words),
        amounts=amounts(batch, counted, words),
        lineage=lineage(history, hrefs, words),
        documents=tuple(_documents(placed, words)),
        steps=steps,
        count_line=words.html("journey.count", n=len(steps)),
        hidden_line=words.html("journey.hidden", n=hidden) if hidden else Markup(""),
        people=_people(history, words),
        scans_line=Markup(GAP) if batch.code else Markup(""),
    )


def scans_line(today: int, total: int, names: Names, lang: Lang) -> Markup:
    """How often this label was scanned: the one line of the page that differs from scan to scan."""
    return Words(lang, names).html("scans.line", today=today, total=total)


def label_view(history: History, names: Names, lang: Lang, host: str, fragment: str) -> LabelView:
    """The print page of the label that pins the batch's present head."""
    words = Words(lang, names)
    batch = history.batch
    return LabelView(
        f"/t/{batch.code}",
        grouped_code(batch.code),
        words.product_name(names.products[batch.product]),
        words.origin(batch.region, batch.township),
        host,
        fragment[-6:],
        f"/api/v1/batches/{batch.id}/labels.svg",
        f"/api/v1/batches/{batch.id}/labels.png",
        history.demonstration,
    )


def _class_line(product: ProductName, words: Words) -> Markup:
    parts = [words.word("class", product.product_class)]
    if product.part:
        parts.append(words.word("part", product.part))
    return Markup(" · ").join(parts)


def _facts(batch: BatchView, placed: tuple[Placed, ...], words: Words) -> tuple[Fact, ...]:
    facts = [Fact(words.html("fact.origin"), _origin(batch, placed, words))]
    harvests = [item for item in placed if item.kind == "harvest"]
    if harvests:
        days = dict.fromkeys(words.day(item.occurred_at) for item in harvests)
        facts.append(Fact(words.html("fact.harvest"), words.list_of(days)))
    packings = [item for item in placed if item.kind == "packing" and not item.of_input]
    if packings:
        smallest = packings[-1].payload["levels"][0]
        pack = words.html(
            "fact.pack_text", level=words.word("level", smallest["level"]), net=words.quantity(smallest["net"])
        )
        grade = packings[-1].payload.get("grade")
        if grade:
            pack = words.html("fact.pack_grade", grade=words.quoted(grade), pack=pack)
        facts.append(Fact(words.html("fact.pack"), pack))
    opened = batch.records[0].payload or {}
    if opened.get("lot_no"):
        facts.append(Fact(words.html("fact.lot"), words.quoted(opened["lot_no"])))
    else:
        facts.append(Fact(words.html("fact.opened"), Markup.escape(words.day(batch.opened_at))))
    return tuple(facts)


def _origin(batch: BatchView, placed: tuple[Placed, ...], words: Words) -> Markup:
    """Where it grew: of goods that were made of others, where each of these did."""
    grown = [item.batch for item in placed if item.kind == "batch_opened" and not item.payload.get("inputs")]
    return words.list_of(dict.fromkeys(words.origin(one.region, one.township) for one in grown or [batch]))


def _panel(history: History, words: Words) -> PanelView:
    texts = messages(words.lang)
    prefix = "check."
    return PanelView(
        bundle_url=f"/api/v1/batches/{history.batch.id}/bundle",
        origin=history.log_origin,
        vkey=history.log_vkey,
        is_held=is_held(history.batch),
        rows=tuple(
            CheckRow(row, words.html(f"check.row.{row}"), words.html(f"check.open.{row}")) for row in PANEL_ROWS
        ),
        words=tuple(sorted((key.removeprefix(prefix), text) for key, text in texts.items() if key.startswith(prefix))),
    )


def _report(item: Placed, history: History, words: Words) -> ReportView:
    say = item.payload
    conclusion = item.conclusion
    judged = report_of(say, item.batch.product)
    items = tuple(_item(row, verdict, words) for row, verdict in zip(say["items"], judged.items, strict=False))
    issued = str(say.get("issued_on", item.occurred_at))
    facts = [Fact(words.html("report.laboratory"), party_name(history, item.record.actor, words))]
    for field, key in (("report_no", "report.number"), ("standard", "report.standard"), ("cma_no", "report.cma")):
        if say.get(field):
            facts.append(Fact(words.html(key), words.quoted(say[field])))
    if say.get("tested_on"):
        facts.append(Fact(words.html("report.tested_on"), Markup.escape(words.day(str(say["tested_on"])))))
    line = words.html("report.line", laboratory=party_name(history, item.record.actor, words), day=words.day(issued))
    title = words.html(f"report.title.{conclusion}", n=len(items))
    if item.is_of_others:
        title = words.html("report.title.of_others")
    if item.kind == RETEST:
        title = words.html("report.title.retest", title=title)
    return ReportView(
        title,
        conclusion,
        line,
        _values_line(items, words),
        items,
        tuple(facts),
        rule_view(title, judged.verdict, (), words),
    )


def _values_line(items: tuple[ItemView, ...], words: Words) -> Markup:
    """The first values at a glance: failed ones first, the rest is one tap away."""
    ordered = sorted(items, key=lambda item: item.judgement != "fail")
    shown = [
        words.html(
            "report.value" if item.has_limit else "report.value_open",
            name=item.name,
            value=item.value,
            limit=item.limit,
        )
        for item in ordered[:_VALUES_AT_A_GLANCE]
    ]
    key = "report.values_some" if len(items) > len(shown) else "report.values"
    return words.html(key, values=words.list_of(shown))


def _item(row: Mapping[str, object], judged: ItemVerdict, words: Words) -> ItemView:
    judgement = str(row.get("judgement", "none"))
    return ItemView(
        analyte_words(row, words),
        figure(row, "value", words),
        limit_words(row, words),
        row.get("limit") is not None,
        words.list_of(dict.fromkeys(_in_force(one, words) for one in judged.limits)),
        judgement,
        words.word("judgement", judgement),
    )


def analyte_words(row: Mapping[str, object], words: Words) -> Markup:
    """What a line of a report measured: by the test table, or as the laboratory wrote it."""
    test = words.names.tests.get(str(row["item"]))
    if test is None:
        return words.word("analyte", row["item"])
    return Markup.escape(test.zh if words.lang == "zh" else test.en[:1].upper() + test.en[1:])


def figure(row: Mapping[str, object], name: str, words: Words) -> Markup:
    """A figure of a line (`value` or `limit`) with the unit of the line."""
    unit = str(row.get("unit", ""))
    return words.measure(row[name], unit) if unit not in ("", "-") else words.quoted(row[name])


def limit_words(row: Mapping[str, object], words: Words, *, with_unit: bool = False) -> Markup:
    """The limit that a report states beside a figure, or that it states none."""
    if row.get("limit") is None:
        return words.html("item.no_limit")
    test = words.names.tests.get(str(row["item"]))
    key = "item.at_least" if test is not None and test.minimum else "item.limit"
    return words.html(key, value=figure(row, "limit", words) if with_unit else words.number(row["limit"]))


def _in_force(limit: LimitShown, words: Words) -> Markup:
    """`≤ 150 mg/kg（ChP 2020 0212）`, and 待核 where nobody has read the source of the row."""
    key = "goods.checked.limit" if limit.is_verified else "goods.checked.limit_unverified"
    bound = "at_least" if limit.kind == "min" else "at_most"
    value = words.html(f"goods.checked.{bound}", value=words.measure(format(limit.value, "f"), limit.unit))
    return words.html(key, value=value, edition=words.quoted(limit.edition))


def _documents(placed: tuple[Placed, ...], words: Words) -> list[DocumentView]:
    """Newest first. A paper that several records cite (a report travels with the goods) stands once, as first cited."""
    found: dict[str, DocumentView] = {}
    for item in placed:
        for field, key in _DOCUMENT_FIELDS.items():
            value = item.payload.get(field)
            for one in value if isinstance(value, list) else [value]:
                digest = one.get("hash") if isinstance(one, Mapping) else one
                if isinstance(digest, str) and len(digest) == 64:
                    found.setdefault(digest, DocumentView(words.html(key), words.day(item.occurred_at), digest))
    return list(reversed(found.values()))


def _people(history: History, words: Words) -> tuple[PersonView, ...]:
    parts = [("people.producer" if not history.inputs else "people.packer", history.batch.owner)]
    owners = dict.fromkeys(batch.owner for batch in history.inputs if batch.owner != history.batch.owner)
    parts += [("people.input_producer", owner) for owner in owners]
    if not owners:
        parts[0] = ("people.producer", history.batch.owner)
    if history.batch.holder != history.batch.owner:
        parts.append(("people.holder", history.batch.holder))
    people = []
    for part, party in parts:
        view = history.parties.get(party)
        line = (
            Markup("")
            if view is None
            else Markup(" · ").join((words.word("legal_form", view.legal_form), words.region(view.region)))
        )
        people.append(PersonView(words.html(part), party_name(history, party, words), line))
    return tuple(people)
