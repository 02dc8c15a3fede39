"""How do private values become commitments, and how are they opened again? (pure; salts come as arguments)"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..events.kind import Kind
from ..ledger.canonical import Json, commit, commit_known
from ..ledger.errors import FieldFault
from ..pointer import child
from .privacy import private_fields
from .restated import POINTER, restated_of, with_payload

_COMMIT = "commit"


class Opening(NamedTuple):
    """What opens a commitment: `commit` as it stands in the statement, `salt` (32 bytes), the private value itself."""

    commit: str
    salt: bytes
    value: Json


def commit_payload(
    kind: Kind, payload: Mapping[str, Json], salts: Iterator[bytes]
) -> tuple[dict[str, Json], list[Opening]]:
    """The payload as it is signed, and the openings of its private fields, in the payload's order.

    `salts` gives 32 fresh random bytes a private field. Raises ProfileError where a value may not be signed.
    """
    private = private_fields(kind, payload)
    signed: dict[str, Json] = {}
    openings: list[Opening] = []
    for name, value in payload.items():
        if name not in private:
            signed[name] = value
            continue
        salt = next(salts)
        opening = Opening(commit(salt, value), salt, value)
        openings.append(opening)
        signed[name] = {_COMMIT: opening.commit}
    if inner := restated_of(kind, payload):
        committed, more = commit_payload(*inner, salts)
        return with_payload(signed, committed), [*openings, *more]
    return signed, openings


def open_payload(
    kind: Kind, payload: Mapping[str, Json], openings: Mapping[str, Opening]
) -> tuple[dict[str, Json], list[FieldFault]]:
    """The payload with its private fields plain, and what stands in the way; `openings` are named by their commitment, and
    their values were decoded under the profile.

    Faults: not-committed (a plain value in a private field), missing-opening, bad-opening (it does not open what it
    names, or no field asks for it: then it would be kept without belonging to anything), wrong-type (a commitment in an
    open field, or one that is no text). Only where there is no fault is the payload worth `check_payload`.
    """
    faults: list[FieldFault] = []
    asked: set[str] = set()
    opened = _open(kind, payload, openings, asked, faults, "")
    if not asked.issuperset(openings):
        faults.append(FieldFault("", "bad-opening"))
    return opened, faults


def commits_of(kind: Kind, payload: Mapping[str, Any]) -> list[str]:
    """Every commitment that a signed payload stands for, in its order; what is no commitment is passed over."""
    private = private_fields(kind, payload)
    found = [value[_COMMIT] for name, value in payload.items() if name in private and _is_commitment(value)]
    if inner := restated_of(kind, payload):
        found += commits_of(*inner)
    return [commit for commit in found if isinstance(commit, str)]


def shown_payload(kind: Kind, payload: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """A signed payload as one reader sees it: private fields by the opened values, left out where there is none."""
    private = private_fields(kind, payload)
    shown: dict[str, Any] = {}
    for name, value in payload.items():
        if name not in private:
            shown[name] = value
        elif _is_commitment(value) and value[_COMMIT] in values:
            shown[name] = values[value[_COMMIT]]
    if inner := restated_of(kind, payload):
        return with_payload(shown, shown_payload(*inner, values))
    return shown


def _open(
    kind: Kind,
    payload: Mapping[str, Json],
    openings: Mapping[str, Opening],
    asked: set[str],
    faults: list[FieldFault],
    at: str,
) -> dict[str, Json]:
    private = private_fields(kind, payload)
    opened: dict[str, Json] = {}
    for name, value in payload.items():
        if name in private:
            opened[name] = _opened(value, openings, child(at, name), asked, faults)
        else:
            opened[name] = value
            if isinstance(value, dict) and _is_commitment(value):
                faults.append(FieldFault(child(at, name), "wrong-type"))
    if inner := restated_of(kind, payload):
        return with_payload(opened, _open(*inner, openings, asked, faults, at + POINTER))
    return opened


def _opened(
    value: Json, openings: Mapping[str, Opening], pointer: str, asked: set[str], faults: list[FieldFault]
) -> Json:
    """The private value behind a commitment; the commitment itself, and a fault, where it does not open."""
    if not isinstance(value, dict) or not _is_commitment(value):
        faults.append(FieldFault(pointer, "not-committed"))
        return value
    name = value[_COMMIT]
    if not isinstance(name, str):
        faults.append(FieldFault(pointer, "wrong-type"))
        return value
    asked.add(name)
    opening = openings.get(name)
    if opening is None:
        faults.append(FieldFault(pointer, "missing-opening"))
        return value
    if not _opens(opening, name):
        faults.append(FieldFault(pointer, "bad-opening"))
    return opening.value


def _is_commitment(value: Json) -> bool:
    return isinstance(value, dict) and value.keys() == {_COMMIT}


def _opens(opening: Opening, name: str) -> bool:
    try:
        return commit_known(opening.salt, opening.value) == name
    except ValueError:  # a salt of another length
        return False
