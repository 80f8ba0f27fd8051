"""Trees, roots and proofs are those of RFC 6962, whatever the size."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.audit.log.errors import LogBroken
from router.audit.log.frontier import Frontier
from router.audit.log.merkle import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    range_root,
)
from router.audit.log.merkle_check import extends, includes
from tests.unit.router.audit.log.filled_log import grown

LEAVES = [leaf_hash(str(number).encode()) for number in range(70)]
SIZES = st.integers(0, len(LEAVES))
HASHES = st.binary(min_size=32, max_size=32)


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = max(1 << n for n in range(8) if 1 << n < len(leaves))
    return node_hash(naive_root(leaves[:k]), naive_root(leaves[k:]))


def naive_path(m: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = max(1 << n for n in range(8) if 1 << n < len(leaves))
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = max(1 << n for n in range(8) if 1 << n < len(leaves))
    if m <= k:
        return [*naive_subproof(m, leaves[:k], whole), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], False), naive_root(leaves[:k])]


def node(height: int, index: int) -> bytes:
    return naive_root(LEAVES[index << height : (index + 1) << height])


def test_the_hashes_are_those_of_certificate_transparency() -> None:
    # The vectors that RFC 6962's reference implementation is tested with.
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
    leaves = [leaf_hash(bytes.fromhex(text)) for text in inputs]
    assert EMPTY_ROOT.hex().startswith("e3b0c44298fc1c149afbf4c8996fb924")
    assert leaves[0].hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    roots = {
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    }
    for size, expected in roots.items():
        assert naive_root(leaves[:size]).hex() == expected


@given(SIZES)
def test_a_log_that_grew_leaf_by_leaf_has_the_root_of_the_definition(size: int) -> None:
    frontier, _ = grown(LEAVES[:size])
    assert frontier.root() == naive_root(LEAVES[:size]) == range_root(0, size, node)


@given(SIZES, SIZES)
def test_where_it_is_taken_up_again_does_not_matter(first: int, second: int) -> None:
    first, second = sorted((first, second))
    before, _ = grown(LEAVES[:first])
    after = Frontier(first, before.packed())
    after.append(LEAVES[first:second], lambda tile: tile.digest)
    assert after.root() == naive_root(LEAVES[:second])
    assert after.size == second


def test_every_subtree_of_256_leaves_is_told_of_when_it_is_complete() -> None:
    leaves = [leaf_hash(str(number).encode()) for number in range(65_536 + 300)]
    _, told = grown(leaves)
    lowest = [tile for tile in told if tile.level == 1]
    assert [tile.number for tile in lowest] == list(range(257))
    assert grown(leaves[256:512])[0].root() == lowest[1].digest
    assert [(t.level, t.number) for t in told if t.level == 2] == [(2, 0)]


def test_an_edge_of_another_size_is_not_continued() -> None:
    with pytest.raises(LogBroken):
        Frontier(3, bytes(32))
    with pytest.raises(LogBroken):
        Frontier(-1)


@given(st.integers(1, len(LEAVES)), st.data())
def test_what_is_in_the_log_is_proved_in_the_words_of_the_definition(
    size: int, data: st.DataObject
) -> None:
    seq = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(seq, size, node)
    root = naive_root(LEAVES[:size])
    assert proof == naive_path(seq, LEAVES[:size])
    assert includes(root, size, LEAVES[seq], seq, proof)


@given(st.integers(1, len(LEAVES)), st.data())
def test_a_proof_proves_nothing_else(size: int, data: st.DataObject) -> None:
    seq = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(seq, size, node)
    root = naive_root(LEAVES[:size])
    place = data.draw(st.integers(-1, size).filter(lambda other: other != seq))
    assert not includes(root, size, LEAVES[seq], place, proof)
    assert not includes(root, size, data.draw(HASHES), seq, proof)
    assert not includes(root, size, LEAVES[seq], seq, [*proof, data.draw(HASHES)])
    if proof:
        assert not includes(root, size, LEAVES[seq], seq, proof[:-1])
        changed = data.draw(st.integers(0, len(proof) - 1))
        wrong = [*proof[:changed], data.draw(HASHES), *proof[changed + 1 :]]
        assert not includes(root, size, LEAVES[seq], seq, wrong)


@given(SIZES, SIZES)
def test_growth_is_proved_in_the_words_of_the_definition(old: int, new: int) -> None:
    old, new = sorted((old, new))
    proof = consistency_proof(old, new, node)
    if old:
        assert proof == naive_subproof(old, LEAVES[:new], True)
    assert extends(naive_root(LEAVES[:old]), old, naive_root(LEAVES[:new]), new, proof)


@given(SIZES, SIZES, st.data())
def test_a_log_that_was_rewritten_does_not_extend_what_it_was(
    old: int, new: int, data: st.DataObject
) -> None:
    old, new = sorted((max(old, 1), max(new, 1)))
    proof = consistency_proof(old, new, node)
    old_root, new_root = naive_root(LEAVES[:old]), naive_root(LEAVES[:new])
    other = data.draw(HASHES)
    assert not extends(other, old, new_root, new, proof)
    assert not extends(old_root, old, other, new, proof)
    assert not extends(old_root, old, new_root, new, [*proof, other])
    if proof:
        assert not extends(old_root, old, new_root, new, proof[:-1])
    assert not extends(new_root, new + 1, old_root, old, proof)


def test_nothing_is_proved_of_places_and_sizes_that_are_none() -> None:
    for seq, size in ((-1, 3), (3, 3), (0, 0)):
        with pytest.raises(ValueError, match="at place"):
            inclusion_proof(seq, size, node)
    for old, new in ((-1, 3), (4, 3)):
        with pytest.raises(ValueError, match="cannot grow"):
            consistency_proof(old, new, node)
