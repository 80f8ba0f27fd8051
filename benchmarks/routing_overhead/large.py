"""A large firm's installation: so many models, and so many rules about them. The same each time."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import cycle, islice
from typing import Any

from router.config.yaml_document import YamlDocument, parse_yaml
from router.domain import DataClass
from router.policy.load import build_rules
from router.policy.policy import Rules
from router.registry.card import QualityFigure
from router.task import Task

MODELS, RULES = 200, 500

_LABELS = [data_class.label for data_class in DataClass]
_TIERS = ("fast", "balanced", "reasoning")
_ON_PREM_OF = 4
"""One of so many models is on-prem."""


def large_rules(shipped: dict[str, Any], models: int = MODELS, rules: int = RULES) -> Rules:
    """The shipped policy's other sections, over `models` with figures for every task.

    The rules are about tasks, stakes, fallbacks and external use, a quarter of each: what depends
    on who asks, what is asked, and what answers.
    """
    names = [f"model-{number:03}" for number in range(models)]
    kinds = rules // 4
    policy = shipped | {
        "tiers": {
            "private": names[::_ON_PREM_OF],
            **{tier: names[place::3] for place, tier in enumerate(_TIERS)},
        },
        "routes": _routes(),
        "external_use": [
            {"team": f"team-{number}", "purposes": ["any"], "decided_by": "somebody", "reason": "x"}
            for number in range(kinds)
        ],
        "stakes": {
            f"stakes_{number}": {
                "applies_to": {"teams": [f"team-{number}"]},
                "prefer": {label: ["private"] for label in _LABELS},
            }
            for number in range(kinds)
        },
        "fallbacks": {names[number]: [names[0]] for number in range(1, kinds + 1)},
        "routing": shipped["routing"] | {"tasks": {"rules": _task_rules(rules - 3 * kinds)}},
        "capacity": {},
        "output": [],
    }
    registry = {
        "schema": 1,
        "models": [_model(name, number) for number, name in enumerate(names)],
        "aliases": dict.fromkeys(names, "1"),
    }
    return _evaluated(build_rules(_document(registry, "models"), _document(policy, "policy")))


def _routes() -> dict[str, dict[str, list[str]]]:
    open_route = {"auto": ["balanced", "fast", "reasoning", "private"], "private": ["private"]}
    anywhere = open_route | {tier: [tier, "private"] for tier in _TIERS}
    inside = {"any": ["private"]}
    return {label: anywhere if place < 2 else inside for place, label in enumerate(_LABELS)}


def _task_rules(count: int) -> list[dict[str, Any]]:
    tasks = islice(cycle(Task), count)
    return [
        {"task": task.value, "when": {"teams": [f"team-{number}"], "user": f"(?i)case {number}\\b"}}
        for number, task in enumerate(tasks)
    ]


def _model(name: str, number: int) -> dict[str, Any]:
    on_prem = number % _ON_PREM_OF == 0
    backend: dict[str, Any] = {"kind": "openai", "provider": "p", "model": name}
    if on_prem:
        backend |= {"base_url": "http://127.0.0.1:9/v1", "allowed_networks": ["127.0.0.0/8"]}
    else:
        backend |= {"base_url": "https://provider.example/v1"}
    return {
        "id": name,
        "version": "1",
        "location": "on-prem" if on_prem else "external",
        "residency": ["on-prem"] if on_prem else ["us"],
        "approved_data_classes": _LABELS if on_prem else _LABELS[:2],
        "capabilities": ["chat"],
        "context_tokens": 100_000,
        "price": {"input_usd_per_mtok": number / 100, "output_usd_per_mtok": number / 20},
        "backend": backend,
    }


def _evaluated(rules: Rules) -> Rules:
    """With figures for every task, as if each model had been run through all suites."""
    entries = {}
    for number, (key, entry) in enumerate(rules.registry.entries.items()):
        mean = 0.5 + (number * 37 % 100) / 250
        figures = dict.fromkeys(Task, QualityFigure(200, mean, mean - 0.05, mean + 0.05, 200.0))
        entries[key] = replace(entry, card=replace(entry.card, quality=figures))
    return replace(rules, registry=replace(rules.registry, entries=entries))


def _document(data: dict[str, Any], name: str) -> YamlDocument:
    """JSON is YAML."""
    return parse_yaml(json.dumps(data).encode(), f"{name}.yaml")
