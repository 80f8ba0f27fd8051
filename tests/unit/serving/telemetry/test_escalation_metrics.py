"""What an SRE reads of cheaper answers: kept or not, why, how long it took, and what it cost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

from router.cascade.beside import DISCARDED
from router.domain import Attempt, Tier, Usage
from router.task import Escalation
from serving.telemetry.families import Families
from serving.telemetry.names import BoundedNames
from serving.telemetry.request_metrics import RequestMetrics
from tests.ended_requests import MODEL, ended_request


def test_an_answer_that_was_not_kept_is_counted_and_paid_for() -> None:
    ended = ended_request()
    discarded = Attempt(
        "small@1", Tier.FAST, DISCARDED, 0.1, usage=Usage(3, 4), cost_nano_usd=10_000
    )
    outcome = replace(
        ended.outcome,
        attempts=(discarded, *ended.outcome.attempts),
        cost_nano_usd=62_000,
        escalation=Escalation("small@1", MODEL.key, "refusal", kept=False, judged_in_s=0.25),
    )
    registry = CollectorRegistry()
    RequestMetrics(Families(registry), BoundedNames()).request_ended(
        replace(ended, outcome=outcome)
    )

    def value(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(name, labels)

    pair = {"from": "small@1", "to": MODEL.key}
    assert value("ringfence_escalations_total", **pair, signal="refusal", kept="false") == 1
    assert value("ringfence_escalation_judged_seconds_sum", signal="refusal") == 0.25
    cost = "ringfence_cost_usd_total"
    assert value(cost, team="clinic", model="small@1") == pytest.approx(10e-6)
    assert value(cost, team="clinic", model=MODEL.key) == pytest.approx(52e-6)
    assert value("ringfence_tokens_total", team="clinic", model="small@1", type="output") == 4
