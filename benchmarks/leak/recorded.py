"""What the gateway wrote down of a request: the record, as far as leaks are judged by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from router.domain import Basis, DataClass


@dataclass(frozen=True, slots=True)
class Recorded:
    """`attempts` are the origins of those tries that were made, None while there is no outcome."""

    request_id: str
    data_class: DataClass
    basis: frozenset[Basis]
    private_only: bool
    permitted: frozenset[str]
    detector_version: str
    policy_digest: str
    status: str | None = None
    attempts: tuple[str, ...] | None = None

    @property
    def is_undetermined(self) -> bool:
        return Basis.UNDETERMINED in self.basis


def recorded(decision: Mapping[str, Any], outcome: Mapping[str, Any] | None) -> Recorded:
    """From a row of the ledger's `decisions` and its other half in `outcomes`, if there is one."""
    tries = None if outcome is None else outcome["attempts"]
    return Recorded(
        request_id=decision["request_id"],
        data_class=DataClass.from_label(decision["data_class"]),
        basis=frozenset(map(Basis, decision["basis"])),
        private_only=bool(decision["private_only"]),
        permitted=frozenset(decision["permitted"]),
        detector_version=decision["detector_version"],
        policy_digest=decision["policy_digest"],
        status=None if outcome is None else outcome["status"],
        attempts=None if tries is None else tuple(t["origin"] for t in tries if t.get("origin")),
    )
