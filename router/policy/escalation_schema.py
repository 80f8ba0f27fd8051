"""The format of `escalation` in policy.yaml."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from router.config.validate import ConfigModel, pattern
from router.domain import DataClass, Tier
from router.escalation.rules import DEFAULT_HOLD_S, OnTimeout
from router.registry.schema_providers import DataClassLabel
from router.risk.certificate import Promise
from router.task import Task

ANY: Literal["any"] = "any"

_Choice: TypeAlias = Literal["auto", "fast", "balanced", "reasoning", "private"]
_Logprob: TypeAlias = Annotated[float, Field(le=0)]
_Share: TypeAlias = Annotated[float, Field(gt=0, lt=1)]


def _all_of(names: list[str]) -> BeforeValidator:
    """`any` stands for all of them."""

    def unfolded(said: Any) -> Any:
        return list(names) if said == ANY else said

    return BeforeValidator(unfolded)


_Tasks: TypeAlias = Annotated[
    list[Task], _all_of([task.value for task in Task]), Field(min_length=1)
]
_Labels: TypeAlias = Annotated[
    list[DataClassLabel],
    _all_of([each.label for each in DataClass]),
    Field(min_length=1),
]


def _auto() -> list[_Choice]:
    return ["auto"]


def _every_class() -> list[DataClassLabel]:
    return ["public", "internal", "confidential", "restricted"]


class CertificateEntry(ConfigModel):
    """A record of `ringfence route certify`, named from where policy.yaml lies, and its digest."""

    record: Annotated[str, Field(min_length=1, max_length=500)]
    sha256: Annotated[
        str,
        pattern(r"[0-9a-f]{64}", "is no sha256", "write 64 hex digits: sha256sum FILE"),
    ]


class RiskBudgetEntry(ConfigModel):
    """How much may go wrong; `of` is what the share is a share of."""

    max_wrong_kept: _Share = 0.05
    confidence: _Share = 0.95
    of: Promise = Promise.OF_KEPT


class SignalsEntry(ConfigModel):
    """What escalates beside the certificate's threshold; log-probabilities in nats."""

    refusal: bool = True
    truncation: bool = True
    least_mean_logprob: _Logprob | None = None
    least_min_logprob: _Logprob | None = None


class StreamsEntry(ConfigModel):
    """How long a stream is held, and what becomes of it when that is over."""

    hold_s: Annotated[float, Field(gt=0, le=60)] = DEFAULT_HOLD_S
    on_timeout: OnTimeout = OnTimeout.ESCALATE


class EscalationEntry(ConfigModel):
    """A pair of tiers. The first entry that is about a request, and can be followed, holds.

    Without `streams`, a stream is held only if its caller allows it.
    """

    cheap: Tier = Field(alias="from")
    strong: Tier = Field(alias="to")
    choices: Annotated[list[_Choice], Field(min_length=1)] = Field(default_factory=_auto)
    tasks: _Tasks = Field(default_factory=lambda: list(Task))
    data_classes: _Labels = Field(default_factory=_every_class)
    certificate: CertificateEntry | None = None
    budget: RiskBudgetEntry = Field(default_factory=RiskBudgetEntry)
    signals: SignalsEntry = Field(default_factory=SignalsEntry)
    judge: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    second_sample: bool = False
    streams: StreamsEntry | None = None
