"""`ringfence hardware probe`: this machine's fingerprint, and what became different."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from hardware.accelerator import accelerator
from hardware.differences import Difference, differences
from hardware.fingerprint import EngineFacts, Fingerprint, facts, from_json, to_json
from hardware.gpu_table import GPUS, GPUTable, load_gpus
from hardware.nvml import NVML, Recorder, driver
from hardware.probe import probe as probe_machine
from router.registry.load import load_registry
from router.registry.registry import VllmBackend
from serving.cli.options import EXIT_FAILED, MODELS, AsJson, Models
from serving.cli.output import Steps, cures, fail, out, print_json

GpusFile: TypeAlias = Annotated[
    Path, typer.Option("--gpus", help="A table of GPU types instead of the one that ships.")
]

_GIGA = 1e9


def probe(
    measure: Annotated[
        bool,
        typer.Option(
            "--measure",
            help="Measure memory bandwidth and matrix products of the CPU as well; some seconds.",
        ),
    ] = False,
    against: Annotated[
        Path | None,
        typer.Option(help="What --json printed before: say what is different now."),
    ] = None,
    record_nvml: Annotated[
        Path | None,
        typer.Option(help="Write down what the NVIDIA driver answers, for a bug report."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="ID or ID@VERSION in models.yaml: with what its engine would be told."),
    ] = None,
    models: Models = MODELS,
    gpus: GpusFile = GPUS,
    as_json: AsJson = False,
) -> None:
    """Show this machine's fingerprint: GPUs, CPU, memory, driver, engine and their digests.

    Marked with * is what changes capacity. Exit status: 0, or 1 with --against where something
    that changes capacity is different.

    Example: ringfence hardware probe --measure --json
    """
    with cures():
        table = load_gpus(gpus)
        engine = None if model is None else _engine(model, models)
    before = None if against is None else _fingerprint(against)
    fingerprint = _probed(engine, record_nvml)
    report: dict[str, Any] = {
        "fingerprint": json.loads(to_json(fingerprint)),
        "digest": fingerprint.digest,
        "capacity_digest": fingerprint.capacity_digest,
        "gpu_types": _recognised(fingerprint, table),
        "measured": _measured(fingerprint) if measure else None,
    }
    found = None if before is None else differences(before, fingerprint)
    if found is not None:
        report["differences"] = [asdict(one) for one in found]
    if as_json:
        print_json(report)
    else:
        _print_report(fingerprint, report)
        _print_differences(found)
    if any(one.capacity for one in found or ()):
        raise typer.Exit(EXIT_FAILED)


def _print_report(fingerprint: Fingerprint, report: dict[str, Any]) -> None:
    for fact in facts(fingerprint):
        if fact.value is not None and fact.value != []:
            value = ", ".join(map(str, fact.value)) if isinstance(fact.value, list) else fact.value
            out.print(f"{'*' if fact.capacity else ' '} {fact.name:24} {value}", markup=False)
    if fingerprint.gpus.unknown:
        out.print(f"GPUs: unknown because {'; '.join(fingerprint.gpus.unknown)}", markup=False)
    for found in report["gpu_types"]:
        out.print(f"GPU {found['index']}: {found['id'] or found['problem']}", markup=False)
    measured = report["measured"]
    if measured is not None:
        out.print(
            f"measured: {measured['copy_bytes_per_s'] / _GIGA:.1f} GB/s copied with "
            f"{measured['threads']} threads, {measured['fp32_flops_per_s'] / _GIGA:,.0f} GFLOP/s "
            f"in fp32, in {measured['wall_s']:.1f} s",
            markup=False,
        )
    out.print(f"digest           {report['digest']}", markup=False)
    out.print(f"capacity digest  {report['capacity_digest']}", markup=False)


def _print_differences(found: tuple[Difference, ...] | None) -> None:
    if found is None:
        return
    out.print("different now:" if found else "nothing is different", markup=False)
    for one in found:
        out.print(f"{'*' if one.capacity else ' '} {one}", markup=False)


def _engine(name: str, models: Path) -> EngineFacts:
    """What models.yaml would tell the model's engine here. Raises ValueError, and ConfigError."""
    from benchmarks.throughput.staleness import engine_facts  # noqa: PLC0415

    registry = load_registry(models)
    found = registry.resolve(name)
    if found is None:
        raise ValueError(
            f"{models.name} has no {name}: name one of {', '.join(registry.aliases)} (--model)"
        )
    entry, kind = registry.entries[found.key], accelerator()
    if not isinstance(entry.backend, VllmBackend) or kind not in entry.backend.profiles:
        raise ValueError(f"no engine of ours runs {found.key} on `{kind}`, so it is told nothing")
    return engine_facts(entry.backend.profiles[kind], entry.expected_weights_digest)


def _probed(engine: EngineFacts | None, record_nvml: Path | None) -> Fingerprint:
    recorders: list[Recorder] = []

    @contextmanager
    def recorded() -> Iterator[NVML]:
        with driver() as nvml:
            recorders.append(Recorder(nvml))
            yield recorders[-1]

    with cures():
        fingerprint = probe_machine(engine, nvml=recorded)
    if record_nvml is not None:
        if not recorders:
            why = "; ".join(fingerprint.gpus.unknown) or "no NVIDIA GPU is visible"
            fail(f"nothing to record: {why}")
        _write(record_nvml, json.dumps(recorders[0].answers, indent=2) + "\n")
    return fingerprint


def _recognised(fingerprint: Fingerprint, table: GPUTable) -> list[dict[str, Any]]:
    found = []
    for gpu in fingerprint.gpus.devices:
        spec = table.recognise(gpu.name, gpu.memory_bytes)
        problem = None if spec else table.how_to_add(gpu.name, gpu.memory_bytes)
        found.append({"index": gpu.index, "id": spec.id if spec else None, "problem": problem})
    return found


def _measured(fingerprint: Fingerprint) -> dict[str, Any]:
    from hardware.microbench import beyond_caches, measure  # noqa: PLC0415

    host = fingerprint.host
    with Steps() as steps:
        steps.begin("memory bandwidth and matrix products")
        measured = measure(
            threads=max(1, int(host.cpu.usable_cores)),
            array_bytes=beyond_caches(host.cpu.l3_bytes, host.usable_memory_bytes),
        )
    return asdict(measured)


def _fingerprint(path: Path) -> Fingerprint:
    """Of a file with a fingerprint, or with all that `probe --json` prints."""
    try:
        text = path.read_text()
        read = json.loads(text)
    except OSError as error:
        fail(f"{path} cannot be read: {error.strerror}")
    except ValueError:
        fail(f"{path} is not JSON; write it with `ringfence hardware probe --json`")
    if isinstance(read, dict) and "fingerprint" in read:
        text = json.dumps(read["fingerprint"])
    with cures():
        return from_json(text)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}")
