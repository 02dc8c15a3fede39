"""Is this party a human being whose name and home must not stand open in the log? (pure)"""

NATURAL_FORMS = frozenset({"household", "large-grower", "person"})
"""Legal forms that are always natural persons (docs/formats.md, "Commitments")."""

NATURAL_WITHOUT_CODE = frozenset({"family-farm", "individual-business"})
"""Legal forms that are registered bodies where they have a 统一社会信用代码, and natural persons where they do not."""


def is_natural_person(legal_form: str, uscc: str | None) -> bool:
    """Whether name and address are commitments. `uscc`: None or "" where the party has no code.

    Source: L-PIPL art. 6; the list of legal forms is that of the payload table.
    """
    return legal_form in NATURAL_FORMS or (legal_form in NATURAL_WITHOUT_CODE and not uscc)
