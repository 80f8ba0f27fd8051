"""The proof that no route ends at a model that may not see what is sent along it (I8).

It is exhaustive: every data class, every choice, every tier of the route, every model of the tier.
Health, load and failures only ever skip models of a route, never add one, and naming a model by id
adds none that `permit` does not let through; so what holds for the routes as written holds for
every way through them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from router.config.yaml_document import KeyPath, YamlDocument
from router.domain import DataClass, ModelSpec, Tier
from router.errors import ConfigProblem
from router.policy.permit import CLASS_NOT_APPROVED, RESIDENCY, class_bars
from router.policy.policy import CHOICES, Choice, Policy, Rules


@dataclass(frozen=True, slots=True)
class Way:
    """One way that a request can go."""

    data_class: DataClass
    choice: Choice
    tier: Tier
    model: ModelSpec

    def __str__(self) -> str:
        return f"class {self.data_class.label}, choice {self.choice} → tier {self.tier}"


def ways(rules: Rules) -> Iterator[Way]:
    """Every way that the routes allow, in the order in which they are tried."""
    for data_class in DataClass:
        for choice in CHOICES:
            for tier in rules.policy.routes[data_class][choice]:
                for key in rules.policy.tiers[tier]:
                    yield Way(data_class, choice, tier, rules.registry.entries[key].spec)


def prove(rules: Rules, document: YamlDocument) -> Iterator[ConfigProblem]:
    """What refutes the policy of `document`, each with a witness; nothing if it is proven."""
    seen: set[tuple[KeyPath, Tier, str, str]] = set()
    for way in ways(rules):
        path = _route_path(document, way.data_class, way.choice)
        for problem, cure in _refutations(way, rules.policy):
            # `any` covers several choices: one witness will do.
            finding = (path, way.tier, way.model.key, cure)
            if finding not in seen:
                seen.add(finding)
                yield document.problem(path, problem, cure)
    reached = {(way.data_class, way.choice) for way in ways(rules)}
    for data_class in DataClass:
        for choice in CHOICES:
            if (data_class, choice) not in reached:
                yield document.problem(
                    _route_path(document, data_class, choice),
                    f"class {data_class.label}, choice {choice} reaches no model",
                    "route it to a tier that has models, or add models to its tiers",
                )


def _refutations(way: Way, policy: Policy) -> Iterator[tuple[str, str]]:
    model, label = way.model, way.data_class.label
    bars = class_bars(model, way.data_class, policy)
    remove = f"take {way.tier} out of this route, or {model.id} out of that tier"
    if CLASS_NOT_APPROVED in bars:
        approved = ", ".join(data_class.label for data_class in sorted(model.approved))
        never = model.is_external and way.data_class is DataClass.RESTRICTED
        approve = f"; if it is to see {label}, approve it for that in models.yaml"
        yield (
            f"{way} → {model.key} is approved for {approved} only",
            remove if never else remove + approve,
        )
    if RESIDENCY in bars:
        outside = ", ".join(sorted(model.residency - policy.residency[way.data_class]))
        inside = ", ".join(sorted(policy.residency[way.data_class]))
        yield (
            f"{way} → {model.key} resides in {outside}; {label} may be in {inside} only",
            f"{remove}; if {label} may be in {outside}, say so in residency.{label}",
        )
    if way.choice == Tier.PRIVATE and model.is_external:
        yield f"{way} → {model.key} is external; the choice private promises on-prem", remove


def _route_path(document: YamlDocument, data_class: DataClass, choice: Choice) -> KeyPath:
    here: KeyPath = ("routes", data_class.label)
    return (*here, choice) if (*here, choice) in document.lines else (*here, "any")
