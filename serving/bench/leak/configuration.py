"""The models and policies that the gateways run with: the repository's own policy, impatient."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

import router
from benchmarks.leak.count import Provider
from benchmarks.leak.plan import Callers, Catalogue
from router.domain import GENERAL_PURPOSE

ON_PREM = ("private", "fast")
EXTERNAL = ("openai", "anthropic")
ATTEMPTS_PER_MODEL = 2
DETECTION_DEADLINE_S = 3.0
ATTEMPT_TIMEOUT_S = 2.0

CATALOGUE = Catalogue(
    chat=("private-model", "fast-model", "openai-model", "anthropic-model"),
    completions=("private-model", "openai-model"),
    embeddings=("embedding-model",),
)
_ALL = ["public", "internal", "confidential", "restricted"]
_EXTERNAL_MODELS = {
    "openai": frozenset({"openai-model@1", "embedding-model@1"}),
    "anthropic": frozenset({"anthropic-model@1"}),
}
_BAD_ROUTE = {"any": ["private", "balanced"]}


def external_providers(origins: Mapping[str, str]) -> dict[str, Provider]:
    return {name: Provider(name, origins[name], _EXTERNAL_MODELS[name]) for name in EXTERNAL}


def write_configuration(
    directory: Path, origins: Mapping[str, str]
) -> tuple[Path, list[Path], Path]:
    """Writes models.yaml, policies that are all valid, and one that must not start; their paths."""
    models = _write(directory / "models.yaml", _models(origins))
    usual = _policy()
    eager = _policy()
    # The same promises, other preferences: what changes between two releases of a policy.
    eager["default_data_class"] = "public"
    eager["detection"]["find_all"] = True
    for data_class in ("public", "internal"):
        eager["routes"][data_class]["auto"] = ["reasoning", "balanced", "fast", "private"]
    strict = _policy()
    strict["team_floors"] = {"research": "confidential"}
    bad = _policy()
    bad["routes"]["restricted"] = _BAD_ROUTE
    valid = [
        _write(directory / f"policy-{name}.yaml", document)
        for name, document in (("usual", usual), ("eager", eager), ("strict", strict))
    ]
    return models, valid, _write(directory / "policy-bad.yaml", bad)


def _write(path: Path, document: dict[str, Any]) -> Path:
    path.write_text(yaml.safe_dump(document))
    return path


def _policy() -> dict[str, Any]:
    shipped = Path(router.__file__).parent / "policy.yaml"
    policy: dict[str, Any] = yaml.safe_load(shipped.read_text())
    policy["tiers"] = {
        "fast": ["fast-model"],
        "balanced": ["openai-model"],
        "reasoning": ["anthropic-model"],
        "private": ["private-model"],
    }
    policy["external_use"] = [
        {
            "team": team,
            "purposes": [GENERAL_PURPOSE],
            "decided_by": "the benchmark",
            "reason": "What is measured is what the detector lets through.",
        }
        for team in Callers().teams
    ]
    policy["detection"]["deadline_s"] = DETECTION_DEADLINE_S
    policy["cascade"] |= {
        "attempts_per_model": ATTEMPTS_PER_MODEL,
        "attempt_timeout_s": ATTEMPT_TIMEOUT_S,
        "total_timeout_s": 2 * ATTEMPT_TIMEOUT_S,
        "backoff_initial_s": 0.02,
        "backoff_max_s": 0.1,
        "breaker": {"failures_to_open": 5, "open_s": 1},
    }
    return policy


def _models(origins: Mapping[str, str]) -> dict[str, Any]:
    models = [
        _model("private", f"{origins['private']}/v1", _ALL),
        _model("fast", f"{origins['fast']}/v1", _ALL[:3]),
        _model("openai", f"{origins['openai']}/v1", _ALL[:2]),
        _model("anthropic", origins["anthropic"], _ALL[:2], kind="anthropic")
        | {"capabilities": ["chat", "tools"]},
    ]
    embedding = _model("openai", f"{origins['openai']}/v1", _ALL[:2])
    embedding["backend"]["model"] = "embedding"
    models.append(embedding | {"id": "embedding-model", "capabilities": ["embeddings"]})
    return {"schema": 1, "models": models, "aliases": {entry["id"]: "1" for entry in models}}


def _model(
    name: str, base_url: str, approved: list[str], *, kind: str = "openai"
) -> dict[str, Any]:
    is_external = name in EXTERNAL
    backend: dict[str, Any] = {"kind": kind, "provider": name, "base_url": base_url, "model": name}
    if not is_external:
        backend["allowed_networks"] = ["127.0.0.0/8"]
    return {
        "id": f"{name}-model",
        "version": "1",
        "location": "external" if is_external else "on-prem",
        "residency": ["us"] if is_external else ["on-prem"],
        "approved_data_classes": list(approved),
        "capabilities": [
            "chat", "completions", "tools", "json_schema", "multiple_choices", "seed"
        ],
        "context_tokens": 1_000_000,
        "price": {"input_usd_per_mtok": 1.0, "output_usd_per_mtok": 2.0},
        "backend": backend,
    }  # fmt: skip
