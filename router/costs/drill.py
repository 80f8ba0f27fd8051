"""What would have happened to the requests of a time with a model gone, or at another price."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from router.costs.figures import Figures, Pair
from router.costs.latency import Latency
from router.costs.load import Hours, Limits, Peak
from router.costs.roi import Interval, quality_of
from router.policy.policy import Rules
from router.policy.simulate import Sent, Tally
from router.policy.traffic import Made


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of models, by key: their quality for a task, how long they take, and what those
    on-prem can take at once.
    """

    figures: Figures = field(default_factory=dict)
    latencies: Mapping[str, Latency] = field(default_factory=dict)
    limits: Mapping[str, Limits] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quality:
    """Of the `requests` that are answered before and after, by models that have figures."""

    requests: int
    before: Interval
    after: Interval
    gained: Interval
    missing: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class MeanLatency:
    """Of the requests whose models, before and after, answered something in that time."""

    requests: int
    before_s: float
    after_s: float


@dataclass(frozen=True, slots=True)
class Drill:
    """Beside what the same rules do without the change, so that the difference is due to it alone.

    A request counts for the first model of its plan; `refused` are those that have none after, and
    had one before. Costs are by the registry's prices and the tokens that a request took.
    """

    requests: int
    moved: int
    refused: int
    destinations: tuple[tuple[str, Tally, Tally], ...]
    cost_before_nano_usd: int
    cost_after_nano_usd: int
    quality: Quality | None
    latency: MeanLatency | None
    peaks_before: tuple[Peak, ...]
    peaks: tuple[Peak, ...]


@dataclass(slots=True)
class _Replay:
    """Sums alone: it does not grow with the requests."""

    requests: int = 0
    moved: int = 0
    refused: int = 0
    before: dict[str, Tally] = field(default_factory=dict)
    after: dict[str, Tally] = field(default_factory=dict)
    pairs: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Requests by task and model before and after."""
    hours_before: Hours = field(default_factory=Hours)
    hours: Hours = field(default_factory=Hours)


def drill(made: Iterable[Made], before: Rules, after: Rules, day: date, known: Known) -> Drill:
    """Where `made` would go under `after`, and did or would under `before`. Reads no database."""
    seen = _Replay()
    was_sent, is_sent = Sent(before, day), Sent(after, day)
    answering, ours = frozenset(before.registry.entries), known.limits.keys()
    for request in made:
        was = was_sent.destination(request.kind, request.features).first
        goes = is_sent.destination(request.kind, request.features).first
        seen.requests += 1
        seen.moved += was != goes
        seen.refused += was in answering and goes not in answering
        seen.before.setdefault(was, Tally()).add(was_sent.cost_nano_usd(request, was))
        seen.after.setdefault(goes, Tally()).add(is_sent.cost_nano_usd(request, goes))
        if was in answering and goes in answering:
            seen.pairs[request.features.task.value, was, goes] += 1
        for hours, model in ((seen.hours_before, was), (seen.hours, goes)):
            if model in ours and request.made_at_s is not None:
                tokens = request.input_tokens, request.output_tokens
                hours.add(model, request.made_at_s, *tokens)
    return Drill(
        requests=seen.requests,
        moved=seen.moved,
        refused=seen.refused,
        destinations=tuple(
            (name, seen.before.get(name, Tally()), seen.after.get(name, Tally()))
            for name in dict.fromkeys((*seen.before, *seen.after))
        ),
        cost_before_nano_usd=sum(tally.cost_nano_usd for tally in seen.before.values()),
        cost_after_nano_usd=sum(tally.cost_nano_usd for tally in seen.after.values()),
        quality=_quality(seen.pairs, known.figures),
        latency=_latency(seen.pairs, known.latencies),
        peaks_before=seen.hours_before.peaks(known.limits, known.latencies),
        peaks=seen.hours.peaks(known.limits, known.latencies),
    )


def _quality(pairs: Counter[tuple[str, str, str]], figures: Figures) -> Quality | None:
    """None of no requests at all. Requests without both figures are left out, and are `missing`."""
    before: Counter[Pair] = Counter()
    after: Counter[Pair] = Counter()
    missing: Counter[Pair] = Counter()
    requests = 0
    for (task, was, goes), count in pairs.items():
        lacking = {(task, was), (task, goes)} - figures.keys()
        missing.update(dict.fromkeys(lacking, count))
        if not lacking:
            requests += count
            before[task, was] += count
            after[task, goes] += count
    if not pairs:
        return None
    nothing = Interval(0.0, 0.0, 0.0)
    in_order = tuple(sorted(missing, key=lambda pair: (-missing[pair], pair)))
    if not requests:
        return Quality(0, nothing, nothing, nothing, in_order)
    had, has = ({pair: n / requests for pair, n in each.items()} for each in (before, after))
    unlike = {pair: has.get(pair, 0.0) - had.get(pair, 0.0) for pair in sorted(has | had)}
    return Quality(
        requests=requests,
        before=quality_of(had, figures),
        after=quality_of(has, figures),
        gained=quality_of(unlike, figures, -1.0),
        missing=in_order,
    )


def _latency(
    pairs: Counter[tuple[str, str, str]], latencies: Mapping[str, Latency]
) -> MeanLatency | None:
    known = {(was, goes): 0 for _, was, goes in pairs if {was, goes} <= latencies.keys()}
    for (_, was, goes), count in pairs.items():
        if (was, goes) in known:
            known[was, goes] += count
    requests = sum(known.values())
    if not requests:
        return None
    before_s = sum(count * latencies[was].mean_s for (was, _), count in known.items())
    after_s = sum(count * latencies[goes].mean_s for (_, goes), count in known.items())
    return MeanLatency(requests, before_s / requests, after_s / requests)
