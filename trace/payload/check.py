"""What is wrong with this payload? Every fault at once, each with its place. (pure)"""

from collections.abc import Mapping
from functools import cache

from ..events.kind import Kind, Required
from ..ledger.errors import FieldFault
from ..pointer import child
from .privacy import private_fields
from .restated import POINTER, restated_of
from .value import Around, Check, check_of


def check_payload(kind: Kind, payload: object, region: str | None = None) -> list[FieldFault]:
    """Every fault of an opened payload (private fields plain), in its own order; pointers start at the payload.

    `region`: where the batch or party lies, for a township whose payload names no region itself; None leaves such a
    township unjudged. Each code has its sentence in the catalogue (`problem.<code>`). What a legal form owes (`by legal
    form`) is never a fault.
    """
    if not isinstance(payload, dict):
        return [FieldFault("", "wrong-type")]
    faults: list[FieldFault] = []
    checks = _checks(kind, private_fields(kind, payload))
    around = Around(_region(payload, region), payload.get("product"))
    for name, value in payload.items():
        check = checks.get(name)
        if check is None:
            faults.append(FieldFault(child("", name), "unknown-field"))
        else:
            check(value, f"/{name}", around, faults)
    for name in _required(kind):
        if name not in payload:
            faults.append(FieldFault(f"/{name}", "missing-field"))
    if _owes_reasons(kind, payload):
        faults.append(FieldFault("/reasons", "missing-field"))
    if kind.name == "correction" and "restated" in payload and not faults:
        faults.extend(_restated_faults(kind, payload, region))
    return faults


def _owes_reasons(kind: Kind, payload: Mapping[str, object]) -> bool:
    """A market that does not let goods in says why: the column `note` of the table, `yes when refused or test-first`."""
    is_turned_away = kind.name == "market_admission" and payload.get("decision") in ("refused", "test-first")
    return is_turned_away and payload.get("reasons", []) == []


def _restated_faults(kind: Kind, payload: Mapping[str, object], region: str | None) -> list[FieldFault]:
    inner = restated_of(kind, payload)
    if inner is None:
        return [FieldFault("/restated/kind", "unknown-kind")]
    return [FieldFault(POINTER + fault.pointer, fault.code) for fault in check_payload(*inner, region)]


def _region(payload: Mapping[str, object], given: str | None) -> str | None:
    own = payload.get("region")
    return own if isinstance(own, str) else given


@cache
def _checks(kind: Kind, private: frozenset[str]) -> Mapping[str, Check]:
    """The check of each field: as one that will be committed where it is `private`, else as one that stands open."""
    return {name: check_of(field.type, is_open=name not in private) for name, field in kind.fields.items()}


@cache
def _required(kind: Kind) -> tuple[str, ...]:
    return tuple(name for name, field in kind.fields.items() if field.required is Required.YES)
