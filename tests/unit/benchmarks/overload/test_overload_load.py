"""The load of the overload benchmark, against a simulator on a real socket."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator

import pytest

from benchmarks.overload.load import Phase, Target, run_phase
from benchmarks.overload.measure import NothingAnswered, waits
from benchmarks.overload.scenario import Scenario, Workload
from serving.simulator.config import SimulatorConfig
from serving.simulator.process import SimulatorProcess

WORKLOAD = Workload(quiet_rps=50, clients=3, seconds=0.2, warm_up_s=0, repeats=1)


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(SimulatorConfig(record=True)) as running:
        yield running


def target(simulator: SimulatorProcess) -> Target:
    simulator.configure()
    simulator.clear()
    return Target(simulator.origin, "quiet-key", "flood-key")


def keys(simulator: SimulatorProcess) -> Counter[str]:
    return Counter(each.headers["authorization"] for each in simulator.requests())


async def test_in_a_calm_only_the_quiet_team_asks(simulator: SimulatorProcess) -> None:
    phase = await run_phase(target(simulator), Scenario.CALM, WORKLOAD)
    assert phase.quiet == {"200": 10}
    assert len(phase.latencies_s) == 10
    assert phase.flood == {}
    assert keys(simulator) == {"Bearer quiet-key": 10}


@pytest.mark.parametrize("scenario", [Scenario.PRIVATE_FLOOD, Scenario.FAST_FLOOD])
async def test_in_a_flood_another_team_asks_as_well(
    simulator: SimulatorProcess, scenario: Scenario
) -> None:
    phase = await run_phase(target(simulator), scenario, WORKLOAD)
    assert phase.quiet == {"200": 10}
    assert keys(simulator)["Bearer quiet-key"] == 10
    assert keys(simulator)["Bearer flood-key"] >= phase.flood["200"] > 0


async def test_what_is_turned_away_is_counted_and_has_no_latency(
    simulator: SimulatorProcess,
) -> None:
    aimed = target(simulator)
    simulator.configure(error_rate=1.0, error_status=429, retry_after_s=60)
    phase = await run_phase(aimed, Scenario.PRIVATE_FLOOD, WORKLOAD)
    assert (phase.quiet, phase.latencies_s) == ({"429": 10}, [])
    with pytest.raises(NothingAnswered):
        waits(Scenario.PRIVATE_FLOOD, [phase])


async def test_a_gateway_that_is_not_there_answers_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    phase = await run_phase(Target(f"http://127.0.0.1:{port}", "a", "b"), Scenario.CALM, WORKLOAD)
    assert phase.quiet == {"0": 10}


def test_figures_are_of_all_repeats_together_and_of_each() -> None:
    phases = [
        Phase(Scenario.CALM, [0.1] * 19 + [0.5], Counter({"200": 20}), Counter()),
        Phase(Scenario.CALM, [0.2] * 20, Counter({"200": 20}), Counter({"429": 3})),
    ]
    found = waits(Scenario.CALM, phases)
    assert (found.n, found.p50_ms, found.p95_ms, found.max_ms) == (40, 200, 200, 500)
    assert found.p95_each_ms == (100, 200)
    assert (found.quiet_statuses, found.flood_statuses) == ({"200": 40}, {"429": 3})
