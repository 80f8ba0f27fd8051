"""The format of policy.yaml, key by key. What keys mean together is in check.py and prove.py."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from router.config.validate import ConfigModel, pattern
from router.domain import TEAM_NAME, DataClass, OutputAction, Tier
from router.policy.audit_schema import AuditSection
from router.policy.capacity_schema import CapacitySection
from router.policy.escalation_schema import EscalationEntry
from router.policy.feedback_schema import FeedbackSection
from router.policy.gate_schema import GateSection
from router.policy.limits_schema import LimitsSection
from router.policy.people_schema import PeopleSection
from router.policy.routing_schema import RoutingSection
from router.policy.trials_schema import TrialsSection
from router.policy.vault_schema import VaultSection
from router.registry.schema import DataClassLabel, Region

RouteChoice: TypeAlias = Literal["auto", "fast", "balanced", "reasoning", "private", "any"]
EntityType: TypeAlias = Annotated[
    str,
    pattern(
        r"[A-Z][A-Z0-9_]*",
        "is not an entity type",
        "write it as detectors do, such as EMAIL_ADDRESS",
    ),
]

TeamName: TypeAlias = Annotated[
    str,
    pattern(TEAM_NAME, "is no team's name", "write it as keys do: a-z, 0-9, '.', '_' and '-'"),
]

PathGlob: TypeAlias = Annotated[
    str,
    Field(max_length=200),
    pattern(
        r"[.*](?:[^\[\]\s\x00-\x1f]|\[(?:\*|[0-9]+)\])*",
        "is no pattern of paths",
        "begin with `.` or `*`, and write `[*]` for any place in a list: .messages[*].content",
    ),
]

StakesName: TypeAlias = Annotated[
    str,
    pattern(
        r"[a-z][a-z0-9_]{0,63}",
        "is no name of stakes",
        "write it in a-z, 0-9 and '_', such as safety_critical",
    ),
]

OwnerName: TypeAlias = Annotated[
    str, Field(max_length=200), pattern(r"(?s).*\S.*", "is empty", "name a person or a team")
]

OwnedSection: TypeAlias = Literal[
    "policy",
    "audit",
    "capacity",
    "cascade",
    "detection",
    "escalation",
    "exceptions",
    "external_use",
    "fallbacks",
    "feedback",
    "gate",
    "latency_objectives",
    "limits",
    "output",
    "people",
    "purpose_floors",
    "residency",
    "routes",
    "routing",
    "stakes",
    "taint",
    "team_floors",
    "tiers",
    "tools",
    "trials",
    "vault",
]
"""`policy` is the whole of it."""

Milliseconds: TypeAlias = Annotated[int, Field(ge=1, le=3_600_000)]


class CombinationEntry(ConfigModel):
    """Entity types that mean more together than alone."""

    entity_types: Annotated[list[EntityType], Field(min_length=2)]
    data_class: DataClassLabel


class PatternEntry(ConfigModel):
    name: Annotated[str, Field(min_length=1, max_length=100)]
    regex: Annotated[str, Field(min_length=1, max_length=2000)]
    score: Annotated[float, Field(ge=0, le=1)]


class RecogniserEntry(ConfigModel):
    """A customer's own recogniser, in the keys of Presidio's registry files.

    What `deny_list` lists is found as it stands; `patterns` are regexes of linear time (RE2's
    syntax). With `context`, one of its words has to stand close by.
    """

    name: Annotated[str, Field(min_length=1, max_length=100)]
    supported_entity: EntityType
    patterns: list[PatternEntry] = Field(default_factory=list)
    deny_list: list[Annotated[str, Field(min_length=1, max_length=500)]] = Field(
        default_factory=list
    )
    deny_list_score: Annotated[float, Field(ge=0, le=1)] = 1.0
    context: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(default_factory=list)


class DetectionSection(ConfigModel):
    """`min_score` is in [0, 1]; an entity type that is not listed makes a request restricted."""

    deadline_s: Annotated[float, Field(gt=0, le=30)]
    max_characters: Annotated[int, Field(ge=1, le=100_000_000)]
    min_score: Annotated[float, Field(ge=0, le=1)]
    entity_types: dict[EntityType, DataClassLabel]
    combinations: list[CombinationEntry] = Field(default_factory=list)
    find_all: bool = False
    recognisers: list[RecogniserEntry] = Field(default_factory=list)


class BreakerSection(ConfigModel):
    failures_to_open: Annotated[int, Field(ge=1, le=1000)]
    open_s: Annotated[float, Field(gt=0, le=3600)]


class CascadeSection(ConfigModel):
    attempts_per_model: Annotated[int, Field(ge=1, le=10)]
    attempt_timeout_s: Annotated[float, Field(gt=0, le=3600)]
    total_timeout_s: Annotated[float, Field(gt=0, le=3600)]
    backoff_initial_s: Annotated[float, Field(ge=0, le=60)]
    backoff_max_s: Annotated[float, Field(ge=0, le=60)]
    breaker: BreakerSection
    retry_after_s: Annotated[int, Field(ge=1, le=3600)]


class TaintSection(ConfigModel):
    from_data_class: DataClassLabel
    retention_days: Annotated[int, Field(ge=1, le=36_500)]


class ExceptionEntry(ConfigModel):
    """Findings of a team that count for less, for a time; `approved_on` and `expires` are days."""

    id: Annotated[
        str,
        pattern(
            r"[a-z0-9][a-z0-9._-]{0,63}",
            "is no id of an exception",
            "write it in a-z, 0-9, '.', '_' and '-', such as ticket-4711",
        ),
    ]
    team: TeamName
    entity_types: Annotated[list[EntityType], Field(min_length=1)]
    paths: Annotated[list[PathGlob], Field(min_length=1)] | None = None
    lowers_to: DataClassLabel
    reason: Annotated[str, Field(max_length=1000), pattern(r"(?s).*\S.*", "is empty", "say why")]
    approved_by: list[
        Annotated[
            str,
            Field(max_length=200),
            pattern(r"(?s).*\S.*", "is empty", "name whoever approved it"),
        ]
    ]
    approved_on: date
    expires: date


class OutputEntry(ConfigModel):
    """Whose answers are scanned: of models by id, or of all `on-prem`, `external` or `any`."""

    models: Annotated[
        list[str],
        Field(min_length=1),
        BeforeValidator(lambda said: [said] if isinstance(said, str) else said),
    ]
    teams: Annotated[list[TeamName], Field(min_length=1)] | None = None
    from_data_class: DataClassLabel
    action: OutputAction


class ToolsSection(ConfigModel):
    """`external` are globs over the names of functions that clients run against the outside."""

    external: list[
        Annotated[
            str,
            Field(max_length=200),
            pattern(
                r"[^\s\x00-\x1f]+", "is no glob over names", "write it as web_search or http_*"
            ),
        ]
    ]
    stop_from_data_class: DataClassLabel


class ExternalUseEntry(ConfigModel):
    """A decision that a team's keys for these purposes may use models outside; `any` is all."""

    team: TeamName
    purposes: Annotated[list[TeamName], Field(min_length=1)]
    decided_by: Annotated[
        str, Field(max_length=200), pattern(r"(?s).*\S.*", "is empty", "name whoever decided it")
    ]
    reason: Annotated[str, Field(max_length=1000), pattern(r"(?s).*\S.*", "is empty", "say why")]


class StakesApply(ConfigModel):
    """Whose requests have the stakes without saying so: of any of these teams or purposes."""

    teams: list[TeamName] = Field(default_factory=list)
    purposes: list[TeamName] = Field(default_factory=list)


class StakesEntry(ConfigModel):
    """What is tried first where more depends on the answer; a list of tiers is for every class."""

    applies_to: StakesApply = Field(default_factory=StakesApply)
    prefer: Annotated[
        dict[DataClassLabel, Annotated[list[Tier], Field(min_length=1)]],
        Field(min_length=1),
        BeforeValidator(
            lambda said: (
                dict.fromkeys((each.label for each in DataClass), said)
                if isinstance(said, list)
                else said
            )
        ),
    ]


class LatencyObjective(ConfigModel):
    """Milliseconds to the first token, and to the last."""

    ttft_ms: Milliseconds | None = None
    total_ms: Milliseconds | None = None


class PolicyFile(ConfigModel):
    """All of policy.yaml."""

    schema_version: Literal[1] = Field(alias="schema")
    default_data_class: DataClassLabel
    team_floors: dict[TeamName, DataClassLabel]
    residency: dict[DataClassLabel, Annotated[list[Region], Field(min_length=1)]]
    tiers: dict[Tier, list[str]]
    routes: dict[DataClassLabel, dict[RouteChoice, list[Tier]]]
    detection: DetectionSection
    cascade: CascadeSection
    taint: TaintSection
    output: list[OutputEntry] = Field(default_factory=list)
    tools: ToolsSection | None = None
    exceptions: list[ExceptionEntry] = Field(default_factory=list)
    external_use: list[ExternalUseEntry] = Field(default_factory=list)
    purpose_floors: dict[TeamName, DataClassLabel] = Field(default_factory=dict)
    owners: dict[OwnedSection, Annotated[list[OwnerName], Field(min_length=1)]] = Field(
        default_factory=dict
    )
    stakes: dict[StakesName, StakesEntry] = Field(default_factory=dict)
    fallbacks: dict[str, Annotated[list[str], Field(min_length=1)]] = Field(default_factory=dict)
    latency_objectives: dict[Tier, LatencyObjective] = Field(default_factory=dict)
    on_nothing_available: Literal["refuse"] = "refuse"
    vault: VaultSection = Field(default_factory=VaultSection)
    limits: LimitsSection = Field(default_factory=LimitsSection)
    people: PeopleSection = Field(default_factory=PeopleSection)
    audit: AuditSection = Field(default_factory=AuditSection)
    capacity: CapacitySection = Field(default_factory=CapacitySection)
    escalation: list[EscalationEntry] = Field(default_factory=list)
    routing: RoutingSection = Field(default_factory=RoutingSection)
    feedback: FeedbackSection = Field(default_factory=FeedbackSection)
    gate: GateSection = Field(default_factory=GateSection)
    trials: TrialsSection = Field(default_factory=TrialsSection)
