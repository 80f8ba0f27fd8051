"""Retention of records: old segments of the log lose their bodies, a step at a time."""

from __future__ import annotations

from sqlalchemy import Connection

from router.accounts.people.actor import CLUSTER
from router.audit.log.pruning import SEGMENT_LEAVES, prune_segments
from router.audit.log.rules import AuditRules
from router.protocols import Clock
from router.store.housekeeping import Progress

_DAY_S = 86_400.0


class LogRetention:
    """A chore of housekeeping, which goes on until nothing is due."""

    def __init__(
        self,
        rules: AuditRules,
        clock: Clock,
        segment_leaves: int = SEGMENT_LEAVES,
    ) -> None:
        self._rules = rules
        self._clock = clock
        self._segment_leaves = segment_leaves

    def chore(self, connection: Connection) -> Progress:
        if self._rules.retention_days is None:
            return Progress.DONE
        now_s = self._clock.now_s()
        pruned = prune_segments(
            connection,
            now_s - self._rules.retention_days * _DAY_S,
            now_s=now_s,
            actor=CLUSTER,
            reason=f"older than {self._rules.retention_days} days (audit.retention_days)",
            segment_leaves=self._segment_leaves,
        )
        return Progress.MORE if pruned else Progress.DONE
