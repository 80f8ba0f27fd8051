"""What a policy says in vain: it can be served with, and whoever wrote it meant something else.

What is dead beyond doubt is refused when the policy is loaded (`check.py`, `fallbacks.py`); what is
here does no harm, and is to be tidied up.
"""

from __future__ import annotations

from collections.abc import Iterator

from router.config.validate import validate
from router.config.yaml_document import YamlDocument, parse_yaml
from router.domain import Capability, DataClass, Tier
from router.errors import ConfigProblem
from router.policy.exceptions import warnings
from router.policy.lint_escalation import lint_escalation
from router.policy.lint_lifecycle import lint_lifecycle
from router.policy.lint_preferences import lint_fallbacks, lint_latency, lint_stakes
from router.policy.policy import ANY_PURPOSE, Rules
from router.policy.schema import PolicyFile
from router.policy.ways import ways


def lint(rules: Rules, now_s: float) -> Iterator[ConfigProblem]:
    """Warnings of rules that are proven, in the order of the file's sections."""
    text = rules.policy.text
    document = parse_yaml(text.policy, text.policy_file)
    file = validate(document, PolicyFile)
    yield from _owners(file, document)
    yield from _floors(file, document)
    yield from _external_use(file, rules, document)
    yield from _tiers(rules, document)
    yield from lint_lifecycle(rules, document)
    yield from _unreachable(rules)
    yield from lint_stakes(rules, document)
    yield from lint_fallbacks(rules, document)
    yield from lint_latency(rules, document)
    yield from lint_escalation(rules, document, now_s)
    yield from _combinations(file, rules, document)
    yield from _output(rules, document)
    yield from warnings(rules.policy.detection.exceptions, document, now_s)


def _owners(file: PolicyFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    if "policy" not in file.owners:
        yield document.problem(
            ("owners",),
            "nobody owns the policy: whom is one to ask about it?",
            "add `owners: {policy: [NAME]}`",
        )
    for section in file.owners:
        if section != "policy" and section not in document.data:
            yield document.problem(
                ("owners", section), f"{section} has an owner and is not here", "remove the line"
            )


def _floors(file: PolicyFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    default = DataClass.from_label(file.default_data_class)
    for key in ("team_floors", "purpose_floors"):
        for name, label in getattr(file, key).items():
            if DataClass.from_label(label) <= default:
                yield document.problem(
                    (key, name),
                    f"the floor of {name} raises nothing: no request is below {default.label}",
                    "remove it, or raise it",
                )


def _external_use(
    file: PolicyFile, rules: Rules, document: YamlDocument
) -> Iterator[ConfigProblem]:
    if file.external_use and not any(way.model.is_external for way in ways(rules)):
        yield document.problem(
            ("external_use",),
            "no request leads to a model outside, so that nobody needs leave to use one",
            "remove the entries, or add models outside to tiers",
        )
    decided: dict[str, set[str]] = {}
    for index, entry in enumerate(file.external_use):
        before = decided.setdefault(entry.team, set())
        purposes = set(entry.purposes)
        if purposes <= before or ANY_PURPOSE in before:
            yield document.problem(
                ("external_use", index),
                f"what is decided here for {entry.team} is decided above",
                "remove one of the two",
            )
        elif ANY_PURPOSE in purposes and len(purposes) > 1:
            yield document.problem(
                ("external_use", index, "purposes"),
                f"`any` covers the other purposes of {entry.team}",
                "remove `any`, or the others",
            )
        before |= purposes


def _tiers(rules: Rules, document: YamlDocument) -> Iterator[ConfigProblem]:
    used = {way.tier for way in ways(rules)}
    for tier in Tier:
        if rules.policy.tiers[tier] and tier not in used:
            yield document.problem(
                ("tiers", tier.value),
                f"no route leads to the tier {tier}, and no stakes prefer it",
                f"add {tier} to a route, or remove it",
            )


def _unreachable(rules: Rules) -> Iterator[ConfigProblem]:
    """Models that are there to answer, and that nothing leads to, not even their names."""
    text = rules.policy.text
    models = parse_yaml(text.models, text.models_file)
    reached = {way.model.key for way in ways(rules)}
    for index, (key, entry) in enumerate(rules.registry.entries.items()):
        spec = entry.spec
        if key in reached or not entry.card.lifecycle.state.answers_clients:
            continue
        in_tier = rules.tiers_of(key) or Capability.EMBEDDINGS in spec.capabilities
        why = "no class may go where it resides" if in_tier else "it is in no tier"
        yield models.problem(
            ("models", index, "id"),
            f"no request ever reaches {key}: {why}",
            "widen residency in policy.yaml, or remove the model"
            if in_tier
            else "add it to a tier in policy.yaml, or remove it",
        )


def _combinations(
    file: PolicyFile, rules: Rules, document: YamlDocument
) -> Iterator[ConfigProblem]:
    detection = rules.policy.detection
    for index, entry in enumerate(file.detection.combinations):
        alone = max(map(detection.class_of, entry.entity_types))
        if DataClass.from_label(entry.data_class) <= alone:
            yield document.problem(
                ("detection", "combinations", index),
                f"together they mean {entry.data_class}, and one of them means {alone.label} alone",
                "remove the combination, or raise it",
            )


def _output(rules: Rules, document: YamlDocument) -> Iterator[ConfigProblem]:
    reached = {way.model.key for way in ways(rules)}
    for index, rule in enumerate(rules.policy.output.rules):
        if not rule.models & reached:
            yield document.problem(
                ("output", index),
                "no request reaches a model of this entry, so that it scans no answer",
                "remove it, or name models that are reached",
            )
