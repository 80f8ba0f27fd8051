"""How models stand at one moment: what a decision may know of load and health. Frozen."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from router.load.gates import Load
from router.telemetry.paces import Pace


@dataclass(frozen=True, slots=True)
class ModelCondition:
    """Of one model, as this gateway sees it.

    `places` is how many requests of this gateway it takes at once, None where nobody knows.
    `ttft_s` and `tpot_s` are smoothed over what it answered lately, None where it answered nothing.
    """

    running: int = 0
    waiting: int = 0
    places: int | None = None
    breaker_open: bool = False
    ttft_s: float | None = None
    tpot_s: float | None = None

    def latency_s(self, output_tokens: float) -> float | None:
        """How long an answer of so many tokens takes from now on; None where nobody knows.

        Its turn, its first token, and each of the rest. Where all places are taken, those that wait
        and the request itself go in as answers end, `places` of them in the time of one: the wait
        of a queue with as many servers whose service times are alike.
        """
        if self.ttft_s is None and self.tpot_s is None:
            return None
        service_s = (self.ttft_s or 0.0) + output_tokens * (self.tpot_s or 0.0)
        if self.places is None or self.running + self.waiting < self.places:
            return service_s
        return service_s + service_s * (self.waiting + 1) / max(1, self.places)


@dataclass(frozen=True, slots=True)
class Conditions:
    """By registry key; of what is not in it, nothing is known.

    `predicted` is the quality in [0, 1] that a learned router expects for this very request, None
    where there is none, or it has nothing to say.
    """

    models: Mapping[str, ModelCondition] = field(default_factory=dict)
    predicted: Mapping[str, float] | None = None

    def of(self, key: str) -> ModelCondition:
        return self.models.get(key, _UNKNOWN)


_UNKNOWN = ModelCondition()


def conditions_of(
    loads: Mapping[str, Load], open_breakers: Collection[str], paces: Mapping[str, Pace]
) -> Conditions:
    """From what gates, breakers and finished answers say of models, by registry key. Pure."""
    models: dict[str, ModelCondition] = {}
    for key in {*loads, *open_breakers, *paces}:
        load, pace = loads.get(key), paces.get(key)
        levels = () if load is None else load.levels.values()
        models[key] = ModelCondition(
            running=sum(level.inside for level in levels),
            waiting=sum(level.waiting for level in levels),
            places=None if load is None else load.size.places,
            breaker_open=key in open_breakers,
            ttft_s=None if pace is None else pace.ttft_s,
            tpot_s=None if pace is None else pace.tpot_s,
        )
    return Conditions(models)
