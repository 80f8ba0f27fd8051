"""Models, labels and records of quality, for what is promised of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np

from router.domain import Capability, DataClass, Dialect, Location, ModelSpec, Price
from router.risk.certificate import Certificate, CertifiedModel
from router.risk.certify import Subject, certify
from router.risk.labelled import Labelled
from router.risk.learn_then_test import Terms

TODAY = date(2026, 11, 22)
CHEAP, STRONG = "cheap@1", "strong@1"
CHEAP_PRICE, STRONG_PRICE = Price(0.1, 0.1), Price(4.0, 4.0)


def spec(key: str, price: Price = CHEAP_PRICE, weights_digest: str | None = None) -> ModelSpec:
    model_id, _, version = key.partition("@")
    return ModelSpec(
        id=model_id,
        version=version,
        dialect=Dialect.OPENAI,
        location=Location.EXTERNAL,
        approved=frozenset({DataClass.PUBLIC}),
        residency=frozenset({"us"}),
        capabilities=frozenset({Capability.CHAT}),
        context_tokens=1_000,
        price=price,
        upstream_model=model_id,
        origin="https://models.example",
        weights_digest=weights_digest,
    )


def drawn(
    count: int, seed: int, right: Callable[[float], float] = lambda signal: signal
) -> list[Labelled]:
    """Signals evenly in [0, 1), and labels that are right with the probability `right` of them."""
    generator = np.random.default_rng(seed)
    signals = generator.random(count)
    are_right = generator.random(count) < [right(float(signal)) for signal in signals]
    return [
        Labelled(f"item-{index}", float(signal), bool(is_right))
        for index, (signal, is_right) in enumerate(zip(signals, are_right, strict=True))
    ]


def telling(signal: float) -> float:
    """Nearly always right where the signal is high."""
    return min(1.0, 0.4 + 0.7 * signal)


def certificate(**changes: Any) -> Certificate:
    subject = Subject(CertifiedModel(CHEAP), CertifiedModel(STRONG), "mean_logprob")
    made = certify(drawn(2_000, 1, telling), subject, Terms(), TODAY)
    fields = {name: getattr(made, name) for name in Certificate.__slots__}
    return Certificate(**fields | changes)


def quality_record(
    key: str = CHEAP, outcomes: list[dict[str, Any]] | None = None, **changes: Any
) -> dict[str, Any]:
    """As `ringfence bench quality` writes it."""
    record: dict[str, Any] = {
        "schema": 1,
        "kind": "quality",
        "id": "quality-20261101T000000Z-0000000",
        "made_at": "2026-11-01T00:00:00Z",
        "ringfence": {"version": "0.1.0", "commit": "0" * 40},
        "choice": key,
        "model": {"key": key, "weights_digest": None},
        "policy_digest": "sha256:" + "0" * 64,
        "seed": 1,
        "suites": [
            {
                "name": "sorting",
                "task": "classification",
                "owner": "quality",
                "digest": "sha256:" + "0" * 64,
                "items": 1,
            }
        ],
        "outcomes": outcomes if outcomes is not None else [outcome(key=key)],
        "quality": {},
    }
    return record | changes


def outcome(
    item: str = "1", *, key: str = CHEAP, score: float = 1.0, **changes: Any
) -> dict[str, Any]:
    return {
        "suite": "sorting",
        "item": item,
        "score": score,
        "model": key,
        "escalated": False,
        "input_tokens": 100,
        "output_tokens": 100,
        "cost_nano_usd": 1,
        "latency_s": 0.1,
        "request_id": "0",
    } | changes
