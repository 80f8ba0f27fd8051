"""What is measured: one model of models.yaml on this machine, and what that is on paper."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from benchmarks.throughput.efficiency import Work, work_of
from benchmarks.throughput.record import slug
from benchmarks.throughput.staleness import engine_facts
from hardware.accelerator import Accelerator, accelerator
from hardware.cpu_spec import cpu_spec
from hardware.fingerprint import Fingerprint
from hardware.gpu_table import GPUTable
from hardware.microbench import beyond_caches, measure
from hardware.probe import probe
from hardware.shape_config import UnknownShape, load_shape
from hardware.specs import GPUSpec
from router.registry.registry import EngineProfile, RegisteredModel, Registry, VllmBackend
from serving.cluster.applications import Ground, applications
from serving.weights import Weights, ensure_weights

DEFAULT_SLOTS = 256
_UNKNOWN_MAX_MODEL_LEN = 2_048
_NOISE = re.compile(r"\((?:r|tm)\)|\b(?:processor|cpu|\d+-core)\b|@.*", re.IGNORECASE)


class NotMeasurable(ValueError):
    """A model that no engine of ours runs here."""


@dataclass(frozen=True, slots=True)
class Subject:
    """`slots` is max_num_seqs: how many sequences the engine runs at a time. `environment` is what
    a replica of it runs under.
    """

    key: str
    profile: EngineProfile
    environment: Mapping[str, str]
    checkpoint: Path
    weights_digest: str
    accelerator: Accelerator
    slots: int
    max_model_len: int
    tensor_parallel_size: int


@dataclass(frozen=True, slots=True)
class Hardware:
    """`gpu` is the id in gpus.yaml, or a name made of the driver's or the CPU's; None of `work`
    where the model's shape or a peak is not known.
    """

    fingerprint: Fingerprint
    gpu: str
    gpus: float
    work: Work | None


def subject_of(registry: Registry, key: str | None) -> Subject:
    """The model of that id or key; without one, the only or first one that an engine serves.

    Effects: weights are converted on first use, and hashed. Raises NotMeasurable, WeightsError.
    """
    entry = _entry(registry, key)
    backend = entry.backend
    assert isinstance(backend, VllmBackend)
    kind = accelerator()
    if kind not in backend.profiles:
        raise NotMeasurable(
            f"{entry.spec.key} has no profile for {kind}: add one to models.yaml, under "
            "`backend.profiles`"
        )
    profile = backend.profiles[kind]
    weights = ensure_weights(backend, entry.expected_weights_digest)
    return Subject(
        key=entry.spec.key,
        profile=profile,
        environment=_environment(entry, weights, kind),
        checkpoint=weights.path,
        weights_digest=weights.digest,
        accelerator=kind,
        slots=_count(profile.engine, "max_num_seqs", DEFAULT_SLOTS),
        max_model_len=_count(profile.engine, "max_model_len", _longest(weights.path)),
        tensor_parallel_size=_count(profile.engine, "tensor_parallel_size", 1),
    )


def served_key(registry: Registry, key: str | None) -> str:
    """The key of the model that `subject_of` would take. Raises NotMeasurable."""
    return _entry(registry, key).spec.key


def hardware_of(subject: Subject, table: GPUTable) -> Hardware:
    """Probes this machine; on a CPU its bandwidth and peak are measured, which takes seconds."""
    fingerprint = probe(engine_facts(subject.profile, subject.weights_digest))
    gpu, spec = _spec(fingerprint, table)
    work = None
    if spec is not None:
        try:
            shape = load_shape(str(subject.checkpoint))
            work = work_of(shape, subject.profile.engine, spec, subject.tensor_parallel_size)
        except UnknownShape:
            work = None
    gpus = float(subject.tensor_parallel_size) if subject.accelerator == "cuda" else 1.0
    return Hardware(fingerprint, gpu, gpus, work)


def gpu_name(fingerprint: Fingerprint, table: GPUTable) -> str:
    """What records of this machine are filed under, and compared within."""
    if not fingerprint.gpus.devices:
        return slug(f"cpu {_NOISE.sub(' ', fingerprint.host.cpu.model or '')}")
    first = fingerprint.gpus.devices[0]
    spec = table.recognise(first.name, first.memory_bytes)
    return slug(first.name) if spec is None else spec.id


def _spec(fingerprint: Fingerprint, table: GPUTable) -> tuple[str, GPUSpec | None]:
    name = gpu_name(fingerprint, table)
    if fingerprint.gpus.devices:
        return name, table.specs.get(name)
    if fingerprint.accelerator == "cuda":
        return name, None
    host = fingerprint.host
    measured = measure(
        threads=max(1, int(host.cpu.usable_cores)),
        array_bytes=beyond_caches(host.cpu.l3_bytes, host.usable_memory_bytes),
    )
    return name, cpu_spec(host, measured, "measured before this run")


def _environment(entry: RegisteredModel, weights: Weights, kind: Accelerator) -> dict[str, str]:
    """That of the application which a cluster would run. Raises NotMeasurable."""
    key = entry.spec.key
    made = applications(Registry({key: entry}, {}), {key: weights}, Ground(kind, "", 0.0))
    if key not in made:
        raise NotMeasurable(f"{key} is retired: name another with --model")
    environment = made[key].args["env"]
    assert isinstance(environment, dict)
    return {name: str(value) for name, value in environment.items()}


def _longest(checkpoint: Path) -> int:
    """What vLLM takes for max_model_len where nobody says it: all that the model was made for."""
    try:
        return load_shape(str(checkpoint)).max_context_tokens
    except UnknownShape:
        return _UNKNOWN_MAX_MODEL_LEN


def _entry(registry: Registry, key: str | None) -> RegisteredModel:
    served = {
        name: entry
        for name, entry in registry.entries.items()
        if isinstance(entry.backend, VllmBackend)
    }
    if not served:
        raise NotMeasurable("models.yaml has no model that an engine of ours serves")
    if key is None:
        return next(iter(served.values()))
    spec = registry.resolve(key)
    found = None if spec is None else served.get(spec.key)
    if found is None:
        raise NotMeasurable(
            f"no engine of ours serves {key}: name one of {', '.join(served)} with --model"
        )
    return found


def _count(engine: Mapping[str, JsonValue], name: str, default: int) -> int:
    value = engine.get(name, default)
    return value if isinstance(value, int) and not isinstance(value, bool) else default
