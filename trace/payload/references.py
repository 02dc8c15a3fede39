"""Which parties, places, batches and entries does a payload name? (pure)"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from ..events.kind import Kind
from ..fieldtype import ChainRef, FieldType, ListOf, Members, Plain
from ..pointer import child
from .restated import POINTER, restated_of


@dataclass(frozen=True)
class Reference:
    """Something that a payload rests on.

    `value`: a chain id, or for an entry its `{"chain", "seq", "leaf"}`; `pointer` starts at the payload.
    """

    type: Literal["party", "place", "batch", "case", "entry"]
    value: Any
    pointer: str


Finder = Callable[[object, str], Iterator[Reference]]


def references(kind: Kind, payload: Mapping[str, object]) -> list[Reference]:
    """Everything that a checked payload names, in its own order. A reference behind a commitment is not seen."""
    finders = _finders(kind)
    found: list[Reference] = []
    if not payload.keys().isdisjoint(finders):
        for name, value in payload.items():
            if name in finders:
                found.extend(finders[name](value, child("", name)))
    if inner := restated_of(kind, payload):
        found.extend(Reference(one.type, one.value, POINTER + one.pointer) for one in references(*inner))
    return found


@cache
def _finders(kind: Kind) -> Mapping[str, Finder]:
    """A finder for each field that can name something; a kind without any costs nothing."""
    found = {name: _finder(field.type) for name, field in kind.fields.items()}
    return {name: finder for name, finder in found.items() if finder is not None}


def _finder(type: FieldType) -> Finder | None:
    match type:
        case ChainRef(noun):
            return _chain_finder(noun.value)
        case Plain.ENTRY:
            return _find_entry
        case ListOf(item):
            return _item_finder(_finder(item))
        case Members(members):
            return _member_finder({member.name: _finder(member.type) for member in members})
    return None


def _chain_finder(noun: Literal["party", "place", "batch", "case"]) -> Finder:
    def find(value: object, pointer: str) -> Iterator[Reference]:
        if isinstance(value, str):
            yield Reference(noun, value, pointer)

    return find


def _find_entry(value: object, pointer: str) -> Iterator[Reference]:
    if isinstance(value, dict) and "leaf" in value:
        yield Reference("entry", value, pointer)


def _item_finder(find_in_item: Finder | None) -> Finder | None:
    if find_in_item is None:
        return None

    def find(value: object, pointer: str) -> Iterator[Reference]:
        for position, item in enumerate(value if isinstance(value, list) else ()):
            yield from find_in_item(item, child(pointer, position))

    return find


def _member_finder(finders: Mapping[str, Finder | None]) -> Finder | None:
    found = {name: finder for name, finder in finders.items() if finder is not None}
    if not found:
        return None

    def find(value: object, pointer: str) -> Iterator[Reference]:
        if isinstance(value, dict):
            for name, find_in_member in found.items():
                if name in value:
                    yield from find_in_member(value[name], child(pointer, name))

    return find
