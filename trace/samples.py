"""Is a report on the sample that it names, and was that drawn from these goods? (pure)

A report is a fact and is logged whatever it says. One on goods from elsewhere shows nothing of these (gate G08: "sampled batch
= this batch"); what it says otherwise than its sample is asked about (农产品质量安全法 art. 47).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from .ledger.errors import FieldFault, Invalid
from .records import record_id, said
from .state import Row, State

ELSEWHERE = "sample-of-another-batch"
KIND_DIFFERS = "sample-kind-differs"
NUMBER_DIFFERS = "sample-number-differs"
_RETEST = "retest"


def check_sample(state: State, payload: Mapping[str, Any], pointer: str) -> None:
    """Raises `Invalid` (bad-reference) where `sample` names what is no sample: such a report is no well-formed one."""
    named = payload.get("sample")
    if named is None:
        return
    found = state.find("record", record_id(named["chain"], named["seq"]))
    if found is None or found["kind"] != "sample_taken":
        raise Invalid("bad-reference", FieldFault(f"{pointer}/sample", "bad-reference"))


def is_of_these_goods(report: Row) -> bool:
    """Whether the sample that a report names was drawn from the batch on which it stands; a client's own names none."""
    named = said(report).get("sample")
    return named is None or bool(named["chain"] == report["chain"])


def is_on_its_sample(state: State, report: Row) -> bool:
    """Whether batch and kind of a report are those of the sample that it names: what a client brought is no supervision, and
    what was drawn elsewhere says nothing here."""
    return not any(why in (ELSEWHERE, KIND_DIFFERS) for why, _, _ in differing(state, report))


def differing(state: State, report: Row) -> Iterator[tuple[str, str, str]]:
    """What a report says otherwise than its sample: why, what it says, what the sample says. Of another batch, that
    alone."""
    payload = said(report)
    named = payload.get("sample")
    if named is None:
        return
    if not is_of_these_goods(report):
        yield ELSEWHERE, "", ""
        return
    sample = state.find("record", record_id(named["chain"], named["seq"]))
    if sample is None:
        return
    drawn = said(sample)
    kind = payload.get("report_kind", drawn["sample_kind"])
    is_kept_back = report["kind"] == "retest_report" and kind == _RETEST  # what is left of any sample is tested again
    if kind != drawn["sample_kind"] and not is_kept_back:
        yield KIND_DIFFERS, "", ""
    number = payload.get("sample_no", drawn["sample_no"])
    if number != drawn["sample_no"]:
        yield NUMBER_DIFFERS, str(number), str(drawn["sample_no"])
