"""Does our rule answer your case as you expect? Gates by name over JSON, by the functions that the program calls. (pure)

Inputs: docs/formats.md, "Test port". A case that cannot be read is answered with an error code, never with a verdict.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any, TypeVar

from ..quantity import DECIMAL_PATTERN, Quantity, Unit, base_amount, decimal_fault
from ..reference.crops import find_crop, find_product
from ..reference.substances import find_substance, normal_name
from .balance import mass_balance, unit_unknown, yield_per_mu
from .crop_classes import parse_crop_class
from .drugs import drug_lawful
from .harvests import harvest_recorded
from .holds import Standing, no_open_hold
from .intervals import MAX_DAYS, DaysSource, Harvest, Use, interval_kept
from .markets import EntryTest, market_entry
from .measured import Measured, parse_measured
from .packages import package_complete
from .pesticides import Unstated, input_lawful
from .reports import NO_CONCLUSION
from .residues import Conclusion, Report, Result, judge_conclusion, test_passed, within_limits
from .verdict import Finding, Verdict, conclude, worst

Inputs = Mapping[str, Any]
Answer = dict[str, Any]
Word = TypeVar("Word", bound=Enum)

UNKNOWN_GATE = "unknown-gate"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_AMOUNT = re.compile(rf"(?P<value>{DECIMAL_PATTERN})\s*(?P<unit>\D*)")
_WHOLE = re.compile(r"0|[1-9][0-9]{0,8}")

_YES = ("pass", "passed", "合格", "符合", "true")
_NO = ("fail", "failed", "不合格", "不符合", "false")
_CONCLUSIONS: Mapping[str, Conclusion] = MappingProxyType(
    {
        **dict.fromkeys(_YES, Conclusion.PASS),
        **dict.fromkeys(_NO, Conclusion.FAIL),
        **dict.fromkeys(("no-judgement", "none", "不作判定", "未判定"), Conclusion.NO_JUDGEMENT),
    }
)
_ENTRY_TESTS: Mapping[str, EntryTest] = MappingProxyType(
    {**dict.fromkeys(_YES, EntryTest.PASSED), **dict.fromkeys(_NO, EntryTest.FAILED)}
)
_UNITS: Mapping[str, Unit] = MappingProxyType(
    {
        **{unit.value.casefold(): unit for unit in Unit},
        **dict.fromkeys(("", "公斤", "千克"), Unit.KG),
        **dict.fromkeys(("斤", "市斤"), Unit.JIN),
        **dict.fromkeys(("头", "只", "羽"), Unit.HEAD),
        "吨": Unit.T,
        "克": Unit.G,
        "升": Unit.L,
        "毫升": Unit.ML,
    }
)
"""A bare figure is in kilograms."""


class _BadCase(ValueError):
    """A case that cannot be read; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _UnknownUnit(ValueError):
    """An amount in a unit that nobody knows: it is judged, and warned of."""


def answer_gate(case: Mapping[str, Any]) -> Answer:
    """`{"ok", "verdict", "unverified", "article", "reasons"}`, or `{"ok": False, "error"}` for what cannot be judged."""
    gate, inputs = case.get("gate"), case.get("inputs", {})
    if not isinstance(gate, str):
        return {"ok": False, "error": "bad-case"}
    judge = _GATES.get(gate)
    if judge is None:
        return {"ok": False, "error": UNKNOWN_GATE}
    try:
        if not isinstance(inputs, Mapping):
            raise _BadCase("wrong-type")
        verdict = judge(inputs)
    except _BadCase as error:
        return {"ok": False, "error": error.code}
    return {
        "ok": True,
        "verdict": verdict.outcome.value,
        "unverified": verdict.unverified,
        "article": verdict.article,
        "reasons": list(verdict.reasons),
    }


def _g03(inputs: Inputs) -> Verdict:
    day = _day(inputs, "use_date" if inputs.get("use_date") is not None else "date")
    if inputs.get("vet_active") is not None:
        drugs = (
            drug_lawful(one, day, is_laying=_flag(inputs, "laying") is True) for one in _texts(inputs, "vet_active")
        )
        return worst("G03", drugs)
    named = inputs.get("crop_class")
    return input_lawful(
        _texts(inputs, "active"),
        day,
        Unstated.UNSTATED if named is None else parse_crop_class(_text(inputs, "crop_class")),
        toxicity="" if inputs.get("tox") is None else _text(inputs, "tox"),
        crop_on_label=_flag(inputs, "crop_on_label"),
        is_seed_coating=_flag(inputs, "seed_coating") is True,
    )


def _g05(inputs: Inputs) -> Verdict:
    harvest = Harvest(_day(inputs, "harvest"), first_on=_day_or_none(inputs, "harvest_from"))
    return interval_kept([_use(one) for one in _list(inputs, "uses")], harvest)


def _use(case: object) -> Use:
    if not isinstance(case, Mapping):
        raise _BadCase("wrong-type")
    source = case.get("days_source")
    return Use(
        last_used_on=_day(case, "last_use"),
        days=None if case.get("days") is None else _days(case["days"]),
        days_source=None if source is None else _word(source, {one.value: one for one in DaysSource}),
        first_used_on=_day_or_none(case, "first_use"),
    )


def _g07(inputs: Inputs) -> Verdict:
    stated = inputs.get("harvest_date")
    return harvest_recorded(
        None if stated in (None, "") else _day(inputs, "harvest_date"),
        has_place=inputs.get("plot", "not asked") not in (None, ""),
        has_quantity=inputs.get("quantity", "not asked") not in (None, ""),
    )


def _g08(inputs: Inputs) -> Verdict:
    return _residue("G08", "matrix", test_passed, inputs)


def _g17(inputs: Inputs) -> Verdict:
    return _residue("G17", "herb", within_limits, inputs)


def _residue(gate: str, goods: str, judge: Callable[..., Verdict], inputs: Inputs) -> Verdict:
    """A report that failed holds without its figures; one that speaks of no item is judged by its conclusion alone."""
    stated = inputs.get("report_conclusion")
    conclusion = None if stated is None else _word(stated, _CONCLUSIONS)
    report = Report(conclusion, has_cma=_flag(inputs, "cma") is not False)
    given = [name for name in ("parameter", goods, "test_date") if inputs.get(name) is not None]
    if conclusion is not None and (not given or (conclusion is Conclusion.FAIL and len(given) < 3)):
        unsaid = (Finding(NO_CONCLUSION),) if conclusion is Conclusion.NO_JUDGEMENT else ()
        return conclude(gate, (*judge_conclusion(report), *unsaid))
    result = Result(
        find_substance(_text(inputs, "parameter")),
        _measured(inputs),
        _text(inputs, "unit") if inputs.get("unit") else "",
    )
    return judge(result, find_crop(_text(inputs, goods)), _day(inputs, "test_date"), report)


def _measured(inputs: Inputs) -> Measured | None:
    if inputs.get("value") in (None, ""):
        return None
    value, loq = _text(inputs, "value"), None if inputs.get("loq") is None else _text(inputs, "loq")
    try:
        return parse_measured(value, loq)
    except ValueError as error:
        raise _BadCase("not-a-decimal") from error


def _g14(inputs: Inputs) -> Verdict:
    return package_complete(_texts(inputs, "missing"))


def _g18(inputs: Inputs) -> Verdict:
    test = inputs.get("entry_test")
    proofs = [] if inputs.get("proof") is None else _texts(inputs, "proof")
    return market_entry(proofs, None if test in (None, "", "none") else _word(test, _ENTRY_TESTS))


def _g19(inputs: Inputs) -> Verdict:
    """A step by what it took and gave, a harvest by its area, or both."""
    try:
        judged = [*_step(inputs), *_yield(inputs)]
    except _UnknownUnit:
        return unit_unknown()
    if not judged:
        raise _BadCase("missing-field")
    return worst("G19", judged)


def _step(inputs: Inputs) -> list[Verdict]:
    if "qty_in" not in inputs and "qty_out" not in inputs:
        return []
    process = inputs.get("process")
    product = find_product(_text(inputs, "product")) if inputs.get("product") is not None else None
    return [
        mass_balance(
            None if process is None else _text(inputs, "process").strip(),
            _quantity(inputs, "qty_in"),
            _quantity(inputs, "qty_out"),
            product.code if product else None,
        )
    ]


def _yield(inputs: Inputs) -> list[Verdict]:
    if "area_mu" not in inputs and "dry_kg" not in inputs:
        return []
    product = find_product(_text(inputs, "product"))
    area = _decimal(inputs, "area_mu")
    if area <= 0:
        raise _BadCase("not-positive")
    is_dry = inputs.get("dry_kg") is not None or "fresh_kg" not in inputs
    weight = _decimal(inputs, "dry_kg" if is_dry else "fresh_kg")
    return [yield_per_mu(product.code if product else "", area, weight, is_dry=is_dry)]


def _g20(inputs: Inputs) -> Verdict:
    return no_open_hold(_word(one, {each.value: each for each in Standing}) for one in _list(inputs, "ancestors"))


def _quantity(inputs: Inputs, name: str) -> Quantity:
    """`"12.5"` (kg), `"12.5 t"` or `{"value": "12.5", "unit": "t"}`."""
    stated = inputs.get(name)
    text = f"{_text(stated, 'value')} {_text(stated, 'unit')}" if isinstance(stated, Mapping) else _text(inputs, name)
    amount = _AMOUNT.fullmatch(text.strip())
    if amount is None:
        raise _BadCase("not-a-decimal")
    figure = _checked(amount["value"])
    unit = _UNITS.get(normal_name(amount["unit"]))
    if unit is None:
        raise _UnknownUnit(amount["unit"])
    quantity = Quantity(figure, unit)
    try:
        base_amount(quantity)
    except ValueError as error:
        raise _BadCase("too-precise") from error
    return quantity


def _decimal(inputs: Inputs, name: str) -> Decimal:
    return _checked(_text(inputs, name))


def _checked(text: str) -> Decimal:
    if fault := decimal_fault(text, zero_allowed=True):
        raise _BadCase(fault)
    return Decimal(text)


def _day(inputs: Inputs, name: str) -> date:
    text = _text(inputs, name)
    if _DATE.fullmatch(text) is None:
        raise _BadCase("not-a-date")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _BadCase("not-a-date") from error


def _day_or_none(inputs: Inputs, name: str) -> date | None:
    return None if inputs.get(name) is None else _day(inputs, name)


def _days(stated: object) -> int:
    text = str(stated)
    if isinstance(stated, bool | float) or _WHOLE.fullmatch(text) is None or int(text) > MAX_DAYS:
        raise _BadCase("bad-days")
    return int(text)


def _word(stated: object, words: Mapping[str, Word]) -> Word:
    found = words.get(normal_name(str(stated)))
    if found is None or not isinstance(stated, str | bool):
        raise _BadCase("unknown-value")
    return found


def _flag(inputs: Inputs, name: str) -> bool | None:
    stated = inputs.get(name)
    if stated is not None and not isinstance(stated, bool):
        raise _BadCase("wrong-type")
    return stated


def _text(inputs: Inputs, name: str) -> str:
    """A text; a JSON number is taken as it was written."""
    stated = inputs.get(name)
    if stated is None:
        raise _BadCase("missing-field")
    if isinstance(stated, bool) or not isinstance(stated, str | int | float):
        raise _BadCase("wrong-type")
    return str(stated)


def _texts(inputs: Inputs, name: str) -> list[str]:
    """One text or a list of them."""
    stated = inputs.get(name)
    if isinstance(stated, str):
        return [stated]
    found = _list(inputs, name)
    if not all(isinstance(one, str) for one in found):
        raise _BadCase("wrong-type")
    return found


def _list(inputs: Inputs, name: str) -> list[Any]:
    stated = inputs.get(name)
    if stated is None:
        raise _BadCase("missing-field")
    if not isinstance(stated, list):
        raise _BadCase("wrong-type")
    return stated


_GATES: Mapping[str, Callable[[Inputs], Verdict]] = MappingProxyType(
    {
        "G03": _g03,
        "G05": _g05,
        "G07": _g07,
        "G08": _g08,
        "G14": _g14,
        "G17": _g17,
        "G18": _g18,
        "G19": _g19,
        "G20": _g20,
    }
)
GATES = tuple(_GATES)
"""The gates that this release answers for."""
