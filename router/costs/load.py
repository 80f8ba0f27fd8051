"""What models on-prem can take, and what they were asked to in their busiest hour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from router.costs.latency import Latency
from router.load.rules import CapacityRules
from router.registry.records import RecordProblem, read_referenced
from router.registry.registry import RegisteredModel
from router.registry.throughput import Throughput, throughput_of

HOUR_S = 3_600


@dataclass(slots=True)
class Asked:
    """Of one model in one hour."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    def add(self, input_tokens: int, output_tokens: int) -> None:
        self.requests += 1
        self.input_tokens += input_tokens
        self.output_tokens += output_tokens


@dataclass(frozen=True, slots=True)
class Limits:
    """`places` are requests at once, in the whole cluster; None where nothing says how many."""

    places: int | None = None
    throughput: Throughput | None = None


@dataclass(frozen=True, slots=True)
class Peak:
    """The busiest hour of a model, by how full it was. `from_s` is its beginning.

    `use` is the part of what the model can take, above 1 where it is more than that, None where
    nobody knows what it can take; `limit` says by what. `without_place` are the requests, of all
    hours, that would have come to a model that was full.
    """

    model: str
    from_s: float
    requests_per_s: float
    input_tokens_per_s: float
    output_tokens_per_s: float
    use: float | None
    limit: str | None
    without_place: int


@dataclass(slots=True)
class Hours:
    """Grows with the models and hours there are, and not with requests."""

    asked: dict[str, dict[int, Asked]] = field(default_factory=dict)

    def add(self, model: str, at_s: float, input_tokens: int, output_tokens: int) -> None:
        hour = int(at_s // HOUR_S)
        of_model = self.asked.setdefault(model, {})
        of_model.setdefault(hour, Asked()).add(input_tokens, output_tokens)

    def peaks(
        self, limits: Mapping[str, Limits], latencies: Mapping[str, Latency]
    ) -> tuple[Peak, ...]:
        """One for each model, the fullest first and those of unknown capacity last."""
        found = [
            _peak(model, hours, limits.get(model, Limits()), latencies.get(model))
            for model, hours in self.asked.items()
        ]
        return tuple(sorted(found, key=lambda peak: (-(peak.use or 0.0), peak.model)))


def limits_of(entry: RegisteredModel, rules: CapacityRules) -> Limits:
    """The model's places, and what its record of throughput says.

    Reads the record that the model's card names, if there is one: one that is not there any more,
    or has no rates, counts for none.
    """
    return Limits(_places(entry, rules), _throughput(entry))


def _places(entry: RegisteredModel, rules: CapacityRules) -> int | None:
    said = rules.models.get(entry.spec.key)
    if said is None:
        return None
    each = said.concurrent
    return said.per_replica * said.replicas if each is None else each * rules.gateways


def _throughput(entry: RegisteredModel) -> Throughput | None:
    reference = entry.card.measured.get("throughput")
    if reference is None:
        return None
    try:
        return throughput_of(read_referenced(reference))
    except RecordProblem:
        return None


def _peak(model: str, hours: Mapping[int, Asked], limits: Limits, took: Latency | None) -> Peak:
    uses = {hour: _use(asked, limits, took) for hour, asked in hours.items()}
    busiest = max(hours, key=lambda hour: (uses[hour][0] or 0.0, hours[hour].requests, -hour))
    asked, (use, limit) = hours[busiest], uses[busiest]
    return Peak(
        model=model,
        from_s=float(busiest * HOUR_S),
        requests_per_s=asked.requests / HOUR_S,
        input_tokens_per_s=asked.input_tokens / HOUR_S,
        output_tokens_per_s=asked.output_tokens / HOUR_S,
        use=use,
        limit=limit,
        without_place=sum(
            round(hours[hour].requests * (1 - 1 / part))
            for hour, (part, _) in uses.items()
            if part is not None and part > 1
        ),
    )


def _use(asked: Asked, limits: Limits, took: Latency | None) -> tuple[float | None, str | None]:
    """The larger of two parts, and what it is of.

    Places: as many requests are at the model at once as come in a second times the seconds that
    each takes (Little, 1961). Throughput: the seconds of work that come in a second, as prices
    have it (`registry/throughput.py`).
    """
    parts: list[tuple[float, str]] = []
    if limits.places and took is not None:
        parts.append((asked.requests / HOUR_S * took.mean_s / limits.places, "places"))
    if limits.throughput is not None:
        rates = limits.throughput
        work_s = (
            asked.input_tokens / rates.input_tokens_per_s
            + asked.output_tokens / rates.output_tokens_per_s
        )
        parts.append((work_s / HOUR_S, "throughput"))
    return max(parts, default=(None, None), key=lambda part: part[0] or 0.0)
