"""Which kinds of "no" can a log say, and what does each promise about the record? (pure)

A domain error carries a stable code, the values that a sentence needs, and the fields at fault; it holds no sentence and
knows no HTTP. The edge maps the kind to a status and the code to both languages.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class FieldFault:
    """One field at fault: JSON pointer (RFC 6901) into what was sent, and a stable code."""

    pointer: str
    code: str


class DomainError(Exception):
    """Nothing was logged (except for `OutcomeUnknown`, which says that nobody knows)."""

    def __init__(self, code: str, *faults: FieldFault, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.faults = faults
        self.values = values


class Unreadable(DomainError):
    """The bytes could not be read as what they claim to be."""


class Invalid(DomainError):
    """Read, and wrong in itself."""


class TooLarge(DomainError):
    """Read, and over a stated size."""


class Forbidden(DomainError):
    """This signer or account may not say this."""


class NotFound(DomainError):
    """Unknown here, or not for this reader: the two look alike."""


class Conflict(DomainError):
    """The state of the log says no: another statement holds this id, code or key."""


class Refused(DomainError):
    """A rule refuses an act; `values` carry the rule and what would lift it."""


class Overloaded(DomainError):
    """The queue is full; nothing was taken in. Send again later."""


class Unavailable(DomainError):
    """This node does not write now (behind its guard, or stopping). Nothing was taken in."""


class OutcomeUnknown(DomainError):
    """COMMIT raised: the statement may or may not be in the log. Send it again with the same id."""
