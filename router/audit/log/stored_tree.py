"""The stored log as a tree: any of its roots and proofs from a few short reads."""

from __future__ import annotations

from sqlalchemy import Connection, select

from router.audit.log.errors import LogBroken
from router.audit.log.frontier import TILE_HEIGHT
from router.audit.log.merkle import consistency_proof, inclusion_proof, range_root, root_of
from router.audit.log.tables import log_leaves, log_tiles


class StoredTree:
    """Reads what it is asked for in one transaction, and each hash once.

    Every node is within one tile of 256 hashes, so that a proof in a log of a million entries
    needs at most 256 leaf hashes and 512 roots. Raises LogBroken where some are missing.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[int, int], bytes] = {}

    def root(self, size: int) -> bytes:
        return range_root(0, size, self.node)

    def inclusion(self, seq: int, size: int) -> tuple[bytes, ...]:
        return tuple(inclusion_proof(seq, size, self.node))

    def consistency(self, old_size: int, new_size: int) -> tuple[bytes, ...]:
        return tuple(consistency_proof(old_size, new_size, self.node))

    def node(self, height: int, index: int) -> bytes:
        """The root over the 2**height leaves from index * 2**height on."""
        known = self._known.get((height, index))
        if known is None:
            known = self._read(height, index)
            self._known[height, index] = known
        return known

    def _read(self, height: int, index: int) -> bytes:
        level, above = divmod(height, TILE_HEIGHT)
        first, count = index << above, 1 << above
        if level == 0:
            statement = select(log_leaves.c.leaf_hash).order_by(log_leaves.c.seq)
            place = log_leaves.c.seq
        else:
            statement = select(log_tiles.c.digest).order_by(log_tiles.c.number)
            statement = statement.where(log_tiles.c.level == level)
            place = log_tiles.c.number
        statement = statement.where(place >= first, place < first + count)
        hashes = list(self._connection.execute(statement).scalars())
        if len(hashes) != count:
            raise LogBroken(f"{count - len(hashes)} hashes of level {level} are missing")
        return _folded(hashes)


def _folded(hashes: list[bytes]) -> bytes:
    """The root over a power of two of hashes."""
    while len(hashes) > 1:
        hashes = [root_of(hashes[at : at + 2]) for at in range(0, len(hashes), 2)]
    return hashes[0]
