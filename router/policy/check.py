"""What the keys of policy.yaml must say together and with the registry: all cases, known names."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from router.config.validate import closest
from router.config.yaml_document import KeyPath, YamlDocument
from router.domain import DataClass
from router.errors import ConfigProblem
from router.policy.audit import check_audit
from router.policy.capacity import check_capacity
from router.policy.embedders import check_embedders
from router.policy.escalation import check_escalation, check_escalation_models
from router.policy.exceptions import check_exceptions
from router.policy.fallbacks import check_fallbacks
from router.policy.gate import check_gate
from router.policy.limits import check_limit_models, check_limits
from router.policy.once import check_once
from router.policy.output import check_output, check_output_models
from router.policy.people import check_people
from router.policy.policy import CHOICES
from router.policy.recognisers import check_recognisers
from router.policy.routing import check_routing
from router.policy.schema import PolicyFile
from router.policy.stakes import check_stakes
from router.policy.vault import check_vault
from router.registry.registry import Registry


def check_policy(file: PolicyFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    """Problems that can be seen without the registry."""
    labels = [data_class.label for data_class in DataClass]
    for key in ("residency", "routes"):
        for label in labels:
            if label not in getattr(file, key):
                yield document.problem(
                    (key,), f"{key} leaves out the class {label}", f"add `{label}` to {key}"
                )
    yield from _check_residency(file, document)
    for label, route in file.routes.items():
        here: KeyPath = ("routes", label)
        named = [choice for choice in route if choice != "any"]
        if "any" in route and len(named) == len(CHOICES):
            yield document.problem(
                (*here, "any"),
                f"`any` of {label} is never used: every choice is named beside it",
                "remove `any`, or the choices that it is to cover",
            )
        if "any" not in route:
            for choice in CHOICES:
                if choice not in named:
                    yield document.problem(
                        here,
                        f"class {label}, choice {choice} has no route",
                        f"add `{choice}` or `any` to routes.{label}",
                    )
        for choice, tiers in route.items():
            yield from check_once([tier.value for tier in tiers], (*here, choice), document)
            for tier in tiers:
                if tier not in file.tiers:
                    yield document.problem(
                        (*here, choice),
                        f"the tier {tier} is not under `tiers`",
                        f"add `{tier}: [MODEL, …]` to tiers, or take it out of the route",
                    )
    yield from _check_cascade(file, document)
    yield from _check_latency(file, document)
    yield from check_stakes(file, document)
    yield from check_escalation(file, document)
    yield from check_recognisers(file, document)
    yield from check_exceptions(file, document)
    yield from check_output(file, document)
    yield from check_vault(file, document)
    yield from check_limits(file, document)
    yield from check_people(file, document)
    yield from check_audit(file, document)
    yield from check_routing(file, document)
    yield from check_gate(file, document)


def check_names(
    file: PolicyFile, document: YamlDocument, registry: Registry
) -> Iterator[ConfigProblem]:
    """Tiers, outputs, fallbacks, limits and capacity may only name what the registry has."""
    known = [*registry.aliases, *registry.entries]
    for tier, names in file.tiers.items():
        keys = []
        for index, name in enumerate(names):
            model = registry.resolve(name)
            if model is not None:
                keys.append(model.key)
                continue
            near = closest(name, known)
            hint = f"write `{near}`" if near else f"name one of: {', '.join(registry.aliases)}"
            yield document.problem(
                ("tiers", tier.value, index),
                f"the tier {tier} names {name}, which the registry does not have",
                f"{hint}, or add it to models.yaml",
            )
        yield from check_once(keys, ("tiers", tier.value), document)
    yield from check_output_models(file, document, registry)
    yield from check_fallbacks(file, document, registry)
    yield from check_limit_models(file, document, registry)
    yield from check_capacity(file, document, registry)
    yield from check_escalation_models(file, document, registry)
    yield from check_embedders(file, document, registry)


def _check_residency(file: PolicyFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    """A request must not be let into a region by becoming more sensitive."""
    regions_of = {str(label): regions for label, regions in file.residency.items()}
    for lower, higher in pairwise(DataClass):
        added = sorted({*regions_of.get(higher.label, [])} - {*regions_of.get(lower.label, [])})
        if added and {lower.label, higher.label} <= regions_of.keys():
            regions = ", ".join(added)
            yield document.problem(
                ("residency", higher.label),
                f"{higher.label} may be in {regions} and {lower.label}, less sensitive, may not",
                f"remove {regions} here, or add it to residency.{lower.label}",
            )


def _check_cascade(file: PolicyFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    cascade = file.cascade
    for low, high in (
        ("attempt_timeout_s", "total_timeout_s"),
        ("backoff_initial_s", "backoff_max_s"),
    ):
        if getattr(cascade, low) > getattr(cascade, high):
            yield document.problem(
                ("cascade", low),
                f"{low} is above {high}",
                f"lower {low} to at most {getattr(cascade, high):g}, or raise {high}",
            )


def _check_latency(file: PolicyFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    for tier, said in file.latency_objectives.items():
        here: KeyPath = ("latency_objectives", tier.value)
        if said.ttft_ms is None and said.total_ms is None:
            yield document.problem(
                here, f"the objective of {tier} says nothing", "add `ttft_ms` or `total_ms`"
            )
        elif said.ttft_ms and said.total_ms and said.ttft_ms > said.total_ms:
            yield document.problem(
                (*here, "ttft_ms"),
                f"{tier} is to begin its answer after it has ended it: ttft_ms is above total_ms",
                f"lower ttft_ms to at most {said.total_ms}, or raise total_ms",
            )
