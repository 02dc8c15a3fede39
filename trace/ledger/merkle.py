"""Does this leaf, this proof, this root belong to one Merkle tree? RFC 9162 §2.1 on plain values. (pure)"""

import hashlib
from collections.abc import Callable, Iterable, Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()
HASH_BYTES = 32
Subtree = Callable[[int, int], bytes]


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 || data), RFC 9162 §2.1.1."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right), RFC 9162 §2.1.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class CompactRange:
    """The roots of the perfect subtrees that make up the first `size` leaves, left to right; appending is O(1) amortised."""

    def __init__(self, size: int, hashes: Sequence[bytes]) -> None:
        if len(hashes) != size.bit_count():
            raise ValueError(f"{len(hashes)} hashes do not make a tree of {size} leaves")
        self.size = size
        self.hashes = list(hashes)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash (32 bytes)."""
        carry, size = leaf, self.size
        while size & 1:
            carry = node_hash(self.hashes.pop(), carry)
            size >>= 1
        self.hashes.append(carry)
        self.size += 1

    def root(self) -> bytes:
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf data."""
    tree = CompactRange(0, [])
    for data in leaves:
        tree.append(leaf_hash(data))
    return tree.root()


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Is `leaf` (a leaf hash) at `index` in the tree of `size` leaves with that root? RFC 9162 §2.1.3.2.

    A proof of another length than the tree's shape gives is refused, and so is any hash that is not 32 bytes.
    """
    if not 0 <= index < size or any(len(one) != HASH_BYTES for one in (leaf, root, *proof)):
        return False
    inner = (index ^ (size - 1)).bit_length()
    if len(proof) != inner + (index >> inner).bit_count():
        return False
    computed = leaf
    for height, beside in enumerate(proof[:inner]):
        computed = node_hash(beside, computed) if index >> height & 1 else node_hash(computed, beside)
    for beside in proof[inner:]:
        computed = node_hash(beside, computed)
    return computed == root


def verify_consistency(size1: int, size2: int, root1: bytes, root2: bytes, proof: Sequence[bytes]) -> bool:
    """Is the tree of `size1` leaves a prefix of the tree of `size2`? RFC 9162 §2.1.4.2.

    Libraries differ at the edges; ours is the witness rule: size1 > size2 is refused; equal sizes want an empty proof and
    equal roots; size1 = 0 wants an empty proof and the empty root.
    """
    if not 0 <= size1 <= size2 or any(len(one) != HASH_BYTES for one in (root1, root2, *proof)):
        return False
    if size1 == size2:
        return not proof and root1 == root2 and (size1 > 0 or root1 == EMPTY_ROOT)
    if size1 == 0:
        return not proof and root1 == EMPTY_ROOT
    if not proof:
        return False
    path = list(proof) if size1 & (size1 - 1) else [root1, *proof]
    first, second = size1 - 1, size2 - 1
    while first & 1:
        first, second = first >> 1, second >> 1
    old = new = path[0]
    for beside in path[1:]:
        if second == 0:
            return False
        if first & 1 or first == second:
            old, new = node_hash(beside, old), node_hash(beside, new)
            while first and not first & 1:
                first, second = first >> 1, second >> 1
        else:
            new = node_hash(new, beside)
        first, second = first >> 1, second >> 1
    return second == 0 and old == root1 and new == root2


def _span_root(start: int, end: int, subtree: Subtree) -> bytes:
    """Root over leaves [start, end) where start is a multiple of the span's largest power of two."""
    length = end - start
    split = 1 << (length - 1).bit_length() >> 1 if length & (length - 1) else length
    if split == length:
        level = length.bit_length() - 1
        return subtree(level, start >> level)
    return node_hash(_span_root(start, start + split, subtree), _span_root(start + split, end, subtree))


def _split(length: int) -> int:
    """The largest power of two smaller than `length`."""
    return 1 << ((length - 1).bit_length() - 1)


def inclusion_path(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """The audit path of `index` in a tree of `size` leaves, leaf to root (RFC 9162 §2.1.3.1). ValueError outside it."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_span_root(middle, end, subtree))
            end = middle
        else:
            path.append(_span_root(start, middle, subtree))
            start = middle
    return path[::-1]


def consistency_path(size1: int, size2: int, subtree: Subtree) -> list[bytes]:
    """The proof that the first `size1` of `size2` leaves were kept (RFC 9162 §2.1.4.1); empty for 0 and equal sizes."""
    if not 0 <= size1 <= size2:
        raise ValueError(f"{size1} is not a prefix of {size2}")
    if size1 in (0, size2):
        return []
    path, start, end, whole = [], 0, size2, True
    while size1 != end:
        middle = start + _split(end - start)
        if size1 <= middle:
            path.append(_span_root(middle, end, subtree))
            end = middle
        else:
            path.append(_span_root(start, middle, subtree))
            start, whole = middle, False
    if not whole:
        path.append(_span_root(start, end, subtree))
    return path[::-1]
