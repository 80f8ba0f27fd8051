"""The words of Ringfence as frozen types. Nothing here does I/O or knows a clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum, StrEnum
from typing import NamedTuple, TypeAlias

from router.task import Escalation, Features, Preference, Task

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = dict[str, Json]


class DataClass(IntEnum):
    """How sensitive a request is. Ordered; along a request's way it only ever rises."""

    PUBLIC = 0
    INTERNAL = 1
    CONFIDENTIAL = 2
    RESTRICTED = 3

    @property
    def label(self) -> str:
        return self.name.lower()

    @classmethod
    def from_label(cls, label: str) -> DataClass:
        """Raises KeyError for a label that is not a data class."""
        return cls[label.upper()] if label == label.lower() else cls[label]


class Tier(StrEnum):
    """What a client asks for when it does not ask for a model."""

    FAST = "fast"
    BALANCED = "balanced"
    REASONING = "reasoning"
    PRIVATE = "private"


AUTO = "auto"

TEAM_NAME = r"[a-z0-9][a-z0-9._-]{0,127}"
"""What a team may be called, and a purpose, in keys and in the policy alike."""

GENERAL_PURPOSE = "general"
"""What a key is for where nobody said."""


class Location(StrEnum):
    ON_PREM = "on-prem"
    EXTERNAL = "external"


class Endpoint(StrEnum):
    """The operation asked for; the value is the path under `/v1/`."""

    CHAT = "chat/completions"
    COMPLETIONS = "completions"
    EMBEDDINGS = "embeddings"


class Dialect(StrEnum):
    """The wire format a backend speaks."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"


class Capability(StrEnum):
    """What a request can need of a model beyond its context length."""

    CHAT = "chat"
    COMPLETIONS = "completions"
    EMBEDDINGS = "embeddings"
    TOOLS = "tools"
    JSON_SCHEMA = "json_schema"
    LOGPROBS = "logprobs"
    MULTIPLE_CHOICES = "multiple_choices"
    SEED = "seed"
    IMAGES = "images"
    AUDIO = "audio"
    FILES = "files"


class Basis(StrEnum):
    """Why a request has the data class it has."""

    DEFAULT = "default"
    DECLARED = "declared"
    KEY_FLOOR = "key_floor"
    DETECTED = "detected"
    INHERITED = "inherited"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of text that would go upstream, and where in the body it stands.

    `joined` marks what stands nowhere like this: the ends of neighbouring texts, put together. Only
    what is checked strictly is looked for there.
    """

    path: str
    text: str = field(repr=False)
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What a detector saw and where. Never the matched text.

    `start` and `end` are character offsets into segment number `segment`; `score` is in [0, 1].
    """

    entity_type: str
    segment: int
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Classification:
    """`exceptions` are the ids of those under which something counted for less, sorted.

    `cause` has the entity types to which alone the class is due; None where it is due to anything
    else as well, or nobody knows.
    """

    data_class: DataClass
    basis: tuple[Basis, ...]
    findings: tuple[Finding, ...]
    detector_version: str
    exceptions: tuple[str, ...] = ()
    cause: frozenset[str] | None = None

    @property
    def entity_counts(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for finding in self.findings:
            counts[finding.entity_type] = counts.get(finding.entity_type, 0) + 1
        return counts


class Role(StrEnum):
    """What somebody may do beyond sending requests; a developer may do that alone."""

    DEVELOPER = "developer"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much may be asked for in fixed windows of time; None: no limit. Money in nano-dollars."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    budget_nano_usd_per_day: int | None = None
    budget_nano_usd_per_month: int | None = None


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: an API key, the team it belongs to, what it is for, and what it may do at most.

    `user` names the person behind the request where an identity provider vouched for it
    (`issuer#subject`), None where nobody did. `models` are ids of the registry, empty for any; like
    `private_only` they only narrow what the policy permits. `key_made_on` is the day, in UTC, since
    which there is the key, or the first of those that it succeeded by rotation; None for a person's
    own token, which is newer than anything. `key_line` has the ids of the key and of all that it
    succeeded or that succeed it, first to last, and is empty for such a token. `allowance` is the
    key's own, beside whatever the policy limits.
    """

    key_id: str
    team: str
    floor: DataClass
    tiers: frozenset[Tier]
    purpose: str = GENERAL_PURPOSE
    user: str | None = None
    roles: frozenset[Role] = frozenset({Role.DEVELOPER})
    models: frozenset[str] = frozenset()
    private_only: bool = False
    key_made_on: date | None = None
    key_line: tuple[str, ...] = ()
    allowance: Allowance = Allowance()


@dataclass(frozen=True, slots=True)
class InferenceRequest:
    """One request in the one dialect that is spoken inside (OpenAI's), validated and bounded.

    `body` is read-only by convention: whoever needs another one builds it.
    `unknown_fields` are the top-level fields that no schema of ours names. `subject` is whom the
    caller says the text is about: a name of theirs, kept only as a keyed digest.
    """

    request_id: str
    endpoint: Endpoint
    body: JsonObject = field(repr=False)
    choice: str
    stream: bool
    private_only: bool = False
    declared_class: DataClass | None = None
    unknown_fields: frozenset[str] = frozenset()
    reject_unknown_fields: bool = False
    subject: str | None = field(default=None, repr=False)
    stakes: str | None = None
    """One of the policy's stakes, as the caller declared it."""
    task: Task | None = None
    """As the caller declared it."""
    prefer: Preference | None = None
    max_latency_ms: int | None = None
    """Within which the caller would have the whole answer; an objective, and no deadline."""
    cascade: bool | None = None
    """Whether a cheaper model may be tried first: None leaves it to the policy."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens; what a request costs is kept in integer nano-dollars."""

    input_usd_per_mtok: float
    output_usd_per_mtok: float

    def cost_nano_usd(self, usage: Usage) -> int:
        micro_usd = (
            usage.input_tokens * self.input_usd_per_mtok
            + usage.output_tokens * self.output_usd_per_mtok
        )
        return round(micro_usd * 1_000)


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One registry entry as the router sees it; how it is executed is serving's business."""

    id: str
    version: str
    dialect: Dialect
    location: Location
    approved: frozenset[DataClass]
    residency: frozenset[str]
    capabilities: frozenset[Capability]
    context_tokens: int
    price: Price
    upstream_model: str
    origin: str | None
    """scheme://host[:port] that a body for this model may be sent to; None for our own engine."""
    base_path: str = ""
    accepts_fields: frozenset[str] = frozenset()
    weights_digest: str | None = None

    @property
    def key(self) -> str:
        return f"{self.id}@{self.version}"

    @property
    def is_external(self) -> bool:
        return self.location is Location.EXTERNAL


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Why a model may not, or cannot, take this request."""

    model: str
    code: str


@dataclass(frozen=True, slots=True)
class PlanStep:
    model: ModelSpec
    tier: Tier | None


class Expectation(NamedTuple):
    """What is expected of a model for one request; None where nobody knows.

    `quality` is in [0, 1]. `utility` is in parts of one right answer (`policy/utility.py`). A
    tuple, since a decision makes one for each model that it compares.
    """

    model: str
    quality: float | None
    cost_nano_usd: int
    latency_s: float | None
    utility: float | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policy says of one request. `plan` is ordered and inside `permitted`.

    `expectations` are of the models that were ranked by them; empty where none was.
    """

    choice: str
    data_class: DataClass
    permitted: tuple[str, ...]
    excluded: tuple[Exclusion, ...]
    plan: tuple[PlanStep, ...]
    reasons: tuple[str, ...]
    policy_digest: str
    features: Features = field(default_factory=Features)
    expectations: tuple[Expectation, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at one model, as the record keeps it.

    `began_s` is on the monotonic clock, for traces; the record has no use for it. `usage` and
    `cost_nano_usd` are of what took something beside the answer: what was said there
    (`router.cascade.beside`), and what was given up or broke off. The answer's own are the
    outcome's. `estimated` where nobody says what it took, of the answer's attempt as well.
    """

    model: str
    tier: Tier | None
    outcome: str
    latency_s: float
    origin: str | None = None
    began_s: float | None = field(default=None, compare=False)
    usage: Usage | None = None
    cost_nano_usd: int = 0
    estimated: bool = False


class OutcomeStatus(StrEnum):
    ANSWERED = "answered"
    PARTIAL = "partial"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    FAILED = "failed"


class OutputAction(StrEnum):
    """What becomes of findings in an answer."""

    RECORD = "record"
    MASK = "mask"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request ended; the second half of its record.

    `usage` is that of the answer; `cost_nano_usd` is of all that was asked for it, a cheaper
    model's discarded answer, a second sample, a judge, and what was given up among it.
    `output_findings` counts what was found in the answer, by entity type; `output_action` is None
    where the policy asked for no scan, `output_undetermined` true where not all could be judged.
    """

    request_id: str
    status: OutcomeStatus
    http_status: int
    error_code: str | None
    model: str | None
    weights_digest: str | None
    tier: Tier | None
    attempts: tuple[Attempt, ...]
    usage: Usage
    cost_nano_usd: int
    ttft_s: float | None
    latency_s: float
    dropped_fields: tuple[str, ...] = ()
    output_findings: Mapping[str, int] = field(default_factory=dict)
    output_action: OutputAction | None = None
    output_undetermined: bool = False
    escalation: Escalation | None = None


Headers: TypeAlias = Mapping[str, str]
