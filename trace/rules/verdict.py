"""What does a rule say of these facts, why, by which law and which rows, and what would lift it? (pure)"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import lru_cache

from ..reference.citation import Citation
from ..reference.duties import gates

VERSION = 1
"""Of every rule, in `G05@1`: it rises when the same facts and rows would be judged otherwise."""


class Outcome(Enum):
    """What a rule says. Whether a fact then holds the batch, or an act is refused, is the gate's `reaction`."""

    PASS = "pass"
    WARN = "warn"
    HOLD = "hold"
    BLOCK = "block"
    REFUSE = "refuse"
    NOT_APPLICABLE = "not_applicable"

    @property
    def stops(self) -> bool:
        """Whether goods stand still or an act is refused."""
        return self in (Outcome.HOLD, Outcome.BLOCK, Outcome.REFUSE)


_WORST_FIRST = (
    Outcome.BLOCK,
    Outcome.REFUSE,
    Outcome.HOLD,
    Outcome.WARN,
    Outcome.PASS,
    Outcome.NOT_APPLICABLE,
)


@dataclass(frozen=True)
class Reason:
    """One thing a rule may find. `code` and `remedy` are keys of sentences: `rule.reason.…`, `rule.remedy.…`.

    `unverified`: it rests on something that no row shows and nobody has read at its source. `article` "": the gate's own.
    """

    code: str
    outcome: Outcome
    remedy: tuple[str, ...] = ()
    article: str = ""
    unverified: bool = False


@dataclass(frozen=True)
class Finding:
    """A reason that was met, and the rows on which it rests. `article` stands for the reason's own where a row names its law."""

    reason: Reason
    rows: tuple[Citation, ...] = ()
    article: str = ""

    @property
    def is_unverified(self) -> bool:
        """Whether any of it still waits for somebody to read its source."""
        return self.reason.unverified or not all(row.is_firm for row in self.rows)


@dataclass(frozen=True)
class Verdict:
    """What one rule says. `rows`: "table key version status" of each row used. `day`: from when it would pass, if known.

    `unverified` (待核) only where nothing stops: a row that nobody has read at its source may warn and no more.
    """

    rule: str
    outcome: Outcome
    unverified: bool
    article: str
    reasons: tuple[str, ...] = ()
    remedy: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    day: date | None = None


_STANDARDS = {"G17": "ChP 0212; ChP 2341; GB 2763"}
"""Gates whose source is a table of limits: the standards that it holds."""

_NO_ARTICLE = re.compile(r"\.csv|^proposal$|^details M$")


def rule_name(gate: str) -> str:
    """`G05@1`: the gate and the version of its rule."""
    return f"{gate}@{VERSION}"


def conclude(
    gate: str,
    findings: Iterable[Finding],
    *,
    rows: Iterable[Citation] = (),
    article: str = "",
    day: date | None = None,
) -> Verdict:
    """The worst finding decides; nothing found passes.

    Reasons stand worst first; where something stops, remarks that by themselves would pass are left out. `rows` were
    looked at, and nothing rests on them. `article` where the findings that decide name none.
    """
    found = sorted(findings, key=lambda one: _WORST_FIRST.index(one.reason.outcome))
    outcome = found[0].reason.outcome if found else Outcome.PASS
    said = [one for one in found if not (outcome.stops and one.reason.outcome is Outcome.PASS)]
    deciding = (one for one in said if one.reason.outcome is outcome)
    articles = _once(one.article or one.reason.article for one in deciding)
    return Verdict(
        rule=rule_name(gate),
        outcome=outcome,
        unverified=not outcome.stops and any(one.is_unverified for one in said),
        article="; ".join(articles) or article or article_of(gate),
        reasons=_once(one.reason.code for one in said),
        remedy=_once(code for one in said for code in one.reason.remedy),
        rows=_once(row.text for row in (*(row for one in said for row in one.rows), *rows)),
        day=day,
    )


@lru_cache
def article_of(gate: str) -> str:
    """The articles on which a gate rests, `L-APQSL 34 36 48`, without the tables that stand beside them."""
    parts = (part.strip() for part in gates()[gate].source.split(";"))
    laws = [part for part in parts if not _NO_ARTICLE.search(part)]
    return "; ".join(re.sub(r"\barts? ", "", part) for part in laws) or _STANDARDS[gate]


def worst(gate: str, verdicts: Iterable[Verdict]) -> Verdict:
    """Several verdicts of one gate as one: the worst decides, its article stands, reasons and rows are joined."""
    ordered = sorted(verdicts, key=lambda one: _WORST_FIRST.index(one.outcome))
    if not ordered:
        return conclude(gate, ())
    first = ordered[0]
    days = [one.day for one in ordered if one.day is not None]
    return Verdict(
        rule=rule_name(gate),
        outcome=first.outcome,
        unverified=not first.outcome.stops and any(one.unverified for one in ordered),
        article="; ".join(_once(one.article for one in ordered if one.outcome is first.outcome)),
        reasons=_once(code for one in ordered for code in one.reasons),
        remedy=_once(code for one in ordered for code in one.remedy),
        rows=_once(row for one in ordered for row in one.rows),
        day=max(days) if days else None,
    )


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    """Without blanks and repeats, in order."""
    return tuple(dict.fromkeys(text for text in texts if text))
