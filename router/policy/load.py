"""models.yaml and policy.yaml → Rules that are proven, or every reason why not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from router.config.validate import validate
from router.config.yaml_document import YamlDocument, load_yaml, parse_yaml
from router.domain import DataClass, Tier
from router.errors import ConfigError, ConfigProblem
from router.policy.audit import audit_rules
from router.policy.capacity import capacity_rules
from router.policy.check import check_names, check_policy
from router.policy.escalation import escalation_rules
from router.policy.exceptions import policy_exception
from router.policy.fallbacks import fallback_rules
from router.policy.feedback_schema import feedback_rules
from router.policy.gate import gate_rules
from router.policy.limits import limit_rules
from router.policy.output import output_rules, tool_rules
from router.policy.people import people_rules
from router.policy.policy import (
    CHOICES,
    BreakerRules,
    CascadeRules,
    LatencyObjective,
    Policy,
    Rules,
    RulesText,
    TaintRules,
)
from router.policy.prove import prove
from router.policy.recognisers import recogniser_patterns
from router.policy.routing import routing_rules
from router.policy.schema import CascadeSection, PolicyFile, RouteChoice
from router.policy.stakes import stakes_rules
from router.policy.trials_schema import trial_rules
from router.policy.vault import vault_rules
from router.privacy.exceptions import PolicyException
from router.privacy.rules import Combination, DetectionRules
from router.registry.load import build_registry
from router.registry.registry import Registry


def load_rules(models_path: Path, policy_path: Path) -> Rules:
    """Reads both files and proves the policy. Raises ConfigError with the problems of both.

    The digest is sha256 over, for models.yaml and then policy.yaml, the length of the file in
    bytes as 8 bytes big-endian, followed by the file's bytes. Comments count: the digest stands for
    what was reviewed, and is checked by hashing two files, without this program.
    """
    return _built(partial(load_yaml, models_path), partial(load_yaml, policy_path))


def rules_of_text(text: RulesText) -> Rules:
    """The rules of what was read before, proven again; as `load_rules`."""
    return _built(
        partial(parse_yaml, text.models, text.models_file),
        partial(parse_yaml, text.policy, text.policy_file),
    )


def _built(*files: Callable[[], YamlDocument]) -> Rules:
    documents: list[YamlDocument] = []
    problems: list[ConfigProblem] = []
    for read in files:
        try:
            documents.append(read())
        except ConfigError as error:
            problems.extend(error.problems)
    if problems:
        raise ConfigError(tuple(problems))
    models, policy = documents
    return build_rules(models, policy)


def build_rules(models: YamlDocument, document: YamlDocument) -> Rules:
    """The rules of two documents that have been read, models.yaml first; as `load_rules`."""
    problems: list[ConfigProblem] = []
    registry: Registry | None = None
    file: PolicyFile | None = None
    try:
        registry = build_registry(models)
    except ConfigError as error:
        problems.extend(error.problems)
    try:
        file = validate(document, PolicyFile)
        problems.extend(check_policy(file, document))
    except ConfigError as error:
        problems.extend(error.problems)
    if registry is None or file is None:
        raise ConfigError(tuple(problems))
    problems.extend(check_names(file, document, registry))
    if problems:
        raise ConfigError(tuple(problems))
    text = RulesText(models.content, document.content, models.file, document.file)
    rules = Rules(registry, _policy(file, registry, text))
    refutations = tuple(prove(rules, document))
    if refutations:
        raise ConfigError(refutations)
    return rules


def rules_digest(models: bytes, policy: bytes) -> str:
    """See `load_rules`."""
    digest = hashlib.sha256()
    for content in (models, policy):
        digest.update(len(content).to_bytes(8, "big"))
        digest.update(content)
    return f"sha256:{digest.hexdigest()}"


def _policy(file: PolicyFile, registry: Registry, text: RulesText) -> Policy:
    label = DataClass.from_label
    exceptions = tuple(map(policy_exception, file.exceptions))
    return Policy(
        residency={label(name): frozenset(regions) for name, regions in file.residency.items()},
        tiers={tier: _keys(file.tiers.get(tier, []), registry) for tier in Tier},
        routes={label(name): _total(route) for name, route in file.routes.items()},
        detection=_detection(file, exceptions),
        detection_deadline_s=file.detection.deadline_s,
        cascade=_cascade(file.cascade),
        taint=TaintRules(label(file.taint.from_data_class), file.taint.retention_days, exceptions),
        external_use=_external_use(file),
        digest=rules_digest(text.models, text.policy),
        stakes=stakes_rules(file),
        fallbacks=fallback_rules(file, registry),
        latency_objectives={
            tier: LatencyObjective(said.ttft_ms, said.total_ms)
            for tier, said in file.latency_objectives.items()
        },
        text=text,
        output=output_rules(file, registry),
        tools=tool_rules(file),
        vault=vault_rules(file.vault),
        limits=limit_rules(file.limits),
        people=people_rules(file.people),
        audit=audit_rules(file.audit),
        capacity=capacity_rules(file, registry),
        escalation=escalation_rules(file, registry, Path(text.policy_file).parent),
        routing=routing_rules(file.routing, Path(text.policy_file).parent),
        feedback=feedback_rules(file.feedback),
        gate=gate_rules(file.gate),
        trials=trial_rules(file.trials),
    )


def _detection(file: PolicyFile, exceptions: tuple[PolicyException, ...]) -> DetectionRules:
    label = DataClass.from_label
    section = file.detection
    return DetectionRules(
        default_class=label(file.default_data_class),
        team_floors={team: label(floor) for team, floor in file.team_floors.items()},
        purpose_floors={name: label(floor) for name, floor in file.purpose_floors.items()},
        entity_classes={name: label(made) for name, made in section.entity_types.items()},
        min_score=section.min_score,
        max_characters=section.max_characters,
        combinations=tuple(
            Combination(frozenset(entry.entity_types), label(entry.data_class))
            for entry in section.combinations
        ),
        find_all=section.find_all,
        recognisers=tuple(
            pattern for entry in section.recognisers for pattern in recogniser_patterns(entry)
        ),
        exceptions=exceptions,
    )


def _external_use(file: PolicyFile) -> dict[str, frozenset[str]]:
    opted: dict[str, frozenset[str]] = {}
    for entry in file.external_use:
        opted[entry.team] = opted.get(entry.team, frozenset()) | frozenset(entry.purposes)
    return opted


def _keys(names: list[str], registry: Registry) -> tuple[str, ...]:
    models = (registry.resolve(name) for name in names)
    return tuple(model.key for model in models if model is not None)


def _total(route: dict[RouteChoice, list[Tier]]) -> dict[str, tuple[Tier, ...]]:
    written: dict[str, list[Tier]] = {str(choice): tiers for choice, tiers in route.items()}
    return {choice: tuple(written[choice if choice in written else "any"]) for choice in CHOICES}


def _cascade(section: CascadeSection) -> CascadeRules:
    return CascadeRules(
        attempts_per_model=section.attempts_per_model,
        attempt_timeout_s=section.attempt_timeout_s,
        total_timeout_s=section.total_timeout_s,
        backoff_initial_s=section.backoff_initial_s,
        backoff_max_s=section.backoff_max_s,
        breaker=BreakerRules(section.breaker.failures_to_open, section.breaker.open_s),
        retry_after_s=section.retry_after_s,
    )
