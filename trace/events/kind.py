"""What is a kind of statement: on which chain, of what nature, with which fields? (pure)"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from ..fieldtype import FieldType


class Nature(Enum):
    """A fact is always logged; an act may be refused; a derived entry follows from another by a named rule."""

    FACT = "fact"
    ACT = "act"
    DERIVED = "derived"


class Required(Enum):
    """Without a field marked yes the sentence says nothing (422); by legal form: owed by some, and flagged."""

    YES = "yes"
    NO = "no"
    BY_LEGAL_FORM = "by legal form"


class Privacy(Enum):
    """Whether a field stands open in the statement, or as a commitment whose opening can be erased."""

    OPEN = "open"
    COMMIT = "commit"
    COMMIT_FOR_NATURAL_PERSON = "commit for a natural person, else open"


@dataclass(frozen=True)
class Field:
    """One payload field. `unit_or_values`, `source` (the article) and `note` are the table's own words."""

    name: str
    type: FieldType
    required: Required
    privacy: Privacy
    unit_or_values: str
    source: str
    note: str


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind. There is one object a kind, so kinds compare and hash by identity.

    `regimes`: words of the vocabulary (`herb`, `veg`, `all`), empty where no goods are meant; `who_signs` and
    `quantity_effect` are the vocabulary's own words; `is_public`: everyone may open such a statement, its commitments
    excepted; `is_for_owner`: of the parties of a batch its owner alone.
    """

    name: str
    chain: str
    nature: Nature
    zh: str
    en: str
    regimes: tuple[str, ...]
    who_signs: str
    is_public: bool
    is_for_owner: bool
    quantity_effect: str
    fields: Mapping[str, Field]
