"""The tree of RFC 9162 against a reading of its recursive definition, at every size that an edge could hide in."""

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.ledger.merkle import (
    EMPTY_ROOT,
    CompactRange,
    consistency_path,
    inclusion_path,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [sha256(b"\0" + bytes([n % 256, n // 256])).digest() for n in range(258)]
SIZES = [1, 2, 3, 7, 8, 9, 31, 33, 255, 256, 257]


def root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 9162 §2.1.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\1" + root(leaves[:split]) + root(leaves[split:])).digest()


def subtree(level: int, position: int) -> bytes:
    return root(LEAVES[position << level : (position + 1) << level])


def grown(size: int) -> CompactRange:
    tree = CompactRange(0, [])
    for leaf in LEAVES[:size]:
        tree.append(leaf)
    return tree


def test_a_leaf_is_not_a_node() -> None:
    assert leaf_hash(b"") == sha256(b"\0").digest()
    assert root([]) == EMPTY_ROOT


@pytest.mark.parametrize("size", [0, *SIZES])
def test_a_tree_that_grew_leaf_by_leaf_has_the_root_of_the_definition(size: int) -> None:
    assert grown(size).root() == root(LEAVES[:size])


@pytest.mark.parametrize("size", [0, *SIZES])
def test_a_tree_goes_on_from_its_right_edge_alone(size: int) -> None:
    tree = grown(size)

    resumed = CompactRange(tree.size, list(tree.hashes))
    resumed.append(LEAVES[size])

    assert resumed.root() == root(LEAVES[: size + 1])
    assert len(tree.hashes) == size.bit_count()


def test_a_right_edge_that_does_not_fit_its_size_is_refused() -> None:
    with pytest.raises(ValueError):
        CompactRange(3, [LEAVES[0]])


@pytest.mark.parametrize("size", SIZES)
def test_every_leaf_has_a_path_that_verifies_for_its_own_place_alone(size: int) -> None:
    whole = root(LEAVES[:size])
    for index in range(size):
        path = inclusion_path(index, size, subtree)
        assert verify_inclusion(index, size, LEAVES[index], path, whole)
        assert not verify_inclusion(index, size, LEAVES[index + 1], path, whole)
        assert not verify_inclusion(index, size, LEAVES[index], [*path, whole], whole)
        assert not any(
            verify_inclusion(other, size, LEAVES[index], path, whole) for other in (index - 1, index + 1, size)
        )


@pytest.mark.parametrize("size2", [0, *SIZES])
def test_every_earlier_tree_is_consistent_with_a_later_one(size2: int) -> None:
    later = root(LEAVES[:size2])
    for size1 in range(size2 + 1):
        path = consistency_path(size1, size2, subtree)
        assert verify_consistency(size1, size2, root(LEAVES[:size1]), later, path)
        assert not verify_consistency(size1, size2, LEAVES[257], later, path)
        assert not verify_consistency(size1, size2, root(LEAVES[:size1]), later, [*path, later])


@given(st.data())
def test_one_changed_bit_of_a_proof_is_noticed(data: st.DataObject) -> None:
    size1, size2 = sorted(data.draw(st.lists(st.integers(1, 257), min_size=2, max_size=2, unique=True)))
    index = data.draw(st.integers(0, size2 - 1))
    proofs = inclusion_path(index, size2, subtree), consistency_path(size1, size2, subtree)
    which = data.draw(st.sampled_from([0, 1]))
    if not proofs[which]:
        return
    at, bit = data.draw(st.integers(0, len(proofs[which]) - 1)), data.draw(st.integers(0, 255))
    changed = bytearray(proofs[which][at])
    changed[bit // 8] ^= 1 << bit % 8
    proofs[which][at] = bytes(changed)

    later = root(LEAVES[:size2])
    if which == 0:
        assert not verify_inclusion(index, size2, LEAVES[index], proofs[0], later)
    else:
        assert not verify_consistency(size1, size2, root(LEAVES[:size1]), later, proofs[1])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_there_is_no_path_to_a_leaf_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(ValueError):
        inclusion_path(index, size, subtree)


def test_a_larger_tree_is_no_part_of_a_smaller_one() -> None:
    with pytest.raises(ValueError):
        consistency_path(4, 3, subtree)
