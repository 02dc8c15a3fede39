"""Which fields of this payload are commitments, and which stand open? (pure)"""

from collections.abc import Mapping
from functools import cache

from ..events.kind import Kind, Privacy
from ..parties import is_natural_person

_SAFEST_FORM = "person"
"""Read where a payload names no legal form: a payload that is refused for it must not open a name either."""


def private_fields(kind: Kind, payload: Mapping[str, object]) -> frozenset[str]:
    """The names of the kind's private fields, whether or not the payload has them.

    Name and address of a party are private for a natural person alone, decided by the payload's `legal_form` and
    `uscc`, which always stand open: so the answer is the same before and after committing.
    """
    always, for_natural_person = _private_names(kind)
    if not for_natural_person:
        return always
    return always | for_natural_person if _is_natural(payload) else always


def _is_natural(payload: Mapping[str, object]) -> bool:
    legal_form, uscc = payload.get("legal_form"), payload.get("uscc")
    return is_natural_person(
        legal_form if isinstance(legal_form, str) else _SAFEST_FORM, uscc if isinstance(uscc, str) else None
    )


@cache
def _private_names(kind: Kind) -> tuple[frozenset[str], frozenset[str]]:
    """Private for everybody; private for a natural person only."""

    def named(privacy: Privacy) -> frozenset[str]:
        return frozenset(name for name, field in kind.fields.items() if field.privacy is privacy)

    return named(Privacy.COMMIT), named(Privacy.COMMIT_FOR_NATURAL_PERSON)
