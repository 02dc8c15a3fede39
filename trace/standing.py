"""What may this party do now, and if not, why not? The question that trace asks and the credit wing answers. (pure)

A score or a record never leaves the credit wing. Facts are not asked about: they are always logged; only acts may be refused.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol


class StandingAct(Enum):
    """Acts that a measure may touch. `self_certify`: a certificate on the party's own promise; `admit`: entry to a market."""

    DISPATCH = "dispatch"
    SELF_CERTIFY = "self_certify"
    ADMIT = "admit"
    SELL = "sell"
    LABEL_BRAND = "label_brand"


class StandingCode(Enum):
    """The answer in one word: nothing is known of the party; nothing stands; done with something more; refused."""

    UNKNOWN = "unknown"
    FREE = "free"
    CONDITIONAL = "conditional"
    RESTRICTED = "restricted"


@dataclass(frozen=True)
class StandingReason:
    """One measure behind an answer. A refusal names the decision that restricts, its last day and what would lift it.

    A condition names its measure and basis alone: whether a grade, a listing or a sample is behind it is not the asker's to know.
    """

    measure: str
    basis: str
    decision_no: str | None
    until: str | None
    lifted_by: str | None


@dataclass(frozen=True)
class Standing:
    """The answer. `must_do`: what makes the act lawful, as `test_before_entry`; `as_of_index`: the last entry that it knows."""

    allowed: bool
    code: StandingCode
    reasons: tuple[StandingReason, ...]
    must_do: tuple[str, ...]
    as_of_index: int


class AsksStanding(Protocol):
    """Who answers for one state of the log. The same state, moment and question give the same answer at any time."""

    def may(self, party: str, act: StandingAct, place: str | None, at: datetime) -> Standing:
        """Whether the party may do this at this place at this moment. `party`, `place`: chain ids; `at` carries an offset."""
        ...
