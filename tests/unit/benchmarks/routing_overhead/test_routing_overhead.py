"""What routing costs is measured on an installation as large as it says, and reported as it was."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from typer import Typer
from typer.testing import CliRunner

import router
from benchmarks.machine import this_machine
from benchmarks.routing_overhead.large import large_rules
from benchmarks.routing_overhead.measure import measure_installation
from benchmarks.routing_overhead.record import OverheadRecord, Timed, newest, save
from benchmarks.routing_overhead.report import BLOCK, readme_block
from router.policy.policy import Rules
from serving.cli.bench_routing_overhead import routing_overhead


def shipped() -> dict[str, Any]:
    text = (Path(router.__file__).parent / "policy.yaml").read_text("utf-8")
    written: dict[str, Any] = yaml.safe_load(text)
    return written


def counted(rules: Rules) -> int:
    policy = rules.policy
    return (
        len(policy.routing.tasks.rules)
        + len(policy.stakes)
        + len(policy.fallbacks)
        + len(policy.external_use)
    )


def record(shipped_ms: float, large_ms: float) -> OverheadRecord:
    timed = [
        Timed(installation=name, part=part, n=100, p50_ms=p50_ms, p99_ms=2.0, max_ms=3.0)
        for name, p50_ms in (("shipped", shipped_ms), ("large", large_ms))
        for part in ("features", "decision", "both")
    ]
    return OverheadRecord(
        measured_at=datetime(2026, 11, 22, tzinfo=UTC),
        commit="0" * 40,
        uncommitted_changes=False,
        machine=this_machine(),
        libraries={},
        seed=1,
        models=200,
        rules=500,
        large_built_s=1.0,
        timed=tuple(timed),
    )


def test_a_large_installation_has_the_models_and_rules_that_it_says_and_is_proven() -> None:
    rules = large_rules(shipped(), models=40, rules=60)
    assert len(rules.registry.entries) == 40
    assert counted(rules) == 60


def test_every_part_is_timed() -> None:
    rules = large_rules(shipped(), models=12, rules=20)
    found = {timed.part: timed for timed in measure_installation("small", rules, 20)}
    assert set(found) == {"features", "decision", "both"}
    for timed in found.values():
        assert timed.n == 20
        assert 0 < timed.p50_ms <= timed.p99_ms <= timed.max_ms


def test_a_goal_is_missed_by_what_is_above_it() -> None:
    assert record(0.3, 1.0).missed == ()
    assert len(record(0.31, 1.0).missed) == 1
    assert len(record(0.3, 1.01).missed) == 1


def test_the_newest_record_is_what_the_readme_says(tmp_path: Path) -> None:
    assert newest(tmp_path) is None
    assert "No run" in readme_block(None)
    save(record(0.1, 0.5), tmp_path)
    found = newest(tmp_path)
    assert found == record(0.1, 0.5)
    said = readme_block(found)
    assert "200 models and 500 rules" in said
    assert "0.500 ms" in said
    readme = tmp_path / "README.md"
    readme.write_text(f"{BLOCK.begin}\n{BLOCK.end}\n", encoding="utf-8")
    app = Typer()
    app.command()(routing_overhead)
    done = CliRunner().invoke(app, ["--report", "--out", str(tmp_path), "--readme", str(readme)])
    assert done.exit_code == 0, done.output
    assert "0.500 ms" in readme.read_text("utf-8")
