"""The audit log as it stands, for whoever watches that it is signed."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import Metric
from sqlalchemy import Connection, func, select

from router.audit.log.published import log_published
from router.audit.log.tables import log_checkpoints, log_state
from router.audit.tables import audit_pending
from serving.telemetry.gauges import gauge, gauges


def audit_state(connection: Connection) -> Iterator[Metric]:
    """Only reads. Raises what the database raises."""
    size = connection.execute(select(log_state.c.size)).scalar() or 0
    newest = select(log_checkpoints.c.size, log_checkpoints.c.created_at_s)
    signed = connection.execute(newest.order_by(log_checkpoints.c.size.desc()).limit(1)).first()
    waiting = connection.execute(select(func.count()).select_from(audit_pending)).scalar() or 0
    yield gauge("ringfence_audit_log_entries", "Entries in the log.", size)
    yield gauge(
        "ringfence_audit_entries_waiting",
        "Entries that are durable and have no place in the log yet.",
        waiting,
    )
    yield gauge(
        "ringfence_audit_unsigned_entries",
        "Entries in the log that no signed checkpoint covers.",
        size - (signed.size if signed else 0),
    )
    yield gauge(
        "ringfence_audit_checkpoint_timestamp_seconds",
        "When the newest checkpoint was signed.",
        signed.created_at_s if signed else None,
    )
    places = select(log_published.c.place, log_published.c.size)
    yield gauges(
        "ringfence_audit_unpublished_entries",
        "Signed entries that a second place has no checkpoint of.",
        ("place",),
        {
            (row.place,): max(0, (signed.size if signed else 0) - row.size)
            for row in connection.execute(places)
        }.items(),
    )
