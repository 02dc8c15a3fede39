"""Is what was sent a payload of its kind, what of it is private, and what does it name? The door of this room."""

from ..ledger.errors import FieldFault as Fault
from .check import check_payload
from .commitment import Opening, commit_payload, commits_of, open_payload, shown_payload
from .privacy import private_fields
from .references import Reference, references
from .schema import json_schema

__all__ = [
    "Fault",
    "Opening",
    "Reference",
    "check_payload",
    "commit_payload",
    "commits_of",
    "json_schema",
    "open_payload",
    "private_fields",
    "references",
    "shown_payload",
]
