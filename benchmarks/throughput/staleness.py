"""Whether a record still tells of the machine that is there now."""

from __future__ import annotations

from pydantic import JsonValue

from benchmarks.throughput.record import ThroughputRecord
from hardware.differences import Difference, differences
from hardware.fingerprint import EngineFacts, Fingerprint
from router.registry.registry import EngineProfile


def engine_facts(profile: EngineProfile, weights_digest: str | None) -> EngineFacts:
    """What of a deployment is part of a fingerprint: the same here as where it is compared later.

    Environment variables of the engine are among its arguments: threads and cache sizes are there.
    """
    environment: dict[str, JsonValue] = {f"env {name}": said for name, said in profile.env.items()}
    return EngineFacts(weights_digest, {**profile.engine, **environment})


def staleness(now: Fingerprint, record: ThroughputRecord) -> tuple[Difference, ...]:
    """What changes capacity and is different now; none where the record's figures still hold.

    `now` is a probe with `engine_facts` of the deployment as it is to run. Raises RecordRefused for
    a record whose fingerprint is of another schema. Pure.
    """
    if now.capacity_digest == record.capacity_digest:
        return ()
    return tuple(one for one in differences(record.measured_on, now) if one.capacity)
