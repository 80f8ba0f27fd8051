"""A registry of one model whose engine only pretends, and the policy as it is but for its tiers."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from benchmarks.overhead.record import Engine
from serving.bench.throughput.configuration import write_configuration
from serving.simulated_engine import SETTINGS

MODEL, VERSION = "simulated", "1"
KEY = f"{MODEL}@{VERSION}"
BARE = "bench-overhead"
"""The bare ingress: its application, its deployment, and where it is."""
ENGINE = Engine(ttft_s=0.05, itl_s=0.005)
"""As a small model on a GPU. No jitter: what is compared is the way to it."""

_PLACES = 32
_CPUS = 0.1
"""In Ray's books: a replica that sleeps takes less."""


def write_overhead_configuration(
    directory: Path, policy: Path, engine: Engine
) -> tuple[Path, Path]:
    """Writes models.yaml and policy.yaml into `directory`; returns their paths."""
    source = directory / "simulated.yaml"
    source.write_text(yaml.safe_dump(_registry(engine), sort_keys=False), encoding="utf-8")
    return write_configuration(directory, source, policy, KEY)


def _registry(engine: Engine) -> dict[str, object]:
    settings = json.dumps({"ttft_s": engine.ttft_s, "itl_s": engine.itl_s, "completion_tokens": 64})
    # An engine has a profile for each accelerator that a cluster may find.
    profile = {"cpus": _CPUS, "env": {SETTINGS: settings}}
    return {
        "schema": 3,
        "models": [
            {
                "id": MODEL,
                "version": VERSION,
                "owner": "whoever measures",
                "licence": "none: it has no weights",
                "lifecycle": {"state": "production", "since": "2026-01-01"},
                "next_review": "2100-01-01",
                "location": "on-prem",
                "residency": ["on-prem"],
                "approved_data_classes": ["public"],
                "capabilities": ["chat"],
                "context_tokens": 8_192,
                "price": {"input_usd_per_mtok": 0.0, "output_usd_per_mtok": 0.0},
                "backend": {
                    "kind": "vllm",
                    "weights": {"embedded": "nobody's"},
                    "replicas": 1,
                    "max_ongoing_requests": _PLACES,
                    "profiles": {"cpu": profile, "cuda": {**profile, "gpus": 1}},
                },
            }
        ],
        "aliases": {MODEL: {"champion": VERSION}},
    }
