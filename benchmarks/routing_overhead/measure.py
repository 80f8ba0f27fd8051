"""Times features and decisions, one request after the other, in one thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import yaml

import router
from benchmarks.machine import commit, library_versions, this_machine
from benchmarks.routing_overhead.large import MODELS, RULES, large_rules
from benchmarks.routing_overhead.record import OverheadRecord, Timed
from benchmarks.tasks.corpus import prompts, read_templates
from router.domain import (
    AUTO,
    Basis,
    Classification,
    DataClass,
    Endpoint,
    InferenceRequest,
    JsonObject,
    Principal,
    Tier,
)
from router.features.classifier import load_classifier
from router.features.reader import FeatureReader
from router.policy.conditions import Conditions, ModelCondition
from router.policy.decide import decide
from router.policy.load import load_rules
from router.policy.policy import Rules

ROOT = Path(__file__).parents[2]
SEED = 20261122
REQUESTS = 2_000
_WARM_UP = 100

Asked = tuple[InferenceRequest, Principal]


def measure(
    on_part: Callable[[str], None] = lambda _: None, requests: int = REQUESTS
) -> OverheadRecord:
    """All parts, with ordinary prompts of every task; `on_part` is told which one begins."""
    shipped_file = Path(router.__file__).parent / "policy.yaml"
    on_part("the shipped policy")
    shipped = load_rules(ROOT / "models.yaml", shipped_file)
    timed = list(measure_installation("shipped", shipped, requests))
    on_part(f"{MODELS} models and {RULES} rules")
    began_s = time.perf_counter()
    large = large_rules(yaml.safe_load(shipped_file.read_text("utf-8")))
    built_s = time.perf_counter() - began_s
    timed += measure_installation("large", large, requests)
    head, changed = commit(ROOT)
    return OverheadRecord(
        measured_at=datetime.now(UTC),
        commit=head,
        uncommitted_changes=changed,
        machine=this_machine(),
        libraries=library_versions(["numpy", "google-re2"]),
        seed=SEED,
        models=MODELS,
        rules=RULES,
        large_built_s=built_s,
        timed=tuple(timed),
    )


def measure_installation(installation: str, rules: Rules, requests: int) -> Iterator[Timed]:
    """Features, decision, and both, of so many requests after some that warm up."""
    routing = rules.policy.routing
    reader = FeatureReader(routing.tasks, load_classifier())
    conditions = _busy(rules)
    asked = list(_asked(requests + _WARM_UP))
    read_ms: list[float] = []
    decide_ms: list[float] = []
    for request, principal in asked:
        began_ns = time.perf_counter_ns()
        features = reader.features_of(request, principal)
        read_ns = time.perf_counter_ns()
        decide(request, _classified(request), principal, rules, features, conditions)
        read_ms.append((read_ns - began_ns) / 1e6)
        decide_ms.append((time.perf_counter_ns() - read_ns) / 1e6)
    both_ms = [read + decided for read, decided in zip(read_ms, decide_ms, strict=True)]
    for part, found in (("features", read_ms), ("decision", decide_ms), ("both", both_ms)):
        yield _quantiles(installation, part, found[_WARM_UP:])


def _quantiles(installation: str, part: str, found_ms: Sequence[float]) -> Timed:
    p50, p99 = np.percentile(found_ms, [50, 99])
    return Timed(
        installation=installation,
        part=part,
        n=len(found_ms),
        p50_ms=float(p50),
        p99_ms=float(p99),
        max_ms=max(found_ms),
    )


def _asked(count: int) -> Iterator[Asked]:
    """Prompts of every task, from teams of which some have rules of their own."""
    templates = read_templates()
    each = -(-count // len(templates))
    for number, prompt in enumerate(prompts(templates, each, SEED)):
        if number >= count:
            return
        messages: list[Any] = [{"role": "user", "content": prompt.texts.user}]
        if prompt.texts.system:
            messages.insert(0, {"role": "system", "content": prompt.texts.system})
        body: JsonObject = {"model": AUTO, "messages": messages, "max_tokens": 500}
        request = InferenceRequest(f"r{number}", Endpoint.CHAT, body, AUTO, stream=False)
        team = f"team-{number % 250}"
        yield request, Principal("key", team, DataClass.PUBLIC, frozenset(Tier))


def _classified(request: InferenceRequest) -> Classification:
    return Classification(DataClass.INTERNAL, (Basis.DEFAULT,), (), "none")


def _busy(rules: Rules) -> Conditions:
    """Every model is known, and some have a queue."""
    return Conditions(
        {
            key: ModelCondition(
                running=number % 9,
                waiting=number % 3,
                places=8,
                breaker_open=number % 50 == 49,
                ttft_s=0.2,
                tpot_s=0.01,
            )
            for number, key in enumerate(rules.registry.entries)
        }
    )
