"""A small run with everything broken once: nothing leaks, and what was missed is counted."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from benchmarks.leak.samples import small_samples
from serving.bench.leak.faults import all_faults
from serving.bench.leak.run import Progress, Settings, run_leak
from serving.cli.main import app

FAKE = ("--detector", "fake", "--small")


async def test_everything_breaks_and_nothing_leaks() -> None:
    shown: list[Progress] = []
    settings = Settings(
        requests=160,
        seed=3,
        concurrency=16,
        detector="fake",
        samples="built",
        given=small_samples(3),
        pace=0.4,
    )
    record = await run_leak(settings, shown.append)
    assert record.holds, (record.enforcement.entries, record.unrecorded_answers)
    assert record.requests == 160
    injected = {fault.name for fault in record.faults if fault.injected}
    assert injected >= all_faults().keys()
    assert record.endings["answered"] > 0
    overall = record.detection_of("all")
    structured = record.detection_of("structured")
    assert overall is not None
    assert structured is not None
    # The fake detector knows no names, addresses or tokens, and all of the structured ones.
    assert overall.leaks.hits > 0
    assert structured.missed.hits == 0
    assert record.harmless.outside.hits > 0
    assert shown


def test_the_command_stores_what_it_measured(tmp_path: Path) -> None:
    asked = ["bench", "leak", "--requests", "12", "--no-faults", *FAKE, "--json"]
    result = CliRunner().invoke(app, [*asked, "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    (stored,) = tmp_path.glob("leak-*.json")
    assert json.loads(stored.read_text())["requests"] == 12


def test_another_detector_is_refused() -> None:
    result = CliRunner().invoke(app, ["bench", "leak", "--detector", "none"])
    assert result.exit_code == 1
