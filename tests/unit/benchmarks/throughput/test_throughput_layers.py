"""What a layer costs is a ratio on the same requests; the knee is the last rate that was kept."""

from __future__ import annotations

import pytest
from throughput_cases import ALL, OBJECTIVE, OPEN, SHORT, SLOTS, record, run, runs

from benchmarks.throughput.scenario import Kind, Layer, Scenario
from benchmarks.throughput.summary import (
    added_ttft,
    decode_rate,
    knees,
    layer_costs,
    points,
    prefill_rate,
)

LAYERS = {Layer.ENGINE: 1.0, Layer.SERVE: 0.98, Layer.GATEWAY: 0.95}


def test_a_layer_costs_its_share_of_the_engine() -> None:
    found = {cost.layer: cost for cost in layer_costs(runs(noise=0, layers=LAYERS))}

    assert found[Layer.ENGINE].ratio == pytest.approx(1.0)
    assert found[Layer.SERVE].ratio == pytest.approx(0.98, rel=1e-4)
    assert found[Layer.GATEWAY].ratio == pytest.approx(0.95, rel=1e-4)
    assert found[Layer.GATEWAY].cpu_ms_per_output_token == pytest.approx(8_000 / (16 * 64))


def test_without_the_engine_alone_there_is_no_ratio() -> None:
    (cost,) = layer_costs(runs(layers={Layer.GATEWAY: 1.0}))

    assert (cost.ratio, cost.low, cost.high) == (None, None, None)


def test_the_first_token_is_later_by_what_the_layers_take() -> None:
    added = {one.layer: one.added_ms for one in added_ttft(runs(noise=0, layers=LAYERS))}

    assert added[Layer.ENGINE] == pytest.approx(0)
    assert added[Layer.GATEWAY] == pytest.approx(100 / 0.95 - 100, rel=1e-3)


def test_rates_to_price_by_are_those_of_the_innermost_layer() -> None:
    found = runs(noise=0, layers=LAYERS)

    assert decode_rate(found) == pytest.approx(SLOTS / 0.02, rel=1e-4)
    assert prefill_rate(found) == pytest.approx(512 * 12 / 0.2, rel=1e-4)
    assert decode_rate(runs(noise=0, layers={Layer.GATEWAY: 0.5})) == pytest.approx(
        SLOTS / 0.04, rel=1e-4
    )


def test_without_such_runs_there_are_no_rates() -> None:
    assert record([run()]).input_tokens_per_s is None
    assert record([run()]).output_tokens_per_s is None
    assert points([]) == ()


def _open(load: float, rate: float, ttft_s: float = 0.1) -> list[object]:
    scenario = Scenario(Kind.OPEN, SHORT, ALL, 1, waves=2.0, load=load)
    return [run(scenario, repeat=repeat, rate=rate, ttft_s=ttft_s) for repeat in range(3)]


def test_the_knee_is_the_highest_rate_that_kept_the_objective() -> None:
    # 16 requests come in 2.72 s from the first to the last answer, and an answer takes 1.36 s.
    found = [*_open(0.5, 4.0), *_open(0.8, 6.0), *_open(1.0, 20.0)]

    assert knees(found, OBJECTIVE) == {(Layer.ENGINE, "128/64"): 6.0}


def test_a_rate_whose_first_tokens_are_late_is_beyond_the_knee() -> None:
    found = [*_open(0.5, 4.0), *_open(0.8, 6.0, ttft_s=2.0)]

    assert knees(found, OBJECTIVE) == {(Layer.ENGINE, "128/64"): 4.0}


def test_where_even_the_lowest_rate_is_too_much_there_is_no_knee() -> None:
    assert knees([run(OPEN, rate=100.0)], OBJECTIVE) == {}
