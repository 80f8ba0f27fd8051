"""What a request is for, as far as it can be told at next to no cost. Pure words, no text (I6)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Task(StrEnum):
    """What is asked of a model. `other` is what nobody could tell."""

    CLASSIFICATION = "classification"
    EXTRACTION = "extraction"
    SUMMARY = "summary"
    REWRITING = "rewriting"
    GROUNDED_QA = "grounded_qa"
    CODE = "code"
    MATHS = "maths"
    REASONING = "reasoning"
    WRITING = "writing"
    OTHER = "other"


class TaskBasis(StrEnum):
    """How the task is known, the surest first."""

    DECLARED = "declared"
    RULE = "rule"
    CLASSIFIED = "classified"
    UNKNOWN = "unknown"


class Preference(StrEnum):
    """What a caller would rather have, among models that may answer."""

    COST = "cost"
    QUALITY = "quality"
    LATENCY = "latency"


class AnswerFormat(StrEnum):
    """What the answer has to look like."""

    TEXT = "text"
    JSON_OBJECT = "json_object"
    JSON_SCHEMA = "json_schema"


@dataclass(frozen=True, slots=True)
class Features:
    """What routing knows of a request.

    `input_tokens` is an estimate, `max_output_tokens` what was asked for, None where nothing was.
    `language` is an ISO 639-1 code, None where it could not be told. `turns` counts messages of the
    user. `in_tool_loop` is true where the last message is a tool's result. `conversation_model` is
    the registry key of the model that answered this conversation before, and `escalated_before`
    whether a cheaper model's answer was not good enough in it.
    """

    task: Task = Task.OTHER
    task_basis: TaskBasis = TaskBasis.UNKNOWN
    input_tokens: int = 0
    max_output_tokens: int | None = None
    language: str | None = None
    answer_format: AnswerFormat = AnswerFormat.TEXT
    has_tools: bool = False
    in_tool_loop: bool = False
    turns: int = 1
    conversation_model: str | None = None
    escalated_before: bool = False


@dataclass(frozen=True, slots=True)
class Escalation:
    """A cheaper model was tried first, its answer judged, and kept or not.

    `signal` names what decided, `score` in [0, 1] is how sure the judgement was that the answer is
    right, None where the signal is no number. `cheap_cost_nano_usd` is part of the outcome's cost.
    `kept` is true where the client got the cheap model's answer.
    """

    cheap_model: str
    strong_model: str
    signal: str
    kept: bool
    score: float | None = None
    cheap_cost_nano_usd: int = 0
    judged_in_s: float = 0.0
