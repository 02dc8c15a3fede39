"""What does each public page show? The ready values that templates place, one class a page or part of one.

Texts that hold markup are Markup; everything else is escaped where it is placed.
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from api.pages.scan_amounts import AmountLine
from api.pages.scan_checks import RuleView
from api.pages.scan_holds import HoldView
from api.pages.scan_journey import Step
from api.pages.scan_lineage import LineageView


@dataclass(frozen=True, slots=True)
class Fact:
    """A term and what it is."""

    term: Markup
    text: Markup


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One of the five checks of the panel, before any script has run."""

    key: str
    title: Markup
    text: Markup


@dataclass(frozen=True, slots=True)
class PanelView:
    """What the script needs: where the bundle lies, which key is pinned, and every sentence it may say.

    `words` are raw catalogue texts by key; their `{seq}` and the like are filled on the device.
    """

    bundle_url: str
    origin: str
    vkey: str
    is_held: bool
    rows: tuple[CheckRow, ...]
    words: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ItemView:
    """One measured value as the report states it; `judgement` is pass, fail or none. `in_force` are the limits of the
    tables on the day of the test, with standard and edition, or empty."""

    name: Markup
    value: Markup
    limit: Markup
    has_limit: bool
    in_force: Markup
    judgement: str
    judgement_word: Markup


@dataclass(frozen=True, slots=True)
class ReportView:
    """One laboratory report."""

    title: Markup
    conclusion: str
    line: Markup
    values: Markup
    items: tuple[ItemView, ...]
    facts: tuple[Fact, ...]
    rule: RuleView


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document known by its SHA-256, in hex."""

    name: Markup
    day: str
    sha256: str


@dataclass(frozen=True, slots=True)
class PersonView:
    """A party in its part: producer, maker of an input, holder."""

    part: Markup
    name: Markup
    line: Markup


@dataclass(frozen=True, slots=True)
class ScanView:
    """Everything on the scan page. `holds` stand, `past_holds` were lifted; `code` is empty where nobody made a label."""

    path: str
    code: str
    holds: tuple[HoldView, ...]
    past_holds: tuple[HoldView, ...]
    title: Markup
    demonstration: bool
    class_line: Markup
    name: str
    alias: Markup
    latin: str
    glyph: str
    facts: tuple[Fact, ...]
    panel: PanelView
    reports: tuple[ReportView, ...]
    rules: tuple[RuleView, ...]
    amounts: tuple[AmountLine, ...]
    lineage: LineageView
    documents: tuple[DocumentView, ...]
    steps: tuple[Step, ...]
    count_line: Markup
    hidden_line: Markup
    people: tuple[PersonView, ...]
    scans_line: Markup


@dataclass(frozen=True, slots=True)
class UnknownView:
    """A code that no batch has, or a photo that shows none of ours; `path` is where the links of the masthead lead."""

    path: str
    heading: str
    text: str
    demonstration: bool = False


@dataclass(frozen=True, slots=True)
class ExampleView:
    """A batch of a demonstration that the start page may offer; `state` is a word for where it stands."""

    href: str
    name: str
    code: str
    line: Markup
    state: Markup
    is_held: bool


@dataclass(frozen=True, slots=True)
class HomeView:
    """The start page; `examples` is empty on a live log."""

    demonstration: bool
    examples: tuple[ExampleView, ...]


@dataclass(frozen=True, slots=True)
class LabelView:
    """The print page of one batch's label. `fragment_tail` are the fragment's last six characters."""

    path: str
    code: str
    name: str
    origin: Markup
    host: str
    fragment_tail: str
    image_url: str
    picture_url: str
    demonstration: bool


@dataclass(frozen=True, slots=True)
class ProblemTypeView:
    """What a problem's code means: `what` happened and `then` what to do, and the whole sentence in the other language."""

    path: str
    code: str
    what: str
    then: str
    other_lang: str
    other: str
    demonstration: bool = False


@dataclass(frozen=True, slots=True)
class ProblemView:
    """An error as a page, its sentences already in the reader's language."""

    path: str
    status: int
    title: str
    detail: str
    demonstration: bool = False
