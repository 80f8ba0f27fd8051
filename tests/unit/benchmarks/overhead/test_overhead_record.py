"""A record of overhead stands for something only if the machine was quiet and nobody edited it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from overhead_cases import overhead_record
from typer import Typer
from typer.testing import CliRunner

from benchmarks.overhead.record import GOAL_MS, RecordRefused, newest, read, save
from benchmarks.overhead.report import BLOCK, guide_block, lines
from benchmarks.overhead.workload import Case
from router.policy.load import load_rules
from serving.bench.overhead.configuration import ENGINE, KEY, write_overhead_configuration
from serving.cli.bench_overhead import overhead
from serving.cli.options import POLICY

ROOT = Path(__file__).parents[4]


def ran(*arguments: str) -> Any:
    app = Typer()
    app.command()(overhead)
    return CliRunner().invoke(app, arguments)


def test_what_was_written_is_read_as_it_was(tmp_path: Path) -> None:
    written = overhead_record()
    path = save(written, tmp_path)
    assert path.name == "overhead-20260101T000000Z-ccccccc.json"
    assert read(path).model_copy(update={"digest": ""}) == written


def test_a_figure_that_somebody_changed_is_refused(tmp_path: Path) -> None:
    path = save(overhead_record(), tmp_path)
    content = json.loads(path.read_text())
    content["compared"][0]["ttft_added"]["p50_ms"] = 1.0
    path.write_text(json.dumps(content))
    with pytest.raises(RecordRefused, match="not what was measured"):
        read(path)
    assert ran("--report", "--out", str(tmp_path)).exit_code == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"suite": "overload"}'])
def test_what_is_no_record_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "overhead-1.json"
    path.write_text(text)
    with pytest.raises(RecordRefused, match="no record"):
        read(path)


def test_the_goal_is_of_a_seen_conversation() -> None:
    assert not overhead_record(added=GOAL_MS).missed
    (missed,) = overhead_record(added=GOAL_MS + 0.1).missed
    assert "15 ms" in missed
    assert "seen conversation" in missed


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"n": 299}, "few pairs"), ({"others": 0.11}, "disturbed: others used 11% of the CPU")],
)
def test_a_run_of_few_pairs_or_beside_others_says_so_and_stands_for_nothing(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    found = overhead_record(**changes)
    assert len(found.warnings) == len(Case)
    assert all(said in warning for warning in found.warnings)
    save(found, tmp_path)
    assert newest(tmp_path) is None


def test_the_newest_whole_run_is_shown(tmp_path: Path) -> None:
    save(overhead_record(added=5, day=1), tmp_path)
    save(overhead_record(added=7, day=2), tmp_path)
    save(overhead_record(added=1, day=3, others=0.5), tmp_path)
    guide = tmp_path / "overhead.md"
    guide.write_text(f"before\n{BLOCK.begin}\n{BLOCK.end}\nafter\n")
    done = ran("--report", "--out", str(tmp_path), "--guide", str(guide))
    assert done.exit_code == 0, done.output
    assert "**7.0 ms** (7.0 to 7.0)" in guide.read_text()
    assert guide.read_text().endswith("after\n")


def test_without_a_whole_run_there_is_nothing_to_show(tmp_path: Path) -> None:
    assert ran("--report", "--out", str(tmp_path)).exit_code == 1
    assert "ringfence bench overhead" in guide_block(None)


def test_a_missed_goal_is_shown_as_missed() -> None:
    record = overhead_record(added=20)
    assert "✗ TTFT" in guide_block(record)
    assert [*lines(record)][-1].startswith("missed")


def test_a_run_beside_others_neither_meets_nor_misses_a_goal() -> None:
    assert [*lines(overhead_record(added=20, others=0.5))][-1].startswith("not judged")


def test_what_no_step_says_is_shown_as_elsewhere() -> None:
    # Three steps of 2 ms before dispatch, of 10.
    assert "| 4.0 ms |" in guide_block(overhead_record(added=10))


def test_the_guide_shows_the_newest_committed_run() -> None:
    guide = (ROOT / "docs/guides/overhead.md").read_text()
    shown = guide_block(newest(ROOT / "benchmarks/results/overhead"))
    assert BLOCK.put(shown, guide) == guide


def test_the_cluster_follows_the_shipped_policy_with_one_model_in_every_tier(
    tmp_path: Path,
) -> None:
    rules = load_rules(*write_overhead_configuration(tmp_path, POLICY, ENGINE))
    assert set(rules.registry.entries) == {KEY}
    assert {key for keys in rules.policy.tiers.values() for key in keys} == {KEY}
    shipped = load_rules(ROOT / "models.yaml", POLICY).policy
    assert rules.policy.detection == shipped.detection
    assert rules.policy.vault == shipped.vault
