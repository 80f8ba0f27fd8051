"""A models.yaml with comments in every place, and a policy that needs it, as files of a test's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

import router

MODELS = """\
# The registry, as somebody reviewed it.
schema: 2

models:
  - id: tiny  # the first
    version: "1"
    owner: a team
    licence: Apache-2.0
    # In production since the beginning.
    lifecycle: {state: production, since: "2026-01-01"}  # moved by hand
    next_review: "2027-01-01"
    location: on-prem
    residency: [on-prem]
    approved_data_classes: [public, internal, confidential, restricted]
    capabilities: [chat]
    context_tokens: 100
    price: {input_usd_per_mtok: 1.0, output_usd_per_mtok: 2.0}
    backend: &engine
      kind: vllm
      weights: {embedded: tiny}
      replicas: 1
      max_ongoing_requests: 8
      profiles: {cpu: {engine: {max_model_len: 100}}}

  # The one that may replace it.
  - id: tiny
    version: "2"
    owner: a team
    licence: Apache-2.0
    lifecycle:
      state: candidate  # not yet tried
      # The day of its import.
      since: "2026-02-01"
    next_review: "2027-01-01"
    location: on-prem
    residency: [on-prem]
    approved_data_classes: [public, internal, confidential, restricted]
    capabilities: [chat]
    context_tokens: 100
    price: {input_usd_per_mtok: 1.0, output_usd_per_mtok: 2.0}
    backend: *engine

# What a bare id means.
aliases:
  tiny: {champion: "1"}  # the only one
# The end.
"""


def comments(text: str) -> list[str]:
    return [line[line.index("#") :] for line in text.splitlines() if "#" in line]


def policy_text() -> str:
    """The repository's own policy, with `tiny` in every tier."""
    shipped = Path(router.__file__).parent / "policy.yaml"
    policy: dict[str, Any] = yaml.safe_load(shipped.read_text())
    policy["tiers"] = {tier: ["tiny"] for tier in policy["tiers"]}
    return yaml.safe_dump(policy)


def record(path: Path, model: str = "tiny@2", **said: Any) -> Path:
    path.write_text(json.dumps({"model": model} | said))
    return path
