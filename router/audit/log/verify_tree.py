"""Leaves against the roots above them: tiles, what was signed, the right edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, select

from router.audit.log.checkpoint import Checkpoint, parse_note
from router.audit.log.errors import BadNote
from router.audit.log.faults import Faults
from router.audit.log.frontier import TILE_HEIGHT, Frontier, Tile
from router.audit.log.merkle import HASH_BYTES
from router.audit.log.tables import log_checkpoints, log_tiles
from router.audit.log.verify_read import read, stored

UNKNOWN = bytes(HASH_BYTES)


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint that carries this log's signature; `where` says who keeps it."""

    where: str
    checkpoint: Checkpoint


class TreeCheck:
    """Rebuilds the tree from leaves in order, and compares every root that is stored or signed.

    A leaf that is wrong or lost spoils its own tile and no other: above a tile whose leaves are in
    doubt, the stored root is taken, so that the rest of the log is still held to its signatures.
    """

    def __init__(
        self, faults: Faults, public_key: Ed25519PublicKey, witnesses: Sequence[Signed]
    ) -> None:
        self._faults = faults
        self._public_key = public_key
        self._witnesses = sorted(witnesses, key=lambda signed: signed.checkpoint.size)
        self._frontier = Frontier()
        self._doubtful: set[tuple[int, int]] = set()
        self.checkpoints = 0
        self.signed = 0

    @property
    def size(self) -> int:
        return self._frontier.size

    def root(self) -> bytes:
        return self._frontier.root()

    def packed(self) -> bytes:
        return self._frontier.packed()

    def doubt(self, seq: int) -> None:
        """The leaf at this place, which is still to be added, is not what it was."""
        self._doubtful.add((1, seq >> TILE_HEIGHT))

    def lost(self, connection: Connection, count: int) -> None:
        """The next `count` leaves are not there."""
        for seq in range(self.size, self.size + count):
            self.doubt(seq)
        self.add(connection, [UNKNOWN] * count)

    def add(self, connection: Connection, leaves: Sequence[bytes]) -> None:
        """The next leaves. What is signed over them, up to the last of them, is compared."""
        coming = iter(leaves)
        end = self.size + len(leaves)

        def completed(tile: Tile) -> bytes:
            return self._compare(connection, tile)

        for signed in self._signed(connection, end):
            between = signed.checkpoint.size - self.size
            self._frontier.append(islice(coming, between), completed)
            if signed.checkpoint.root == self.root():
                self.signed = self.size
            else:
                self._faults.add(
                    signed.where,
                    f"the log is not what was signed: places {self.signed} to {self.size - 1} "
                    "have changed, or one of them has",
                )
        self._frontier.append(coming, completed)

    def _signed(self, connection: Connection, end: int) -> list[Signed]:
        """Checkpoints and witnesses of more than what was added, and of at most `end`."""
        size = log_checkpoints.c.size
        statement = select(*(stored(column) for column in log_checkpoints.c))
        rows = read(connection, statement.where(size > self.size, size <= end).order_by(size))
        found = [s for s in self._witnesses if self.size < s.checkpoint.size <= end]
        for row in rows:
            self.checkpoints += 1
            where = f"checkpoint {row[0]}"
            try:
                checkpoint = parse_note(str(row[1]), self._public_key)
            except BadNote as error:
                self._faults.add(where, f"{error}")
                continue
            if (checkpoint.size, checkpoint.timestamp_s) != (row[0], row[2]):
                self._faults.add(where, "its note is of another size or time")
            else:
                found.append(Signed(where, checkpoint))
        return sorted(found, key=lambda signed: signed.checkpoint.size)

    def _compare(self, connection: Connection, tile: Tile) -> bytes:
        """The root to go on with above this tile."""
        doubtful = (tile.level, tile.number) in self._doubtful
        self._doubtful.discard((tile.level, tile.number))
        table = log_tiles.c
        kept = read(
            connection,
            select(stored(table.digest)).where(
                table.level == tile.level, table.number == tile.number
            ),
        )
        if kept and kept[0][0] == tile.digest:
            return tile.digest
        first = tile.number << TILE_HEIGHT * tile.level
        last = first + (1 << TILE_HEIGHT * tile.level) - 1
        self._faults.add(
            f"tile {tile.level}/{tile.number}",
            f"it is not the root over places {first} to {last}" if kept else "it is missing",
            seq=first,
        )
        if not doubtful:
            return tile.digest
        self._doubtful.add((tile.level + 1, tile.number >> TILE_HEIGHT))
        usable = kept and isinstance(kept[0][0], bytes)
        return bytes(kept[0][0]) if usable else tile.digest
