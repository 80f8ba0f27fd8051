"""A run's record: every figure with what it was measured on, with what, and what it means.

JSON under benchmarks/results/throughput/GPU/MODEL/, one file a run, of a versioned schema
(record.schema.json beside this file). Its digest is over all of its content: a figure that somebody
changed by hand is refused when it is read.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, JsonValue, ValidationError

from benchmarks.throughput.figures import Part, Spread
from benchmarks.throughput.scenario import Kind, Layer
from hardware.fingerprint import Fingerprint, NotAFingerprint, from_json

SCHEMA_VERSION: Final = 1
MAX_BYTES = 64 * 1024 * 1024


class RecordRefused(ValueError):
    """A file that is no record of this release, or not the one that was written."""


class Objective(Part):
    """What an answer has to keep to count as good, in seconds."""

    ttft_s: float
    tpot_s: float


class Cpu(Part):
    """`served_s` is None of an endpoint that ran already: its processes are not known."""

    served_s: float | None
    client_s: float
    ms_per_output_token: float | None
    others_share: float | None


class Power(Part):
    mean_w: float
    peak_w: float
    joules_per_output_token: float | None
    samples: int
    throttled: tuple[str, ...]


class SteadyPart(Part):
    begin_s: float
    duration_s: float
    output_tokens: float
    output_tokens_per_s: float
    input_tokens: int
    at_a_time: float
    context_tokens: float


class Samples(Part):
    """The requests that were answered, as columns: `index` is the place in the workload."""

    index: tuple[int, ...]
    start_s: tuple[float, ...]
    ttft_s: tuple[float, ...]
    e2e_s: tuple[float, ...]
    isl: tuple[int, ...]
    osl: tuple[int, ...]


class Run(Part):
    """One scenario at one layer, once."""

    layer: Layer
    scenario: str
    kind: Kind
    isl: int
    osl: int
    is_mix: bool
    repeat: int
    concurrency: int | None
    rate: float | None
    workload_digest: str
    requests: int
    failures: dict[str, int]
    duration_s: float
    input_tokens: int
    output_tokens: int
    request_per_s: float
    goodput_per_s: float
    input_tokens_per_s: float
    output_tokens_per_s: float
    output_tokens_per_s_per_gpu: float
    steady: SteadyPart | None
    ttft_s: Spread | None
    tpot_s: Spread | None
    itl_s: Spread | None
    e2e_s: Spread | None
    cpu: Cpu
    power: Power | None
    mfu: float | None
    mbu: float | None
    flops_per_byte: float | None
    warnings: tuple[str, ...]
    samples: Samples


class Point(Part):
    """A MeasuredPoint of `hardware.queueing_calibrate`: `plan --measured` reads a record."""

    isl: float
    osl: float
    output_tokens_per_s: float
    ttft_p50_s: float
    ttft_p95_s: float
    tpot_p50_s: float
    concurrency: int | None
    rate: float | None


class Cost(Part):
    """Of the rates at the top of the record; as `router.registry.throughput` computes a price."""

    gpu_hour_usd: float
    input_usd_per_mtok: float
    output_usd_per_mtok: float


class PeaksUsed(Part):
    flops_per_s: float
    bytes_per_s: float
    source: str


class ThroughputRecord(Part):
    """`input_tokens_per_s` and `output_tokens_per_s` are what models.yaml prices by; `gpu`,
    `tensor_parallel_size` and `points` are what `ringfence plan --measured` reads.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    suite: Literal["throughput"] = "throughput"
    digest: str = ""
    measured_at: datetime
    commit: str
    uncommitted_changes: bool
    profile: str
    model: str
    gpu: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
    gpus: float
    tensor_parallel_size: int
    fingerprint: dict[str, JsonValue]
    fingerprint_digest: str
    capacity_digest: str
    generator: str
    libraries: dict[str, str]
    slots: int
    seed: int
    objective: Objective
    peaks: PeaksUsed | None
    definitions: dict[str, str]
    workload_digest: str
    input_tokens_per_s: float | None
    output_tokens_per_s: float | None
    cost: Cost | None
    points: tuple[Point, ...]
    skipped: tuple[str, ...]
    warnings: tuple[str, ...]
    runs: tuple[Run, ...]

    @property
    def measured_on(self) -> Fingerprint:
        """Raises RecordRefused for a fingerprint of another schema."""
        try:
            return from_json(json.dumps(self.fingerprint))
        except NotAFingerprint as error:
            raise RecordRefused(str(error)) from None

    @property
    def layers(self) -> tuple[Layer, ...]:
        here = {run.layer for run in self.runs}
        return tuple(layer for layer in Layer if layer in here)


def save(record: ThroughputRecord, results: Path) -> Path:
    """Writes it, sealed, below `results`; returns its path. A file is never overwritten."""
    folder = results / record.gpu / slug(record.model)
    folder.mkdir(parents=True, exist_ok=True)
    stamp = record.measured_at.strftime("%Y%m%dT%H%M%SZ")
    path = folder / f"{stamp}-{record.commit[:7]}.json"
    with path.open("x", encoding="utf-8") as file:
        file.write(to_json(record))
    return path


def to_json(record: ThroughputRecord) -> str:
    """With the digest of all of it."""
    content = record.model_dump(mode="json")
    content["digest"] = digest_of(content)
    return json.dumps(content, indent=1) + "\n"


def read(path: Path) -> ThroughputRecord:
    """Raises RecordRefused, with what is wrong and what to do."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise RecordRefused(f"{path} is over {MAX_BYTES} bytes, and no record")
        return parse(path.read_text("utf-8"), str(path))
    except OSError as error:
        raise RecordRefused(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RecordRefused(f"{path} is no JSON: name a record of `bench throughput`") from None


def parse(text: str, name: str) -> ThroughputRecord:
    """The record in what was read from `name`. Raises RecordRefused."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict) or content.get("suite") != "throughput":
        raise RecordRefused(f"{name} is no record of `ringfence bench throughput`: name one")
    version = content.get("schema_version")
    if version != SCHEMA_VERSION or isinstance(version, bool):
        raise RecordRefused(
            f"{name} has another schema than {SCHEMA_VERSION}, which this release reads: measure "
            "again, or read it with the release that wrote it"
        )
    if content.get("digest") != digest_of(content):
        raise RecordRefused(
            f"{name} is not what was measured: its digest is of other content. Put the file back "
            "that was written, or measure again"
        )
    try:
        return ThroughputRecord.model_validate_json(text)
    except ValidationError as error:
        at = ".".join(map(str, error.errors(include_input=False)[0]["loc"]))
        raise RecordRefused(f"{name} is no record of this release: see `{at}`") from None


def digest_of(content: Mapping[str, Any]) -> str:
    """Of everything but the digest itself, whatever its order and spaces."""
    rest = {name: value for name, value in content.items() if name != "digest"}
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"


def records(results: Path) -> Iterator[tuple[Path, ThroughputRecord]]:
    """All below a folder, oldest first in each. Raises RecordRefused for one that is not one."""
    for path in sorted(results.glob("*/*/*.json")):
        yield path, read(path)


def latest(
    results: Path, gpu: str, model: str, before: datetime | None = None
) -> tuple[Path, ThroughputRecord] | None:
    """The last one for a GPU type and a model, measured before a moment where one is given.

    Raises RecordRefused.
    """
    for path in sorted((results / gpu / slug(model)).glob("*.json"), reverse=True):
        record = read(path)
        if before is None or record.measured_at < before:
            return path, record
    return None


def slug(name: str) -> str:
    """A name as part of a path."""
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.") or "unnamed"


def json_schema() -> str:
    """What record.schema.json has to say."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(schema | ThroughputRecord.model_json_schema(), indent=1) + "\n"
