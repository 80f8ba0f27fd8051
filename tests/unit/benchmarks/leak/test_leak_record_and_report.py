"""A record says everything, is read back as it was, and the README shows the newest that counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from leak_cases import arrived, asked, evidence, record

from benchmarks.leak.count import Evidence
from benchmarks.leak.record import Fault, LeakRecord, newest, save
from benchmarks.leak.report import BLOCK, readme_block
from benchmarks.leak.tally import tally
from benchmarks.machine import Machine
from benchmarks.readme_block import NoMarkers
from serving.cli.bench_leak import RESULTS

ONLY_LEFT = (Fault(family="clients", name="left", injected=3, failed=0),)
ROOT = Path(__file__).resolve().parents[4]
FINE = evidence([asked(0), asked(1, sensitive=True)], {0: record(0), 1: record(1)}, arrived(1))
LEAKY = evidence([asked(private=True)], {0: record()}, arrived(0))


def leak_record(found: Evidence = FINE, **changes: Any) -> LeakRecord:
    counted = tally(found)
    given: dict[str, Any] = {
        "measured_at": datetime(2026, 1, 1, tzinfo=UTC),
        "commit": "0123456789abcdef",
        "uncommitted_changes": False,
        "seed": 1,
        "requests": 20_000,
        "concurrency": 16,
        "gateways": 2,
        "duration_s": 500.0,
        "detector": "real",
        "samples": "generated",
        "machine": Machine(
            cpu="x", cores=2, memory_gib=8, accelerator="cpu", system="Linux", python="3.11"
        ),
        "libraries": {},
        "bad_configurations_served": 0,
        "gateway_deaths": 0,
        "faults": (Fault(family="ledger", name="disk_full", injected=3, failed=0),),
        "detector_versions": counted.detector_versions,
        "policy_digests": counted.policy_digests,
        "enforcement": counted.enforcement,
        "detection": counted.detection,
        "harmless": counted.harmless,
        "undetermined": counted.undetermined,
        "data_classes": counted.data_classes,
        "endings": counted.endings,
        "unrecorded_answers": counted.unrecorded_answers,
        "arrivals": counted.arrivals,
    }
    return LeakRecord(**given | changes)


def test_a_record_is_read_back_as_it_was(tmp_path: Path) -> None:
    made = leak_record()
    path = save(made, tmp_path)
    assert path.name == "leak-20260101T000000Z-0123456.json"
    assert newest(tmp_path) == made


@pytest.mark.parametrize(
    "changes",
    [{"detector": "fake"}, {"samples": "built"}, {"requests": 300}, {"faults": ONLY_LEFT}],
)
def test_a_try_does_not_stand_for_the_product(tmp_path: Path, changes: dict[str, Any]) -> None:
    whole = leak_record()
    save(whole, tmp_path)
    save(leak_record(measured_at=whole.measured_at + timedelta(days=1), **changes), tmp_path)
    assert newest(tmp_path) == whole


def test_a_run_holds_if_nothing_happened_that_must_not() -> None:
    assert leak_record().holds
    assert not leak_record(LEAKY).holds
    assert not leak_record(unrecorded_answers=1).holds
    assert not leak_record(bad_configurations_served=1).holds


def test_the_report_tells_both_counts_apart() -> None:
    block = readme_block(leak_record())
    assert "| **enforcement leaks**, of all that had to stay | 0 | **0** |" in block
    assert "| **detection leaks**, of all with identifiers | 1 | **1** |" in block
    assert "disk full 3" in block
    assert "| 1 | **1** | 100.00%" in readme_block(leak_record(LEAKY))


def test_an_upper_bound_is_never_shown_as_nothing() -> None:
    counted = leak_record()
    none = counted.harmless.forced.model_copy(
        update={"hits": 0, "n": 10**7, "rate": 0.0, "low": 0.0, "high": 1e-7}
    )
    enforcement = counted.enforcement.model_copy(update={"leaks": none})
    assert "0.00% [0.00%\u20130.01%]" in readme_block(leak_record(enforcement=enforcement))


def test_only_what_is_between_the_markers_is_renewed(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BLOCK.begin}\nold\n{BLOCK.end}\nafter\n")
    BLOCK.write(readme_block(leak_record()), readme)
    text = readme.read_text()
    assert text.startswith(f"before\n{BLOCK.begin}\n20,000 requests")
    assert text.endswith(f"{BLOCK.end}\nafter\n")
    with pytest.raises(NoMarkers):
        BLOCK.put("x", "no markers")


def test_the_readme_shows_the_newest_run() -> None:
    found = newest(ROOT / RESULTS)
    readme = (ROOT / "README.md").read_text("utf-8")
    if found is None and BLOCK.begin not in readme:
        pytest.skip("no run is recorded, and the README has no place for one")
    assert readme == BLOCK.put(readme_block(found), readme), (
        "README.md is stale; `ringfence bench leak --report` renews it"
    )
