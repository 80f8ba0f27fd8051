"""The policy at run time: total tables, every name resolved, nothing left to look up or default."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from router.accounts.limits.rules import LimitRules
from router.accounts.people.rules import PeopleRules
from router.audit.log.rules import AuditRules
from router.audit.vault.rules import VaultRules
from router.domain import AUTO, DataClass, Principal, Tier
from router.escalation.rules import EscalationRule
from router.feedback.feedback import FeedbackRules
from router.gate.rules import GateRules
from router.load.rules import CapacityRules
from router.policy.routing_rules import RoutingRules
from router.policy.tables import RuleTables, rule_tables
from router.privacy.exceptions import PolicyException
from router.privacy.output.rules import OutputRules, ToolRules
from router.privacy.rules import DetectionRules
from router.registry.registry import Registry
from router.trials.rules import TrialRules

Choice: TypeAlias = str
"""`auto` or a tier's value."""

ANY_PURPOSE = "any"

CHOICES: tuple[Choice, ...] = (AUTO, *(tier.value for tier in Tier))


@dataclass(frozen=True, slots=True)
class BreakerRules:
    failures_to_open: int
    open_s: float


@dataclass(frozen=True, slots=True)
class CascadeRules:
    attempts_per_model: int
    attempt_timeout_s: float
    total_timeout_s: float
    backoff_initial_s: float
    backoff_max_s: float
    breaker: BreakerRules
    retry_after_s: int


@dataclass(frozen=True, slots=True)
class TaintRules:
    """What was answered to `from_data_class` or above keeps its class for `retention_days`.

    Nothing but `exceptions` lowers it before.
    """

    from_data_class: DataClass
    retention_days: int
    exceptions: tuple[PolicyException, ...] = ()


@dataclass(frozen=True, slots=True)
class StakesRule:
    """What a class's requests of these stakes try first; nothing where `prefer` lacks the class."""

    name: str
    teams: frozenset[str]
    purposes: frozenset[str]
    prefer: Mapping[DataClass, tuple[Tier, ...]]

    def applies_to(self, principal: Principal) -> bool:
        return principal.team in self.teams or principal.purpose in self.purposes


@dataclass(frozen=True, slots=True)
class LatencyObjective:
    """What a tier is meant to keep, in milliseconds; None for what nobody promised."""

    ttft_ms: int | None = None
    total_ms: int | None = None


@dataclass(frozen=True, slots=True)
class RulesText:
    """The two files as they were read; the names of the files are for messages alone."""

    models: bytes = field(repr=False)
    policy: bytes = field(repr=False)
    models_file: str = "models.yaml"
    policy_file: str = "policy.yaml"


@dataclass(frozen=True, slots=True)
class Policy:
    """`tiers` holds registry keys, best first; `routes` has every data class and every choice.

    `digest` is "sha256:" and 64 hex digits over policy.yaml and models.yaml; see `load_rules`.
    """

    residency: Mapping[DataClass, frozenset[str]]
    tiers: Mapping[Tier, tuple[str, ...]]
    routes: Mapping[DataClass, Mapping[Choice, tuple[Tier, ...]]]
    detection: DetectionRules
    detection_deadline_s: float
    cascade: CascadeRules
    taint: TaintRules
    digest: str
    text: RulesText = field(repr=False)
    output: OutputRules = field(default_factory=OutputRules)
    tools: ToolRules = field(default_factory=ToolRules)
    external_use: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By team, the purposes for which its keys may use models outside; nobody else may."""
    stakes: Mapping[str, StakesRule] = field(default_factory=dict)
    fallbacks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Registry keys: what stands in for a model, whatever led to it."""
    latency_objectives: Mapping[Tier, LatencyObjective] = field(default_factory=dict)
    vault: VaultRules = field(default_factory=VaultRules)
    limits: LimitRules = field(default_factory=LimitRules)
    people: PeopleRules = field(default_factory=PeopleRules)
    audit: AuditRules = field(default_factory=AuditRules)
    capacity: CapacityRules = field(default_factory=CapacityRules)
    escalation: tuple[EscalationRule, ...] = ()
    """The first that is about a request, and can be followed, holds."""
    routing: RoutingRules = field(default_factory=RoutingRules)
    feedback: FeedbackRules = field(default_factory=FeedbackRules)
    gate: GateRules = field(default_factory=GateRules)
    trials: TrialRules = field(default_factory=TrialRules)

    def may_use_external(self, principal: Principal) -> bool:
        """Whether somebody took the decision that this key's team may, for what the key is for."""
        purposes = self.external_use.get(principal.team, frozenset())
        return ANY_PURPOSE in purposes or principal.purpose in purposes

    def stakes_of(self, declared: str | None, principal: Principal) -> tuple[StakesRule, ...]:
        """What applies to a request: what its caller declared first, then as the policy lists."""
        return tuple(
            sorted(
                (
                    rule
                    for rule in self.stakes.values()
                    if rule.name == declared or rule.applies_to(principal)
                ),
                key=lambda rule: rule.name != declared,
            )
        )

    def tiers_of(self, key: str) -> tuple[Tier, ...]:
        """The tiers that name a model, in the order of `tiers`, which is that of `Tier`."""
        return tuple(tier for tier, keys in self.tiers.items() if key in keys)


@dataclass(frozen=True, slots=True)
class Rules:
    """All that a decision is made from. `load_rules` makes proven ones.

    `tables` follow from the two. `permissions` is what `permit` keeps of its own results.
    """

    registry: Registry
    policy: Policy
    tables: RuleTables = field(init=False, repr=False, compare=False)
    permissions: dict[tuple[DataClass, Hashable], Any] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "permissions", {})
        object.__setattr__(self, "tables", rule_tables(self.registry, self.policy))

    def tiers_of(self, key: str) -> tuple[Tier, ...]:
        """The tiers that a model is in: those that name it and, for a canary, its champion."""
        return self.tables.tiers_of[key]

    def stakes_of(self, declared: str | None, principal: Principal) -> tuple[StakesRule, ...]:
        """As `Policy.stakes_of`, and without looking at the stakes of everybody else."""
        known = self.policy.stakes
        named = self.tables.stakes_of_team.get(principal.team, frozenset())
        named |= self.tables.stakes_of_purpose.get(principal.purpose, frozenset())
        if declared is not None and declared in known:
            named |= {declared}
        if len(named) < 2:
            return tuple(known[name] for name in named)
        places = self.tables.stakes_places
        ordered = sorted(named, key=lambda name: (name != declared, places[name]))
        return tuple(known[name] for name in ordered)
