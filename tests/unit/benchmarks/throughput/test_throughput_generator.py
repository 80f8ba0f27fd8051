"""The load goes where it is sent, with nobody's keys or proxies, and it says when it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from throughput_cases import ALL, OBJECTIVE, OFFLINE, SLOTS, WordTokenizer

from benchmarks.throughput.endpoint import EndpointRefused, require_answering
from benchmarks.throughput.generator import (
    Arrivals,
    GeneratorFailed,
    LoadGenerator,
    Target,
    arguments,
    environment,
)
from benchmarks.throughput.measure import Bench, Door, NothingAnswered
from benchmarks.throughput.samples import answered
from benchmarks.throughput.scenario import Kind, Layer, Lengths, Scenario
from benchmarks.throughput.workload import CheckpointTokenizer, workload
from serving.cluster.ports import free_port
from serving.simulator.config import SimulatorConfig
from serving.simulator.process import SimulatorProcess
from serving.weights.location import locate_embedded

SENT = workload(OFFLINE, 0, SLOTS, 1, WordTokenizer())
TWO_AT_A_TIME = Scenario(Kind.CLOSED, Lengths(16, 4), ALL, 1, min_requests=4, concurrency=2)
TARGET = Target("http://127.0.0.1:1", "sim-small", "a-secret-key")


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(SimulatorConfig(completion_tokens=8)) as running:
        yield running


def test_the_key_is_in_no_argument_that_others_see() -> None:
    said = arguments(TARGET, SENT, Arrivals(), folder=Path("/a"), tokenizer=Path("/b"), seed=1)

    assert not any("a-secret-key" in part for part in said)
    assert "a-secret-key" not in repr(TARGET)


@pytest.mark.parametrize(
    ("arrivals", "option", "value"),
    [
        (Arrivals(rate=0.25), "--request-rate", "0.25"),
        (Arrivals(concurrency=4), "--max-concurrency", "4"),
    ],
)
def test_arrivals_are_what_was_asked_for(arrivals: Arrivals, option: str, value: str) -> None:
    said = arguments(TARGET, SENT, arrivals, folder=Path("/a"), tokenizer=Path("/b"), seed=1)

    assert said[said.index(option) + 1] == value
    assert {"--ignore-eos", "--disable-shuffle", "--skip-chat-template"} <= set(said)


def test_the_load_inherits_no_proxy_no_key_and_no_hub() -> None:
    inherited = {"HTTPS_PROXY": "x", "no_proxy": "x", "OPENAI_API_KEY": "x", "PATH": "/bin"}

    kept = environment(inherited)

    assert kept["PATH"] == "/bin"
    assert kept["HF_HUB_OFFLINE"] == "1"
    assert not {"HTTPS_PROXY", "no_proxy", "OPENAI_API_KEY"} & set(kept)


def test_an_endpoint_that_answers_for_the_model_is_taken(simulator: SimulatorProcess) -> None:
    require_answering(Target(simulator.origin, "sim-small"))


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (Target(f"http://127.0.0.1:{free_port()}", "m"), "nothing answers"),
        (Target("http://", "m"), "--url"),
        (Target("no url at all", "m"), "--url"),
    ],
)
def test_an_endpoint_that_is_none_is_refused(target: Target, said: str) -> None:
    with pytest.raises(EndpointRefused, match=said):
        require_answering(target)


def test_a_model_that_is_not_served_is_refused_with_those_that_are(
    simulator: SimulatorProcess,
) -> None:
    with pytest.raises(EndpointRefused, match="sim-small, sim-large"):
        require_answering(Target(simulator.origin, "another"))


def test_a_path_that_is_no_api_is_refused(simulator: SimulatorProcess) -> None:
    with pytest.raises(EndpointRefused, match="404"):
        require_answering(Target(f"{simulator.origin}/somewhere", "sim-small"))


def test_a_generator_that_was_not_started_says_so(tmp_path: Path) -> None:
    with pytest.raises(GeneratorFailed, match="does not run"):
        LoadGenerator(tmp_path, tmp_path).run(TARGET, SENT, Arrivals(), 1, 1.0)


@pytest.fixture(scope="module")
def checkpoint() -> Path:
    return locate_embedded("smollm2-135m-instruct").path


@pytest.fixture(scope="module")
def generator(
    checkpoint: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LoadGenerator]:
    """Importing vLLM takes it 20 s, and more on a busy machine: once for all that need it."""
    with LoadGenerator(tmp_path_factory.mktemp("generator"), checkpoint) as running:
        running.wait()
        yield running


@pytest.mark.timeout(600)
def test_vllms_own_load_generator_sends_what_it_is_told_and_its_result_is_read(
    generator: LoadGenerator, simulator: SimulatorProcess, checkpoint: Path
) -> None:
    sent = workload(TWO_AT_A_TIME, 0, 1, 1, CheckpointTokenizer(checkpoint))

    target = Target(simulator.origin, "sim-small", "a-key")
    said = generator.run(target, sent, Arrivals(concurrency=2), 1, 120.0)

    came = answered(said)
    assert [sample.osl for sample in came.samples] == [4, 4, 4, 4]
    assert came.failures == {}
    assert generator.cpu_s() > 0
    # Neither prompts nor answers stay behind.
    assert "generated_texts" not in said
    assert [file.name for file in generator.directory.iterdir()] == ["generator.log"]
    log = (generator.directory / "generator.log").read_text()
    assert not any(request.prompt in log for request in sent.requests)


@pytest.mark.timeout(600)
def test_a_layer_is_measured_scenario_by_scenario(
    generator: LoadGenerator, simulator: SimulatorProcess, checkpoint: Path
) -> None:
    lengths = Lengths(16, 4)
    offline = Scenario(Kind.OFFLINE, lengths, ALL, 2, waves=2.0)
    half = Scenario(Kind.OPEN, lengths, ALL, 1, waves=2.0, load=0.5)
    assert simulator.pid is not None
    served = {simulator.pid: psutil.Process(simulator.pid)}
    door = Door(Layer.GATEWAY, Target(simulator.origin, "sim-small"), lambda: served)

    bench = _bench(generator, checkpoint)
    found = list(bench.measure(door, [offline, TWO_AT_A_TIME, half]))

    assert [run.kind for run in found] == [Kind.OFFLINE, Kind.OFFLINE, Kind.CLOSED, Kind.OPEN]
    assert {run.layer for run in found} == {Layer.GATEWAY}
    assert all(run.failures == {} and run.output_tokens == 16 for run in found)
    assert all(run.cpu.served_s is not None for run in found)
    assert found[-1].rate == pytest.approx(0.5 * bench.capacities[lengths])
    assert found[0].workload_digest != found[1].workload_digest


@pytest.mark.timeout(600)
def test_a_layer_of_which_most_requests_fail_is_not_measured(
    generator: LoadGenerator, checkpoint: Path
) -> None:
    nobody = Door(Layer.GATEWAY, Target(f"http://127.0.0.1:{free_port()}", "m"), None)

    with pytest.raises(NothingAnswered, match="ClientConnectorError"):
        next(_bench(generator, checkpoint).measure(nobody, [TWO_AT_A_TIME]))


@pytest.mark.timeout(600)
def test_an_open_loop_needs_to_know_what_its_load_is_of(
    generator: LoadGenerator, simulator: SimulatorProcess, checkpoint: Path
) -> None:
    half = Scenario(Kind.OPEN, Lengths(16, 4), ALL, 1, load=0.5)
    door = Door(Layer.GATEWAY, Target(simulator.origin, "sim-small"), None)

    with pytest.raises(GeneratorFailed, match="no offline run of 16/4"):
        next(_bench(generator, checkpoint).measure(door, [half]))


def _bench(generator: LoadGenerator, checkpoint: Path) -> Bench:
    return Bench(
        generator=generator,
        tokenizer=CheckpointTokenizer(checkpoint),
        slots=2,
        gpus=1.0,
        seed=1,
        objective=OBJECTIVE,
        work=None,
        on_progress=lambda _: None,
    )
