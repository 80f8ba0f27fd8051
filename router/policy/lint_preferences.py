"""Stakes, fallbacks and objectives that change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from router.config.yaml_document import YamlDocument
from router.domain import AUTO, Tier
from router.errors import ConfigProblem
from router.policy.policy import CHOICES, Policy, Rules, StakesRule
from router.policy.prove import fallback_path
from router.policy.ways import Way, ways


def lint_stakes(rules: Rules, document: YamlDocument) -> Iterator[ConfigProblem]:
    for name, rule in rules.policy.stakes.items():
        if not _changes_an_order(rule, rules.policy):
            yield document.problem(
                ("stakes", name),
                f"{name} changes no order: every route begins with what it prefers",
                "remove it, or prefer another tier",
            )


def lint_fallbacks(rules: Rules, document: YamlDocument) -> Iterator[ConfigProblem]:
    """A fallback is dead where all that leads to its model leads to the target without fallbacks.

    A pinned model goes on as `auto` does, so its ways are those of `auto`, too.
    """
    direct: dict[tuple[object, ...], set[str]] = {}
    for way in ways(rules):
        if not way.is_fallback and way.tier is not None:
            direct.setdefault(_entry(way), set()).add(way.model.key)
    alive = {
        (one.key, other.key)
        for way in ways(rules)
        if way.model.key not in direct.get(_entry(way), ())
        for one, other in pairwise(way.chain)
    }
    for key, targets in rules.policy.fallbacks.items():
        for target in targets:
            if (key, target) not in alive:
                yield document.problem(
                    fallback_path(key, target, rules, document),
                    f"whatever leads to {key} leads to {target} without this",
                    f"take {target} out",
                )


def _entry(way: Way) -> tuple[object, ...]:
    """How the request came in, a model's name being as good as `auto`, or at the private endpoint
    as `private`."""
    choice = way.choice if way.tier is not None else (Tier.PRIVATE if way.stays else AUTO)
    return way.data_class, str(choice)


def lint_latency(rules: Rules, document: YamlDocument) -> Iterator[ConfigProblem]:
    timeout_ms = rules.policy.cascade.attempt_timeout_s * 1_000
    for tier, objective in rules.policy.latency_objectives.items():
        here = ("latency_objectives", tier.value)
        if not rules.policy.tiers[tier]:
            yield document.problem(
                here, f"{tier} has an objective and no models", "remove the objective"
            )
        for key in ("ttft_ms", "total_ms"):
            said = getattr(objective, key)
            if said is not None and said > timeout_ms:
                yield document.problem(
                    (*here, key),
                    f"{tier} may take longer than an attempt, which is given up after "
                    f"{timeout_ms:.0f} ms",
                    "lower it, or raise cascade.attempt_timeout_s",
                )


def _changes_an_order(rule: StakesRule, policy: Policy) -> bool:
    return any(
        policy.routes[data_class][choice][: len(tiers)] != tiers
        for data_class, tiers in rule.prefer.items()
        for choice in CHOICES
        if choice != Tier.PRIVATE
    )
