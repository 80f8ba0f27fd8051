"""The proof that no way ends at a model that may not see what is sent along it (I8).

It is exhaustive over the ways of `ways.py`, as they are written: a route, a preference or a
fallback that names a model without approval is refused although the permitted set would leave the
model out, since whoever wrote it meant something by it. It holds for what runs because a plan has
only steps of these ways in it, which a property test checks; and no plan is without an end: every
class and choice reaches a model, and where none of them is up the cascade answers 503 (I4).
"""

from __future__ import annotations

from collections.abc import Iterator

from router.config.yaml_document import KeyPath, YamlDocument
from router.domain import DataClass
from router.errors import ConfigProblem
from router.policy.permit import CLASS_NOT_APPROVED, RESIDENCY, class_bars
from router.policy.policy import CHOICES, Choice, Policy, Rules
from router.policy.ways import Way, ways


def prove(rules: Rules, document: YamlDocument) -> Iterator[ConfigProblem]:
    """What refutes the policy of `document`, each with a witness; nothing if it is proven."""
    seen: set[tuple[object, ...]] = set()
    reached: set[tuple[DataClass, Choice]] = set()
    for way in ways(rules):
        reached.add((way.data_class, way.choice))
        path = _blamed(way, rules, document)
        for problem, cure in _refutations(way, rules.policy):
            # `any` covers several choices, and many ways lead to one fallback: one witness will do.
            finding = (path, way.model.key, cure)
            if finding not in seen:
                seen.add(finding)
                yield document.problem(path, problem, cure)
    for data_class in DataClass:
        for choice in CHOICES:
            if (data_class, choice) not in reached:
                yield document.problem(
                    route_path(document, data_class, choice),
                    f"class {data_class.label}, choice {choice} reaches no model",
                    "route it to a tier that has models, or add models to its tiers",
                )


def _refutations(way: Way, policy: Policy) -> Iterator[tuple[str, str]]:
    model, label = way.model, way.data_class.label
    bars = class_bars(model, way.data_class, policy)
    remove = _removal(way)
    if CLASS_NOT_APPROVED in bars:
        approved = ", ".join(data_class.label for data_class in sorted(model.approved))
        never = model.is_external and way.data_class is DataClass.RESTRICTED
        approve = f"; if it is to see {label}, approve it for that in models.yaml"
        yield f"{way} is approved for {approved} only", remove if never else remove + approve
    if RESIDENCY in bars:
        outside = ", ".join(sorted(model.residency - policy.residency[way.data_class]))
        inside = ", ".join(sorted(policy.residency[way.data_class]))
        yield (
            f"{way} resides in {outside}; {label} may be in {inside} only",
            f"{remove}; if {label} may be in {outside}, say so in residency.{label}",
        )
    if way.stays and model.is_external:
        promise = "the choice private" if way.tier else "the private endpoint"
        yield f"{way} is external; {promise} promises on-prem", remove


def _removal(way: Way) -> str:
    if way.is_fallback:
        return f"take {way.model.id} out of the fallbacks of {way.chain[-2].id}"
    if way.stakes:
        return f"take {way.tier} out of what {way.stakes} prefers for {way.data_class.label}"
    return f"take {way.tier} out of this route, or {way.model.id} out of that tier"


def _blamed(way: Way, rules: Rules, document: YamlDocument) -> KeyPath:
    """Where the last step of the way is written."""
    if way.is_fallback:
        return fallback_path(way.chain[-2].key, way.model.key, rules, document)
    if way.stakes:
        return ("stakes", way.stakes, "prefer", way.data_class.label)
    return route_path(document, way.data_class, way.choice)


def fallback_path(key: str, target: str, rules: Rules, document: YamlDocument) -> KeyPath:
    """Where it is written that `target` stands in for `key`, under whatever names."""
    written = document.data.get("fallbacks")
    for name, targets in written.items() if isinstance(written, dict) else ():
        for index, said in enumerate(targets if isinstance(targets, list) else ()):
            if _keys(rules, name, said) == (key, target):
                return ("fallbacks", name, index)
    return ("fallbacks",)


def _keys(rules: Rules, *names: object) -> tuple[str | None, ...]:
    found = (rules.registry.resolve(str(name)) for name in names)
    return tuple(None if model is None else model.key for model in found)


def route_path(document: YamlDocument, data_class: DataClass, choice: Choice) -> KeyPath:
    """Where the route of a choice is written."""
    here: KeyPath = ("routes", data_class.label)
    return (*here, choice) if (*here, choice) in document.lines else (*here, "any")
