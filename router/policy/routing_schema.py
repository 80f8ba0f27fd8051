"""The format of `routing` in policy.yaml."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from router.config.validate import ConfigModel, pattern
from router.domain import TEAM_NAME
from router.policy.routing_rules import RankBy
from router.task import AnswerFormat, Preference, Task

_Name: TypeAlias = Annotated[
    str,
    pattern(TEAM_NAME, "is no name of a team or purpose", "write it as keys do: a-z, 0-9, . _ -"),
]
_Regex: TypeAlias = Annotated[str, Field(min_length=1, max_length=2_000)]
_Weight: TypeAlias = Annotated[float, Field(ge=0, le=1_000_000)]


class TaskConditions(ConfigModel):
    """All that is said has to hold; a list is of what will do."""

    teams: Annotated[list[_Name], Field(min_length=1)] | None = None
    purposes: Annotated[list[_Name], Field(min_length=1)] | None = None
    system: _Regex | None = None
    user: _Regex | None = None
    formats: Annotated[list[AnswerFormat], Field(min_length=1)] | None = None
    tools: bool | None = None


class TaskRuleEntry(ConfigModel):
    task: Task
    when: TaskConditions


class ClassifierEntry(ConfigModel):
    """Below `min_confidence`, a probability, a request's task is not known."""

    min_confidence: Annotated[float, Field(ge=0, le=1)] = 0.6


class TasksEntry(ConfigModel):
    rules: Annotated[list[TaskRuleEntry], Field(max_length=10_000)] = Field(default_factory=list)
    classifier: ClassifierEntry | None = None


class RankEntry(ConfigModel):
    auto: RankBy = RankBy.WRITTEN
    tiers: RankBy = RankBy.WRITTEN


class WeightsEntry(ConfigModel):
    """In parts of one right answer: for one; per US dollar; for as long as the objective."""

    quality: _Weight = 1.0
    cost: _Weight = 1.0
    latency: _Weight = 0.0


class ConversationEntry(ConfigModel):
    keep_hours: Annotated[float, Field(gt=0, le=24 * 366)] = 24.0
    min_gain: Annotated[float, Field(ge=0, le=1_000)] = 0.05


class LearnedEntry(ConfigModel):
    """A file of `ringfence route train`, named from where policy.yaml lies, and its digest."""

    artifact: Annotated[str, Field(min_length=1, max_length=500)]
    sha256: Annotated[
        str,
        pattern(r"[0-9a-f]{64}", "is no sha256", "write 64 hex digits: sha256sum FILE"),
    ]


class RoutingSection(ConfigModel):
    """The order of what is permitted; left out, it is the one that is written."""

    tasks: TasksEntry = Field(default_factory=TasksEntry)
    rank: RankEntry = Field(default_factory=RankEntry)
    weights: WeightsEntry = Field(default_factory=WeightsEntry)
    prefer: dict[Preference, Annotated[float, Field(ge=1, le=1_000)]] = Field(default_factory=dict)
    team_max_latency_ms: dict[_Name, Annotated[int, Field(ge=1, le=600_000)]] = Field(
        default_factory=dict
    )
    conversation: ConversationEntry | None = None
    learned: LearnedEntry | None = None
    embeddings: dict[Task, Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        default_factory=dict
    )
