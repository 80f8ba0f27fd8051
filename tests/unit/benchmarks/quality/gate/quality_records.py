"""Records of quality, made up from a seed, and files of rules beside the shipped ones."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

import router

ROOT = Path(router.__file__).parent.parent
MODELS, POLICY = ROOT / "models.yaml", ROOT / "router" / "policy.yaml"
MINI, SONNET = "gpt-5-mini@2025-08-07", "claude-sonnet-4-5@20250929"
FAST, HOME = "smollm2-135m-fast@1", "smollm2-135m-private@1"
SUITES = (("summaries", "summary"), ("sums", "maths"))


def scores(items: int, share: float, seed: int) -> list[float]:
    """Exactly `share` of them right, which ones by the seed."""
    right = round(items * share)
    found = [1.0] * right + [0.0] * (items - right)
    random.Random(seed).shuffle(found)
    return found


def record(
    model: str,
    answers: Sequence[float],
    *,
    choice: str | None = None,
    policy_digest: str = "sha256:" + "0" * 64,
    suites: Sequence[tuple[str, str]] = SUITES,
    kind: str = "task",
    escalated: bool = False,
    skip: Callable[[int], bool] = lambda _: False,
) -> dict[str, Any]:
    """One of `ringfence bench quality`: item number n is of the suite n mod the suites."""
    named = choice is None
    return {
        "schema": 1,
        "kind": "quality",
        "id": f"quality-20261122T120000Z-{(choice or model).replace('@', '-')}",
        "made_at": "2026-11-22T12:00:00Z",
        "ringfence": {"version": "0.1.0", "commit": "0" * 40},
        "choice": model if named else choice,
        "model": {"key": model, "weights_digest": None} if named else None,
        "policy_digest": policy_digest,
        "seed": 1,
        "suites": [
            {
                "name": name,
                "task": task,
                "kind": kind,
                "owner": "a team",
                "digest": f"sha256:{name}",
                "items": len(answers),
            }
            for name, task in suites
        ],
        "outcomes": [
            {
                "suite": suites[number % len(suites)][0],
                "item": f"item-{number:05d}",
                "score": score,
                "model": model,
                "escalated": escalated,
                "input_tokens": 100 + number % 7,
                "output_tokens": 50,
                "cost_nano_usd": 1_000,
                "latency_s": 0.5,
                "request_id": f"request-{number}",
            }
            for number, score in enumerate(answers)
            if not skip(number)
        ],
        "quality": {},
    }


def write_records(folder: Path, records: Sequence[Mapping[str, Any]]) -> Path:
    """One file each, below a folder of its own, as runs leave them."""
    for number, each in enumerate(records):
        below = folder / f"model-{number}"
        below.mkdir(parents=True, exist_ok=True)
        (below / f"{each['id']}.json").write_text(json.dumps(each))
    return folder


def policy_with(path: Path, **sections: Any) -> Path:
    """The shipped policy with other sections; a mapping's keys go over those that are there.

    Without its list of entity types, which is long: what is not listed is restricted.
    """
    policy = yaml.safe_load(POLICY.read_text())
    policy["detection"] |= {"entity_types": {}, "combinations": []}
    for name, value in sections.items():
        over = isinstance(value, dict) and isinstance(policy.get(name), dict)
        policy[name] = policy[name] | value if over else value
    path.write_text(yaml.safe_dump(policy))
    return path


def models_with(path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """The shipped registry after `change` has had it; records lie where they did."""
    models = yaml.safe_load(MODELS.read_text())
    change(models)
    path.write_text(yaml.safe_dump(models))
    return path
