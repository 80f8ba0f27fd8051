"""What `verify` finds: each fault with its place, and what it looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MAX_LISTED = 1_000
"""Faults that are listed; the others are counted. A log that is all wrong must not fill memory."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`where` names the place in words; the rest does, for programs, as far as it is known."""

    where: str
    what: str
    seq: int | None = None
    entry_id: str | None = None
    request_id: str | None = None

    def __str__(self) -> str:
        entry = f", entry {self.entry_id}" if self.entry_id else ""
        request = f", request {self.request_id}" if self.request_id else ""
        return f"{self.where}{entry}{request}: {self.what}"


class Faults:
    """Collects them, the first `MAX_LISTED` as they are."""

    def __init__(self) -> None:
        self.listed: list[Fault] = []
        self.total = 0

    def add(
        self,
        where: str,
        what: str,
        *,
        seq: int | None = None,
        entry_id: str | None = None,
        request_id: str | None = None,
    ) -> None:
        self.total += 1
        if len(self.listed) < MAX_LISTED:
            self.listed.append(Fault(where, what, seq, entry_id, request_id))


def places(first: int, end: int) -> str:
    """Those from `first` to before `end`, in words."""
    return f"place {first}" if end == first + 1 else f"places {first} to {end - 1}"


@dataclass(frozen=True, slots=True)
class Verification:
    """What was verified of the log, and what is wrong with it.

    `signed` is the size of the largest checkpoint that agrees with the log: places from there on
    are in order, and no signature vouches for them yet. `pending` entries have no place yet: one
    that is taken away is not missed. `pruned` bodies are gone by recorded acts; with `pruned_bare`
    of them an earlier release kept no digest over id, kind, request and time, and nothing vouches
    for those. `before_log` counts rows from before there was a log; where `began`, the log itself
    says which there were. `moves_bare` moves of models have lost an act to pruning.
    """

    size: int
    root: bytes
    signed: int
    checkpoints: int
    witnesses: int
    pending: int
    pruned: int
    pruned_bare: int
    before_log: int
    moves_bare: int
    began: bool
    faults: Sequence[Fault]
    faults_total: int

    @property
    def ok(self) -> bool:
        return self.faults_total == 0
