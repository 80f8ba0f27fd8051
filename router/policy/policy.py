"""The policy at run time: total tables, every name resolved, nothing left to look up or default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from router.accounts.limits.rules import LimitRules
from router.accounts.people.rules import PeopleRules
from router.audit.log.rules import AuditRules
from router.audit.vault.rules import VaultRules
from router.domain import AUTO, DataClass, Principal, Tier
from router.privacy.exceptions import PolicyException
from router.privacy.output.rules import OutputRules, ToolRules
from router.privacy.rules import DetectionRules
from router.registry.registry import Registry

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
    output: OutputRules = field(default_factory=OutputRules)
    tools: ToolRules = field(default_factory=ToolRules)
    external_use: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By team, the purposes for which its keys may use models outside; nobody else may."""
    vault: VaultRules = field(default_factory=VaultRules)
    limits: LimitRules = field(default_factory=LimitRules)
    people: PeopleRules = field(default_factory=PeopleRules)
    audit: AuditRules = field(default_factory=AuditRules)

    def may_use_external(self, principal: Principal) -> bool:
        """Whether somebody took the decision that this key's team may, for what the key is for."""
        purposes = self.external_use.get(principal.team, frozenset())
        return ANY_PURPOSE in purposes or principal.purpose in purposes

    def tiers_of(self, key: str) -> tuple[Tier, ...]:
        """The tiers that a model is in, in the order of `tiers`, which is that of `Tier`."""
        return tuple(tier for tier, keys in self.tiers.items() if key in keys)


@dataclass(frozen=True, slots=True)
class Rules:
    """All that a decision is made from. `load_rules` makes proven ones."""

    registry: Registry
    policy: Policy
