"""A models.yaml of engines that pretend, in versions, and a policy that needs them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import yaml

from serving.simulated_engine import SETTINGS
from tests.stack import policy_document

TTFT_S, ITL_S, TOKENS = 0.05, 0.01, 25
_SETTINGS = json.dumps({"ttft_s": TTFT_S, "itl_s": ITL_S, "completion_tokens": TOKENS})
_CPUS = 0.1
"""In Ray's books: what a replica takes of this machine is less."""

_MODEL = """
  - id: {id}
    version: "{version}"
    owner: a team
    licence: Apache-2.0
    lifecycle: {{state: {state}, since: "2026-01-01"}}
    next_review: "2027-01-01"
    location: on-prem
    residency: [on-prem]
    approved_data_classes: [public, internal, confidential, restricted]
    capabilities: [chat]
    context_tokens: 1000
    price: {{input_usd_per_mtok: 1.0, output_usd_per_mtok: 2.0}}
    backend:
      kind: vllm
      weights: {{embedded: nobody's}}
      replicas: {{min: 1, max: 40, target: {target}}}
      max_ongoing_requests: 32
      placement: {placement}
      profiles:
        {profile}
"""


def model(
    version: str = "1",
    state: str = "production",
    *,
    model_id: str = "own",
    target: int = 1,
    placement: str = "{}",
    profile: str | None = None,
) -> str:
    """One entry, laid out so that moves can edit it."""
    cpu = f"cpu: {{cpus: {_CPUS}, env: {{{SETTINGS}: '{_SETTINGS}'}}}}"
    return _MODEL.format(
        id=model_id,
        version=version,
        state=state,
        target=target,
        placement=placement,
        profile=profile or cpu,
    )


def write_models(file: Path, models: Iterable[str], aliases: str) -> Path:
    file.write_text(f"schema: 3\n\nmodels:{''.join(models)}\naliases:\n  {aliases}\n")
    return file


def write_policy(file: Path, model_id: str = "own") -> Path:
    """The repository's own, with one model in every tier, and patience."""
    policy = policy_document(attempt_timeout_s=60, total_timeout_s=90)
    policy["tiers"] = {tier: [model_id] for tier in policy["tiers"]}
    policy["external_use"] = []
    policy["detection"]["deadline_s"] = 2
    file.write_text(yaml.safe_dump(policy))
    return file
