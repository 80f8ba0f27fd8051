"""What was drawn for a shadow and not sent is counted."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from router.trials.shadows import ShadowRoom
from serving.telemetry.shadow_state import ShadowState


def test_copies_that_were_not_sent_are_counted_by_why() -> None:
    room, registry = ShadowRoom(), CollectorRegistry(auto_describe=False)
    registry.register(ShadowState(room))
    labels = {"model": "tiny@2", "reason": "model_full"}
    assert registry.get_sample_value("ringfence_shadow_dropped_total", labels) is None
    room.dropped["tiny@2", "model_full"] += 2
    assert registry.get_sample_value("ringfence_shadow_dropped_total", labels) == 2
