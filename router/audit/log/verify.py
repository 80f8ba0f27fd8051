"""Verifying the whole log: every entry, every root, every signature, and what should not be there.

It reads a page at a time, in a transaction each: what is in the log stays as it is, so that it may
go on growing meanwhile, and memory stays flat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, Engine, func, select

from router.audit.log.checkpoint import parse_note
from router.audit.log.errors import BadNote
from router.audit.log.faults import Faults, Verification, places
from router.audit.log.merkle import HASH_BYTES
from router.audit.log.sequence import STATE_ID
from router.audit.log.tables import log_leaves, log_state
from router.audit.log.verify_entries import PAGE, EntryCheck, logged, waiting
from router.audit.log.verify_gone import Gone
from router.audit.log.verify_moves import MoveCheck
from router.audit.log.verify_read import Row, read, stored
from router.audit.log.verify_rows import check_rows
from router.audit.log.verify_strays import check_strays
from router.audit.log.verify_tree import UNKNOWN, Signed, TreeCheck
from router.store.database import reading

MAX_GAP = 1 << 20
"""Places in a row whose leaves may be lost, and what comes after them still be verified."""

Progress = Callable[[int, int], None]
"""(entries done, entries in all)"""


def verify(
    engine: Engine,
    public_key: Ed25519PublicKey,
    *,
    witnesses: Sequence[str] = (),
    progress: Progress | None = None,
) -> Verification:
    """Reads everything once. `witnesses` are notes that were kept elsewhere.

    Without a witness, a log that was rolled back to an earlier state, checkpoints and all, is whole
    in itself: nothing in it can say what it has lost.
    """
    return _Run(engine, public_key, witnesses, progress or _silent).run()


def _silent(_done: int, _all: int) -> None:
    return None


class _Run:
    """One verification: what it has found so far."""

    def __init__(
        self,
        engine: Engine,
        public_key: Ed25519PublicKey,
        witnesses: Sequence[str],
        progress: Progress,
    ) -> None:
        self._engine = reading(engine)
        self._progress = progress
        self._faults = Faults()
        with self._engine.connect() as connection:
            self._moves = MoveCheck(connection, self._faults)
        self._entries = EntryCheck(self._faults, self._moves)
        self._witnesses = [*self._signed(witnesses, public_key)]
        self._tree = TreeCheck(self._faults, public_key, self._witnesses)
        self._gone = Gone()

    def run(self) -> Verification:
        with self._engine.connect() as connection:
            size, frontier = self._state(connection)
        self._read_log(size)
        if frontier != self._tree.packed():
            self._faults.add("state", "its right edge is not that of the leaves")
        for signed in self._witnesses:
            if signed.checkpoint.size > size:
                self._faults.add(
                    signed.where,
                    f"the log has {size} entries and had {signed.checkpoint.size}: "
                    "it was rolled back, or its end is lost",
                )
        pending = self._read_waiting()
        with self._engine.connect() as connection:
            pruned, bare = self._gone.judge(connection, self._faults)
            check_strays(connection, self._faults)
            before_log = check_rows(connection, self._faults, self._entries.beginnings)
            moves_bare = self._moves.judge(connection)
        return Verification(
            size=size,
            root=self._tree.root(),
            signed=self._tree.signed,
            checkpoints=self._tree.checkpoints,
            witnesses=len(self._witnesses),
            pending=pending,
            pruned=pruned,
            pruned_bare=bare,
            before_log=before_log,
            moves_bare=moves_bare,
            began=bool(self._entries.beginnings),
            faults=tuple(self._faults.listed),
            faults_total=self._faults.total,
        )

    def _signed(self, notes: Sequence[str], public_key: Ed25519PublicKey) -> Iterator[Signed]:
        for number, note in enumerate(notes, 1):
            where = f"witness {number}"
            try:
                yield Signed(where, parse_note(note, public_key))
            except BadNote as error:
                self._faults.add(where, str(error))

    def _state(self, connection: Connection) -> tuple[int, bytes]:
        """Size and right edge as stored; where they contradict each other, as many as there are."""
        columns = (stored(log_state.c.size), stored(log_state.c.frontier))
        rows = read(connection, select(*columns).where(log_state.c.id == STATE_ID))
        if rows and isinstance(rows[0][0], int) and isinstance(rows[0][1], bytes):
            size, frontier = rows[0]
            if size >= 0 and len(frontier) == size.bit_count() * HASH_BYTES:
                return size, frontier
        self._faults.add("state", "the log has none that could be its own")
        last: int | None = connection.execute(select(func.max(log_leaves.c.seq))).scalar()
        return 0 if last is None else last + 1, b""

    def _read_log(self, size: int) -> None:
        after = -1
        while True:
            with self._engine.connect() as connection:
                rows = logged(connection, after, size)
                if not rows:
                    break
                after = rows[-1][0]
                if not self._add(connection, rows):
                    return
            self._progress(self._tree.size, size)
        if self._tree.size < size:
            self._lost(self._tree.size, size)

    def _add(self, connection: Connection, rows: list[Row]) -> bool:
        """The next page, and whether the log can be followed to its end."""
        leaves: list[bytes] = []
        for row in rows:
            seq, leaf = row[0], row[2]
            expected = self._tree.size + len(leaves)
            if seq != expected:
                self._lost(expected, seq)
                self._tree.add(connection, leaves)
                leaves = []
                if seq - expected > MAX_GAP:
                    self._faults.add(f"from place {seq} on", "too much is lost to go on", seq=seq)
                    return False
                self._tree.lost(connection, seq - expected)
            usable = isinstance(leaf, bytes) and len(leaf) == HASH_BYTES
            if not self._entries.check(row) or not usable:
                self._tree.doubt(seq)
            if row[3] is not None and row[7] is None:
                # Nothing but the hash itself is left to say whether it is right.
                self._tree.doubt(seq)
                self._gone.add(row)
            leaves.append(leaf if usable else UNKNOWN)
        self._tree.add(connection, leaves)
        return True

    def _lost(self, first: int, end: int) -> None:
        self._faults.add(places(first, end), "the leaf is lost", seq=first)

    def _read_waiting(self) -> int:
        pending, after = 0, ""
        while True:
            with self._engine.connect() as connection:
                rows = waiting(connection, after)
            for row in rows:
                self._entries.check(row)
            pending += len(rows)
            # An id that is not text is shown as one that sorts elsewhere: no page comes twice.
            if len(rows) < PAGE or rows[-1][1] <= after:
                return pending
            after = rows[-1][1]
