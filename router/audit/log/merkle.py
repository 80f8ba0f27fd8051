"""Merkle trees as in RFC 6962 §2.1: hashes, roots, proofs. Pure.

Whoever asks brings `node`, which gives the root over the 2**height leaves from index * 2**height
on; only complete subtrees are asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256().digest()

Node: TypeAlias = Callable[[int, int], bytes]
"""(height, index) → hash"""


def leaf_hash(body: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(subtrees: Sequence[bytes]) -> bytes:
    """The root over complete subtrees, each smaller than the one before it."""
    if not subtrees:
        return EMPTY_ROOT
    root = subtrees[-1]
    for left in reversed(subtrees[:-1]):
        root = node_hash(left, root)
    return root


def complete_subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """(height, index) of those that cover the leaves `start` to `end`, the largest first.

    `start` must be a multiple of a power of two that is no less than `end - start`, as it is of
    every range that a tree is divided into.
    """
    while start < end:
        height = (end - start).bit_length() - 1
        yield height, start >> height
        start += 1 << height


def range_root(start: int, end: int, node: Node) -> bytes:
    """The root over the leaves `start` to `end`; see `complete_subtrees`."""
    return root_of([node(*subtree) for subtree in complete_subtrees(start, end)])


def inclusion_proof(seq: int, size: int, node: Node) -> list[bytes]:
    """PATH(seq, D[size]), §2.1.1. Raises ValueError where the leaf is not in such a tree."""
    if not 0 <= seq < size:
        raise ValueError(f"a log of {size} entries has none at place {seq}")
    start, end = 0, size
    proof: list[bytes] = []
    while end - start > 1:
        middle = start + _split(end - start)
        if seq < middle:
            proof.append(range_root(middle, end, node))
            end = middle
        else:
            proof.append(range_root(start, middle, node))
            start = middle
    return proof[::-1]


def consistency_proof(old_size: int, new_size: int, node: Node) -> list[bytes]:
    """PROOF(old_size, D[new_size]), §2.1.2; empty where either log is, or both are one.

    Raises ValueError unless 0 <= old_size <= new_size.
    """
    if not 0 <= old_size <= new_size:
        raise ValueError(f"a log of {old_size} entries cannot grow to {new_size}")
    if old_size in (0, new_size):
        return []
    start, end = 0, new_size
    proof: list[bytes] = []
    while old_size != end:
        middle = start + _split(end - start)
        if old_size <= middle:
            proof.append(range_root(middle, end, node))
            end = middle
        else:
            proof.append(range_root(start, middle, node))
            start = middle
    if start:
        proof.append(range_root(start, end, node))
    return proof[::-1]


def _split(size: int) -> int:
    """The largest power of two below `size`, which is at least 2."""
    return 1 << ((size - 1).bit_length() - 1)
