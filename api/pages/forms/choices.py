"""What can somebody choose in this form: which of their places, batches, parties, records, which goods?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from markupsafe import Markup

from api.pages.scan_words import Words
from trace import reference
from trace.fieldtype import ChainRef, Code, CodeRule, FieldType, Noun, Plain, Township
from trace.places import HOME_REGION

NOTHING = Markup("")

MOST_RADIOS = 6
"""So many choices fit a small screen as rows that are seen at once; more fold into a list."""

ENTRY_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "sample": "sample_taken",
        "retest_of": "lab_report",
        "certificate": "certificate_issued",
        "dispatch": "dispatch",
        "reprint_of": "labels_issued",
        "purchase": "input_sale",
        "offer": "transfer_offered",
        "hold": "hold_placed",
        "flag": "flag_raised",
    }
)
"""Entry fields that can only mean one kind; any record of the batch may stand in the others."""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: what is sent, what is shown; `group` is the heading that it stands under in a long list."""

    value: str
    label: Markup
    group: Markup = NOTHING


@dataclass(frozen=True, slots=True)
class Choices:
    """What this party knows by name. `entries`: records of the batch by kind; `product`: of the batch, where there is one;
    `used_products`: those of the party's own batches, newest first."""

    region: str
    product: str | None = None
    places: tuple[Option, ...] = ()
    batches: tuple[Option, ...] = ()
    parties: tuple[Option, ...] = ()
    entries: tuple[tuple[str, Option], ...] = ()
    used_products: tuple[str, ...] = ()


def options_of(type: FieldType, name: str, choices: Choices, words: Words) -> tuple[Option, ...] | None:
    """The options of a field that names things; None where it names nothing that could be listed."""
    match type:
        case Plain.PRODUCT:
            return product_options(choices, words)
        case Plain.ENTRY:
            wanted = ENTRY_KINDS.get(name)
            return tuple(option for kind, option in choices.entries if wanted in (None, kind))
        case ChainRef(Noun.PLACE):
            return choices.places
        case ChainRef(Noun.BATCH):
            return choices.batches
        case ChainRef(Noun.PARTY):
            return choices.parties
        case Code(CodeRule.PROCESS):
            return tuple(_processes(choices.product, words))
        case Code(CodeRule.REGION):
            return _regions(words)
        case Township() if choices.region.startswith(HOME_REGION):
            return _townships(words)
    return None


def product_options(choices: Choices, words: Words) -> tuple[Option, ...]:
    """All products, those that the party has had before first."""
    used = dict.fromkeys(choices.used_products)
    rest = [code for code in reference.products() if code not in used]
    mine = [_product(code, words.html("forms.products_used"), words) for code in used if code in reference.products()]
    return (*mine, *(_product(code, words.word("class", _class(code)), words) for code in rest))


def _product(code: str, group: Markup, words: Words) -> Option:
    name = words.names.products[code]
    alias = NOTHING if words.lang == "en" or not name.alias else words.html("forms.alias", alias=name.alias)
    return Option(code, Markup("{}{}").format(words.product_name(name), alias), group)


def _class(code: str) -> str:
    return reference.products()[code].product_class


def _processes(product: str | None, words: Words) -> Iterable[Option]:
    """The steps that this product can go through, those that are its own first."""
    rows = reference.processes()
    fitting = [code for code in rows if product is None or _applies(rows[code].applies_to, product)]
    for code in sorted(fitting, key=lambda code: product is None or product not in rows[code].applies_to):
        zh, en = words.names.processes[code]
        yield Option(code, Markup("{}").format(zh if words.lang == "zh" else en[:1].upper() + en[1:]))


def _applies(text: str, product: str) -> bool:
    """`HB-BS; HB-JG`, `herb`, `herb to pieces`, `all`, `any`."""
    named = [part.strip() for part in text.split(";")]
    if any(part.split(" ")[0] == product for part in named):
        return True
    return any(part in ("all", "any") or part.split(" ")[0] == _class(product) for part in named)


def _regions(words: Words) -> tuple[Option, ...]:
    levels = ("province", "prefecture", "county")
    rows = sorted((row for row in reference.divisions().values() if row.level in levels), key=lambda row: row.code)
    return tuple(Option(row.code[:6], words.region(row.code[:6])) for row in rows)


def _townships(words: Words) -> tuple[Option, ...]:
    return tuple(
        Option(row.name, words.township(HOME_REGION, row.name))
        for row in reference.divisions().values()
        if row.parent == HOME_REGION
    )
