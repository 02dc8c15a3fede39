"""May a record of this item enter a credit file? (pure)

An item off the loaded catalogue or without a basis is refused, and so is a class that is not the item's own or stands on
nothing: publicity and repair count from it (国办发〔2020〕49号; 2026 repair measures of the NDRC).
"""

from dataclasses import dataclass
from enum import Enum

from .reference.catalogue import Item, catalogue


class EntryFault(Enum):
    """Why a record may not enter so."""

    NOT_ON_CATALOGUE = "item-not-on-catalogue"
    BASIS_MISSING = "basis-missing"
    CLASS_NOT_OF_ITEM = "class-not-of-item"
    CLASS_BASIS_MISSING = "class-basis-missing"
    DOCUMENT_MISSING = "document-missing"


@dataclass(frozen=True)
class Claim:
    """What somebody would enter. `severity`: minor, general, serious or None; `has_document`: a decision is there by its hash."""

    item: str
    legal_basis: str
    severity: str | None = None
    class_basis: str | None = None
    has_document: bool = False


def find_item(code: str) -> Item | None:
    """The item of a code; None: it is not on the loaded catalogue."""
    return catalogue().get(code)


def find_entry_fault(claim: Claim) -> EntryFault | None:
    """The first thing that stands against the record; None: it may enter."""
    item = find_item(claim.item)
    if item is None:
        return EntryFault.NOT_ON_CATALOGUE
    if not claim.legal_basis.strip():
        return EntryFault.BASIS_MISSING
    if claim.severity != item.severity:
        return EntryFault.CLASS_NOT_OF_ITEM
    if item.severity is None:
        return None
    if not (claim.class_basis or "").strip():
        return EntryFault.CLASS_BASIS_MISSING
    return None if claim.has_document else EntryFault.DOCUMENT_MISSING
