"""What do the rules say of this batch, by which rule of which law and which rows of which edition? (pure)

Asked again of the public records as they now count, by the functions that hold goods: a pass is shown as well as a doubt.
What nobody has read at its source says so (待核).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from api.pages.law_words import law_words
from api.pages.scan_records import Placed
from api.pages.scan_words import Words
from trace import reference
from trace.judging import step_of, yield_of
from trace.rules import Outcome, Verdict, package_complete, worst
from trace.rules.packages import FIELDS
from trace.uses import PESTICIDES, KeptInterval, kept_interval, lawful_use


@dataclass(frozen=True, slots=True)
class RuleView:
    """What one rule says: outcome as pass, warn, stop or open; why, by which law, from which rows of which edition."""

    title: Markup
    outcome: str
    word: Markup
    lines: tuple[Markup, ...]
    basis: Markup
    rows: tuple[str, ...]


def rule_views(counted: Iterable[Placed], words: Words) -> tuple[RuleView, ...]:
    """Intervals, inputs, amounts, packages: one view a rule that has something to judge."""
    listed = list(counted)
    return tuple(view for ask in (_intervals, _inputs, _amounts, _packages) if (view := ask(listed, words)) is not None)


def rule_view(title: Markup, verdict: Verdict, lines: Iterable[Markup], words: Words) -> RuleView:
    """A verdict with what it was about; reasons of a plain pass need no words."""
    reasons = [words.word("rule.reason", one) for one in verdict.reasons if verdict.outcome is not Outcome.PASS]
    outcome = "stop" if verdict.outcome.stops else _OUTCOMES.get(verdict.outcome, "open")
    word = words.html(f"rule.outcome.{verdict.outcome.value}")
    if verdict.unverified:
        word = words.html("goods.checked.unverified", outcome=word)
    gate = verdict.rule.partition("@")[0]
    basis = words.html(
        "goods.checked.basis",
        rule=words.word("rule.name", gate),
        law=law_words(verdict.article, words),
        code=verdict.rule,
    )
    return RuleView(title, outcome, word, (*lines, *reasons), basis, verdict.rows)


_OUTCOMES: Mapping[Outcome, str] = {Outcome.PASS: "pass", Outcome.WARN: "warn"}


def _intervals(items: list[Placed], words: Words) -> RuleView | None:
    """Each use before a harvest of the same batch: the days the label asks for and the days that were kept."""
    verdicts, lines = list[Verdict](), list[Markup]()
    for use, harvest in _uses_and_harvests(items):
        times = [{"occurred_at": one.occurred_at} for one in (use, harvest)]
        kept = kept_interval(times[0], use.payload, times[1], harvest.payload)
        if kept is not None:
            verdicts.append(kept.verdict)
            lines.append(_kept(use, kept, words))
    if not verdicts:
        return None
    return rule_view(words.html("goods.checked.interval"), worst("G05", verdicts), dict.fromkeys(lines), words)


def _uses_and_harvests(items: list[Placed]) -> Iterator[tuple[Placed, Placed]]:
    for use in items:
        if use.kind == "input_use":
            for harvest in items:
                if harvest.kind == "harvest" and harvest.batch.id == use.batch.id:
                    yield use, harvest


def _kept(use: Placed, kept: KeptInterval, words: Words) -> Markup:
    stated = (
        words.html("use.interval", days=use.payload["interval_days"])
        if use.payload.get("interval_days") is not None
        else words.html("use.no_interval")
    )
    days = (kept.picked_on - kept.used_on).days
    return words.html(
        "goods.checked.kept" if days >= 0 else "goods.checked.picked_while_used",
        name=words.quoted(use.payload.get("name", "")),
        used=words.day(kept.used_on.isoformat()),
        stated=stated,
        picked=words.day(kept.picked_on.isoformat()),
        days=days,
    )


def _inputs(items: list[Placed], words: Words) -> RuleView | None:
    """Each pesticide; of other inputs those alone in which the rule finds something."""
    every = (item for item in items if item.kind == "input_use")
    asked = [(item, lawful_use(item.payload, item.batch.product, item.occurred_at)) for item in every]
    judged = [one for one in asked if one[0].payload.get("input_kind") in PESTICIDES or one[1].reasons]
    if not judged:
        return None
    uses, verdicts = [item for item, _ in judged], [verdict for _, verdict in judged]
    lines = dict.fromkeys(
        words.clauses([words.quoted(item.payload.get("name", "")), _active(item.payload, words)]) for item in uses
    )
    return rule_view(words.html("goods.checked.inputs"), worst("G03", verdicts), lines, words)


def _active(payload: Mapping[str, Any], words: Words) -> Markup | None:
    active = payload.get("active")
    return words.html("detail.active", value=words.list_of(map(words.quoted, active))) if active else None


def _amounts(items: list[Placed], words: Words) -> RuleView | None:
    """Steps and harvests against the bands of the tables: they remark and never stop."""
    verdicts, lines = list[Verdict](), list[Markup]()
    for item in items:
        if item.kind == "primary_processing":
            verdicts.append(step_of(item.payload, item.batch.product))
            lines.append(_step(item, words))
        elif item.kind == "harvest" and (found := _yield(item, words)) is not None:
            verdicts.append(found[0])
            lines.append(found[1])
    if not verdicts:
        return None
    return rule_view(words.html("goods.checked.amounts"), worst("G19", verdicts), lines, words)


def _step(item: Placed, words: Words) -> Markup:
    names = words.names.processes.get(str(item.payload["process"]))
    process = words.quoted(item.payload["process"] if names is None else names[words.lang != "zh"])
    before, after = words.quantity(item.payload["quantity_in"]), words.quantity(item.payload["quantity_out"])
    return words.html("goods.checked.step", process=process, before=before, after=after)


def _yield(item: Placed, words: Words) -> tuple[Verdict, Markup] | None:
    found = yield_of(item.payload, item.batch.product)
    if found is None:
        return None
    verdict, per_mu = found
    return verdict, words.html("goods.checked.yield", value=words.measure(f"{per_mu:.0f}", "kg"))


def _packages(items: list[Placed], words: Words) -> RuleView | None:
    """What the law wants on each package of a herb; of other goods the rule says nothing."""
    packings = [item for item in items if item.kind == "packing" and not item.of_input and _is_herb(item)]
    if not packings:
        return None
    missing = [field for field in FIELDS if not packings[-1].payload.get(field)]
    return rule_view(words.html("goods.checked.packages"), package_complete(missing), (), words)


def _is_herb(item: Placed) -> bool:
    return reference.products()[item.batch.product].regime in ("herb", "pieces")
