"""Rules for tests: a small installation by name, and any valid one from hypothesis."""

from __future__ import annotations

import json
from collections.abc import Iterable

from hypothesis import strategies as st

from router.config.yaml_document import YamlDocument, parse_yaml
from router.domain import (
    Basis,
    Classification,
    DataClass,
    Decision,
    Endpoint,
    Finding,
    InferenceRequest,
    Principal,
    Tier,
)
from router.errors import ConfigError
from router.policy.decide import decide
from router.policy.load import build_rules
from router.policy.policy import CHOICES, Rules
from router.policy.refuse import not_permitted

LABELS = [data_class.label for data_class in DataClass]
EVERY_TIER = frozenset(Tier)
REGIONS = ["on-prem", "us", "eu"]


def model(
    model_id: str,
    *,
    on_prem: bool,
    approved: Iterable[str],
    residency: Iterable[str] | None = None,
    capabilities: Iterable[str] = ("chat",),
    context_tokens: int = 1000,
) -> dict[str, object]:
    base_url = "http://127.0.0.1:9/v1" if on_prem else "https://api.example/v1"
    backend: dict[str, object] = {
        "kind": "openai",
        "provider": "p",
        "base_url": base_url,
        "model": "m",
    }
    if on_prem:
        backend["allowed_networks"] = ["127.0.0.0/8"]
    return {
        "id": model_id,
        "version": "1",
        "location": "on-prem" if on_prem else "external",
        "residency": list(residency or (["on-prem"] if on_prem else ["us"])),
        "approved_data_classes": list(approved),
        "capabilities": list(capabilities),
        "context_tokens": context_tokens,
        "price": {"input_usd_per_mtok": 0, "output_usd_per_mtok": 0},
        "backend": backend,
    }


def document(data: dict[str, object], file: str) -> YamlDocument:
    """JSON is YAML: what tests write as data is read by the way that files are."""
    return parse_yaml(json.dumps(data, indent=1).encode(), file)


def policy(
    tiers: dict[str, list[str]],
    routes: dict[str, dict[str, list[str]]],
    residency: dict[str, list[str]] | None = None,
) -> dict[str, object]:
    return {
        "schema": 1,
        "default_data_class": "internal",
        "team_floors": {"clinic": "confidential"},
        "residency": residency
        or {
            "public": [*REGIONS],
            "internal": [*REGIONS],
            "confidential": ["on-prem"],
            "restricted": ["on-prem"],
        },
        "tiers": tiers,
        "routes": routes,
        "detection": {
            "deadline_s": 2,
            "max_characters": 1000,
            "min_score": 0.4,
            "entity_types": {"PERSON": "confidential"},
        },
        "cascade": {
            "attempts_per_model": 2,
            "attempt_timeout_s": 10,
            "total_timeout_s": 20,
            "backoff_initial_s": 0.1,
            "backoff_max_s": 1,
            "breaker": {"failures_to_open": 5, "open_s": 10},
            "retry_after_s": 5,
        },
        "taint": {"from_data_class": "confidential", "retention_days": 30},
        "external_use": [
            {"team": "team", "purposes": ["general"], "decided_by": "somebody", "reason": "tests"}
        ],
    }


def rules_of(models: list[dict[str, object]], written_policy: dict[str, object]) -> Rules:
    registry = {"schema": 1, "models": models, "aliases": {str(m["id"]): "1" for m in models}}
    return build_rules(document(registry, "models.yaml"), document(written_policy, "policy.yaml"))


def version(
    entry: dict[str, object], name: str = "1", state: str = "production", **lifecycle: object
) -> dict[str, object]:
    """A version of a model with the keys of schema 2, which `rules_of_versions` takes."""
    return entry | {
        "version": name,
        "owner": "a team",
        "licence": "Apache-2.0",
        "lifecycle": {"state": state, "since": "2026-01-01"} | lifecycle,
        "next_review": "2027-01-01",
    }


def canary(entry: dict[str, object], share: float, **changes: object) -> dict[str, object]:
    """Version 2 of a model, beside its champion."""
    return version(entry, "2", "canary", canary_share=share) | changes


def rules_of_versions(
    models: list[dict[str, object]],
    written_policy: dict[str, object],
    aliases: dict[str, dict[str, str]] | None = None,
) -> Rules:
    """As `rules_of`, with lifecycles: aliases follow from the states, unless they are given."""
    registry: dict[str, object] = {"schema": 2, "models": models}
    found: dict[str, dict[str, object]] = {}
    for entry in models:
        state = entry["lifecycle"]["state"]  # type: ignore[index]
        if state in ("production", "deprecated", "canary", "shadow", "candidate"):
            alias = "champion" if state in ("production", "deprecated") else "candidate"
            found.setdefault(str(entry["id"]), {})[alias] = entry["version"]
    registry["aliases"] = found if aliases is None else aliases
    registry["providers"] = {
        "p": {
            "legal_entity": "P, Inc.",
            "jurisdiction": "US",
            "countries_of_processing": ["US"],
            "terms": {"document": "https://p.example/terms", "accepted_by": "a team"},
        }
    }
    return build_rules(document(registry, "models.yaml"), document(written_policy, "policy.yaml"))


def clinic() -> Rules:
    """Four tiers of one model each, and an embedding model on either side of the wall."""
    return rules_of(
        [
            model("ward", on_prem=True, approved=LABELS, capabilities=["chat", "completions"]),
            model("desk", on_prem=True, approved=LABELS[:3], capabilities=["chat", "tools"]),
            model("cloud", on_prem=False, approved=LABELS[:2], capabilities=["chat", "tools"]),
            model("thinker", on_prem=False, approved=LABELS[:2], context_tokens=50),
            model("vectors", on_prem=False, approved=["public"], capabilities=["embeddings"]),
            model("own-vectors", on_prem=True, approved=LABELS, capabilities=["embeddings"]),
        ],
        policy(
            {
                "fast": ["desk"],
                "balanced": ["cloud"],
                "reasoning": ["thinker"],
                "private": ["ward"],
            },
            {
                **{
                    label: {
                        "auto": ["balanced", "fast", "private"],
                        "reasoning": ["reasoning", "balanced", "private"],
                        "balanced": ["balanced", "fast", "private"],
                        "any": ["private"],
                    }
                    for label in LABELS[:2]
                },
                "confidential": {"auto": ["fast", "private"], "any": ["private"]},
                "restricted": {"any": ["private"]},
            },
        ),
    )


def request(
    choice: str = "auto",
    *,
    endpoint: Endpoint = Endpoint.CHAT,
    private_only: bool = False,
    **body: object,
) -> InferenceRequest:
    return InferenceRequest("r", endpoint, body, choice, stream=False, private_only=private_only)


def classified(data_class: DataClass, *entity_types: str) -> Classification:
    findings = tuple(Finding(entity_type, 0, 0, 1, 1.0) for entity_type in entity_types)
    return Classification(data_class, (Basis.DETECTED,), findings, "test-1")


def principal(tiers: Iterable[Tier] = EVERY_TIER) -> Principal:
    return Principal("key", "team", DataClass.PUBLIC, frozenset(tiers))


def decide_or_refuse(
    asked: InferenceRequest, found: Classification, asker: Principal, rules: Rules
) -> Decision:
    """The decision, and for one that permits nothing the error that a client gets."""
    decision = decide(asked, found, asker, rules)
    if not decision.plan:
        raise not_permitted(asked, decision, asker, rules)
    return decision


@st.composite
def any_rules(draw: st.DrawFn) -> Rules:
    """Any installation whose policy is proven: what would refute a drawn route is left out of it.

    `home` is on-prem, approved for everything, and ends every route, so that each has a model.
    """
    names = [f"m{index}" for index in range(draw(st.integers(0, 5)))]
    models = [model("home", on_prem=True, approved=LABELS)]
    for name in names:
        on_prem = draw(st.booleans())
        some = st.lists(st.sampled_from(LABELS), min_size=1, unique=True)
        approved = draw(some) if on_prem else LABELS[: draw(st.integers(1, 3))]
        regions = REGIONS if on_prem else REGIONS[1:]
        residency = draw(st.lists(st.sampled_from(regions), min_size=1, unique=True))
        capability = draw(st.sampled_from(["chat", "embeddings"]))
        models.append(
            model(
                name,
                on_prem=on_prem,
                approved=approved,
                residency=residency,
                capabilities=[capability],
            )
        )
    subset = st.lists(st.sampled_from(names), unique=True) if names else st.just([])
    tiers = {tier.value: draw(subset) for tier in Tier}
    tiers["private"] = [*tiers["private"], "home"]
    highest_in = {region: draw(st.integers(-1, 3)) for region in ("us", "eu")}
    residency_of = {
        label: ["on-prem", *(region for region, high in highest_in.items() if place <= high)]
        for place, label in enumerate(LABELS)
    }
    by_id = {str(entry["id"]): entry for entry in models}

    def fits(label: str, choice: str, tier: str) -> bool:
        return all(
            label in by_id[name]["approved_data_classes"]
            and set(by_id[name]["residency"]) <= set(residency_of[label])
            and (choice != "private" or by_id[name]["location"] == "on-prem")
            for name in tiers[tier]
        )

    if not all(fits(label, "private", "private") for label in LABELS):
        tiers["private"] = ["home"]
    tier_lists = st.lists(st.sampled_from(["fast", "balanced", "reasoning"]), unique=True)
    routes = {
        label: {
            choice: [
                *(tier for tier in draw(tier_lists) if fits(label, choice, tier)),
                "private",
            ]
            for choice in CHOICES
        }
        for label in LABELS
    }
    return rules_of(models, policy(tiers, routes, residency_of))


def refused(models: list[dict[str, object]], written_policy: dict[str, object]) -> ConfigError:
    try:
        rules_of(models, written_policy)
    except ConfigError as error:
        return error
    raise AssertionError("the rules were accepted")
