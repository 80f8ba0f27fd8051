"""Runs → what people ask for: rates to price by, what a layer costs, where the knee is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.throughput.figures import median
from benchmarks.throughput.record import Objective, Point, Run
from benchmarks.throughput.scenario import Kind, Layer

KEPT_SHARE = 0.95


@dataclass(frozen=True, slots=True)
class LayerCost:
    """A layer beside the engine alone, on the same requests. `low` and `high` are the extremes of
    the repeats; a ratio or difference is None where the engine alone was not measured.
    """

    layer: Layer
    scenario: str
    repeats: int
    output_tokens_per_s: float
    ratio: float | None
    low: float | None
    high: float | None
    cpu_ms_per_output_token: float | None


@dataclass(frozen=True, slots=True)
class AddedTTFT:
    layer: Layer
    ttft_p50_ms: float
    added_ms: float | None


def of_scenario(runs: Iterable[Run], layer: Layer, scenario: str) -> tuple[Run, ...]:
    """Its repeats, in order."""
    found = (run for run in runs if run.layer is layer and run.scenario == scenario)
    return tuple(sorted(found, key=lambda run: run.repeat))


def made_per_s(run: Run) -> float:
    """Output tokens a second of the steady part; of the whole run where it has none."""
    return run.output_tokens_per_s if run.steady is None else run.steady.output_tokens_per_s


def prefill_rate(runs: Sequence[Run]) -> float | None:
    """Prompt tokens a second where nothing but prefill is done; None where that was not run."""
    return _rate(runs, Kind.PREFILL, lambda run: run.input_tokens_per_s)


def decode_rate(runs: Sequence[Run]) -> float | None:
    """Output tokens a second where nothing but decode is done; None where that was not run."""
    return _rate(runs, Kind.DECODE, made_per_s)


def layer_costs(runs: Sequence[Run]) -> Iterator[LayerCost]:
    """Of every offline scenario, at every layer."""
    for scenario in _scenarios(runs, Kind.OFFLINE):
        alone = {run.repeat: run for run in of_scenario(runs, Layer.ENGINE, scenario)}
        for layer in Layer:
            here = of_scenario(runs, layer, scenario)
            made = median([made_per_s(run) for run in here])
            if made is None:
                continue
            ratios = [
                made_per_s(run) / made_per_s(alone[run.repeat])
                for run in here
                if run.repeat in alone
            ]
            cpu_ms = [ms for run in here if (ms := run.cpu.ms_per_output_token) is not None]
            yield LayerCost(
                layer=layer,
                scenario=scenario,
                repeats=len(here),
                output_tokens_per_s=made,
                ratio=median(ratios),
                low=min(ratios, default=None),
                high=max(ratios, default=None),
                cpu_ms_per_output_token=median(cpu_ms),
            )


def added_ttft(runs: Sequence[Run]) -> Iterator[AddedTTFT]:
    """Unloaded, on a conversation that was seen before: medians over repeats of medians."""
    seen: dict[Layer, float] = {}
    for layer in Layer:
        of_layer = [run for run in runs if run.kind is Kind.UNLOADED and run.layer is layer]
        p50_s = median([run.ttft_s.p50 for run in of_layer if run.ttft_s is not None])
        if p50_s is None:
            continue
        seen[layer] = p50_s * 1_000
        alone = seen.get(Layer.ENGINE)
        yield AddedTTFT(layer, seen[layer], None if alone is None else seen[layer] - alone)


def is_kept(run: Run, objective: Objective) -> bool:
    """Whether an open loop's rate was answered, and soon enough.

    Arrivals take requests/rate, and what is left of the run ought to be the last answer only.
    """
    if run.rate is None or run.ttft_s is None or run.e2e_s is None:
        return False
    offered_s = run.requests / run.rate
    took_s = run.duration_s - run.e2e_s.p50
    return run.ttft_s.p95 <= objective.ttft_s and offered_s >= KEPT_SHARE * took_s


def knees(runs: Sequence[Run], objective: Objective) -> dict[tuple[Layer, str], float]:
    """The highest rate that was kept in most repeats, in requests a second, by layer and lengths.

    Nothing of lengths whose lowest rate was too much already.
    """
    found: dict[tuple[Layer, str], float] = {}
    for layer in Layer:
        for scenario in _scenarios(runs, Kind.OPEN):
            here = of_scenario(runs, layer, scenario)
            kept = sum(is_kept(run, objective) for run in here)
            if not here or kept * 2 < len(here):
                continue
            rate = here[0].rate or 0.0
            where = (layer, scenario.partition(" ")[2])
            found[where] = max(rate, found.get(where, 0.0))
    return found


def points(runs: Sequence[Run]) -> tuple[Point, ...]:
    """Closed and open loops at the innermost layer, medians over repeats, to calibrate by."""
    layer = next((one for one in Layer if any(run.layer is one for run in runs)), None)
    if layer is None:
        return ()
    names = dict.fromkeys(run.scenario for run in runs if run.kind in (Kind.CLOSED, Kind.OPEN))
    found = (_point(of_scenario(runs, layer, name)) for name in names)
    return tuple(point for point in found if point is not None)


def _point(runs: Sequence[Run]) -> Point | None:
    whole = [run for run in runs if run.ttft_s is not None and run.tpot_s is not None]
    if not whole:
        return None

    def middle(figure: Callable[[Run], float]) -> float:
        found = median([figure(run) for run in whole])
        assert found is not None
        return found

    return Point(
        isl=middle(lambda run: run.input_tokens / max(1, run.requests)),
        osl=middle(lambda run: run.output_tokens / max(1, run.requests)),
        output_tokens_per_s=middle(made_per_s),
        ttft_p50_s=middle(lambda run: run.ttft_s.p50 if run.ttft_s else 0.0),
        ttft_p95_s=middle(lambda run: run.ttft_s.p95 if run.ttft_s else 0.0),
        tpot_p50_s=middle(lambda run: run.tpot_s.p50 if run.tpot_s else 0.0),
        concurrency=whole[0].concurrency,
        rate=whole[0].rate,
    )


def _rate(runs: Sequence[Run], kind: Kind, figure: Callable[[Run], float]) -> float | None:
    """At the innermost layer that has it."""
    for layer in Layer:
        found = median([figure(run) for run in runs if run.kind is kind and run.layer is layer])
        if found is not None:
            return found
    return None


def _scenarios(runs: Iterable[Run], kind: Kind) -> list[str]:
    return list(dict.fromkeys(run.scenario for run in runs if run.kind is kind))
