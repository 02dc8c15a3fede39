"""What is not on the catalogue, has no basis or another class does not enter a file."""

from dataclasses import replace

import pytest

from credit.catalogue import Claim, EntryFault, find_entry_fault, find_item

PENALTY = Claim("P03", "L-PEN 48", "general", "L-SAMR45 13", has_document=True)
OUTCOME = Claim("N09", "L-APQSL 46-51")


@pytest.mark.parametrize("claim", [PENALTY, OUTCOME])
def test_an_item_with_basis_and_its_own_class_enters(claim: Claim) -> None:
    assert find_entry_fault(claim) is None


@pytest.mark.parametrize(
    ("claim", "fault"),
    [
        (replace(PENALTY, item="P99"), EntryFault.NOT_ON_CATALOGUE),
        (replace(OUTCOME, item="n09"), EntryFault.NOT_ON_CATALOGUE),
        (replace(PENALTY, legal_basis="  "), EntryFault.BASIS_MISSING),
        (replace(OUTCOME, legal_basis=""), EntryFault.BASIS_MISSING),
        (replace(PENALTY, severity="serious"), EntryFault.CLASS_NOT_OF_ITEM),
        (replace(PENALTY, severity=None), EntryFault.CLASS_NOT_OF_ITEM),
        (replace(OUTCOME, severity="minor"), EntryFault.CLASS_NOT_OF_ITEM),
        (replace(PENALTY, class_basis=None), EntryFault.CLASS_BASIS_MISSING),
        (replace(PENALTY, has_document=False), EntryFault.DOCUMENT_MISSING),
    ],
)
def test_what_is_wrong_with_a_claim_is_named(claim: Claim, fault: EntryFault) -> None:
    assert find_entry_fault(claim) is fault


def test_an_item_is_found_by_its_code_alone() -> None:
    assert find_item("监督抽查不合格(终局)") is None
    found = find_item("N09")
    assert found is not None
    assert found.zh == "监督抽查不合格(终局)"
