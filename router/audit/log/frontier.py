"""The right edge of a growing tree: appending to it needs nothing else of what came before."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from router.audit.log.errors import LogBroken
from router.audit.log.merkle import HASH_BYTES, node_hash, root_of

TILE_HEIGHT = 8
"""Roots are kept of every complete subtree whose height is a multiple of this."""


@dataclass(frozen=True, slots=True)
class Tile:
    """The root over the 256**level leaves from number * 256**level on; `level` is at least 1."""

    level: int
    number: int
    digest: bytes


class Frontier:
    """Roots of the complete subtrees that make up a log of `size` entries, the largest first."""

    def __init__(self, size: int = 0, packed: bytes = b"") -> None:
        """Continues a log from `packed`. Raises LogBroken where that cannot belong to its size."""
        if size < 0 or len(packed) != size.bit_count() * HASH_BYTES:
            raise LogBroken(f"the right edge is not that of a log of {size} entries")
        self.size = size
        self._roots = [packed[at : at + HASH_BYTES] for at in range(0, len(packed), HASH_BYTES)]

    def append(self, leaf_hashes: Iterable[bytes], completed: Callable[[Tile], bytes]) -> None:
        """Adds leaves; tells `completed` of each tile, and goes on with the root it returns."""
        roots, size = self._roots, self.size
        for leaf in leaf_hashes:
            root, height = leaf, 0
            # As many subtrees end here as the size has ones at its end: a binary counter.
            while size >> height & 1:
                root = node_hash(roots.pop(), root)
                height += 1
                if height % TILE_HEIGHT == 0:
                    root = completed(Tile(height // TILE_HEIGHT, size >> height, root))
            roots.append(root)
            size += 1
        self.size = size

    def packed(self) -> bytes:
        return b"".join(self._roots)

    def root(self) -> bytes:
        return root_of(self._roots)
