"""Commands about models say whose throughput was measured on a machine that is no more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from throughput_cases import record

from benchmarks.throughput.record import save
from benchmarks.throughput.staleness import engine_facts
from hardware.gpu_table import load_gpus
from hardware.probe import probe
from router.registry.load import load_registry
from router.registry.registry import VllmBackend
from serving.bench.throughput.subject import gpu_name
from serving.cli.stale_models import stale_models_said

REGISTRY = load_registry(Path("models.yaml"))
KEY = "smollm2-135m-private@1"


def stored(results: Path, **changed: object) -> Path:
    """A record of the shipped engine on this machine, but for what is changed of its arguments."""
    backend = REGISTRY.entries[KEY].backend
    assert isinstance(backend, VllmBackend)
    now = probe()
    engine = engine_facts(backend.profiles[now.accelerator], "sha256:1")
    engine = replace(engine, arguments={**engine.arguments, **changed})  # type: ignore[dict-item]
    measured_on = replace(now, engine=engine)
    gpu = gpu_name(now, load_gpus())
    return save(record(gpu=gpu, model=KEY, fingerprint=measured_on), results)


def test_without_records_nothing_is_stale(tmp_path: Path) -> None:
    assert stale_models_said(REGISTRY, tmp_path) == {}


def test_what_was_measured_as_it_runs_is_not_stale(tmp_path: Path) -> None:
    stored(tmp_path)
    assert KEY not in stale_models_said(REGISTRY, tmp_path)


def test_what_has_changed_since_is_said_with_what_to_do(tmp_path: Path) -> None:
    stored(tmp_path, max_num_seqs=3)
    said = stale_models_said(REGISTRY, tmp_path)[KEY]
    assert "max_num_seqs 3 →" in said
    assert "ringfence bench throughput" in said


def test_a_record_that_was_edited_is_said_and_stops_nothing(tmp_path: Path) -> None:
    path = stored(tmp_path)
    path.write_text(path.read_text().replace(KEY, KEY.replace("1", "2"), 1))
    assert "cannot be read" in stale_models_said(REGISTRY, tmp_path)[KEY]
