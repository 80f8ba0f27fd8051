"""What is told of a request when it is over. There is no text in it, and no place for one (I6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from router.domain import Classification, Endpoint, ModelSpec, Outcome, Tier
from router.telemetry.itl import ItlCounts
from router.telemetry.steps import Mark, Step, TimedStep, timed

NAMED = "model"
"""Stands for the name of a model in `choice`: what clients write there has no end."""


@dataclass(frozen=True, slots=True)
class RequestEnded:
    """One request whose outcome is durable, or could not be made so.

    `choice` is `auto`, a tier, or `NAMED`. `classification` is None where the request did not come
    as far; `model` is the one that answered. `began_s` and `ended_s` are on the monotonic clock.
    `itl` is None where there is none to speak of.
    `traceparent` is the header of that name as the client sent it, and as much to be trusted.
    """

    request_id: str
    endpoint: Endpoint
    choice: str
    stream: bool
    team: str
    classification: Classification | None
    outcome: Outcome
    model: ModelSpec | None
    fallbacks: tuple[str, ...]
    began_s: float
    ended_s: float
    marks: tuple[Mark, ...]
    itl: ItlCounts | None = None
    policy_digest: str | None = None
    traceparent: str | None = None

    @property
    def steps(self) -> Iterator[TimedStep]:
        return timed(self.marks, self.ended_s)

    @property
    def time_to_first_token_s(self) -> float | None:
        """From the request's beginning, the gateway's own share included; of a stream alone.

        None where no answer began. (`outcome.ttft_s` is the backend's: from its attempt on.)
        """
        delivering_s = self._delivering_s()
        return delivering_s[0] - self.began_s if delivering_s else None

    @property
    def time_per_output_token_s(self) -> float | None:
        """Of the tokens after the first; None where there are fewer than two, or no stream.

        As OpenTelemetry has it: (duration - time to first token) / (output tokens - 1).
        """
        delivering_s, tokens = self._delivering_s(), self.outcome.usage.output_tokens
        if delivering_s is None or tokens < 2:
            return None
        return (delivering_s[1] - delivering_s[0]) / (tokens - 1)

    def _delivering_s(self) -> tuple[float, float] | None:
        """From when until when a stream was delivered."""
        if self.stream:
            for number, mark in enumerate(self.marks, start=1):
                if mark.step is Step.DELIVER:
                    last = number == len(self.marks)
                    return mark.at_s, self.ended_s if last else self.marks[number].at_s
        return None


def choice_label(choice: str) -> str:
    """What may be told of what a client asked for."""
    return choice if choice == "auto" or choice in set(Tier) else NAMED
