"""`ringfence bench audit`: all figures in every run; a whole one is kept and reaches goals."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from benchmarks.audit.record import (
    WHOLE,
    Append,
    AuditRecord,
    Memory,
    Proof,
    Verify,
    newest,
    save,
)
from benchmarks.machine import this_machine
from serving.cli.bench_audit import audit

app = typer.Typer()
app.command()(audit)
MEMORY = Memory(start_mib=80, peak_mib=100)


def made(records: int = WHOLE, **changes: Any) -> AuditRecord:
    """A record of a run that reaches all goals, but for `changes` as append__seconds=1."""
    parts: dict[str, dict[str, Any]] = {
        "append": {
            "concurrency": 256,
            "seconds": 400.0,
            "cpu_s": 400.0,
            "records_per_s": 2_500.0,
            "wait_p50_ms": 90.0,
            "wait_p99_ms": 200.0,
            "wait_max_ms": 300.0,
            "placed_behind_s": 0.5,
            "checkpoints": 7,
            "memory": MEMORY,
            "memory_after_tenth_mib": 95.0,
            "database_mib": 1_700.0,
        },
        "proof": {"n": 1_000, "p50_ms": 5.0, "p99_ms": 9.0, "max_ms": 20.0, "memory": MEMORY},
        "verify": {"seconds": 40.0, "ok": True, "size": records, "memory": MEMORY},
    }
    for name, value in changes.items():
        part, _, figure = name.partition("__")
        parts[part][figure] = value
    return AuditRecord(
        measured_at=datetime(2026, 11, 22, tzinfo=UTC),
        commit="0123456789",
        uncommitted_changes=False,
        records=records,
        database="sqlite",
        database_version="3",
        machine=this_machine(),
        libraries={},
        append=Append(**parts["append"]),
        proof=Proof(**parts["proof"]),
        verify=Verify(**parts["verify"]),
    )


def test_a_run_appends_proves_and_verifies(tmp_path: Path, database_url: str) -> None:
    arguments = ["--records", "100", "--concurrency", "16", "--out", str(tmp_path / "results")]
    result = CliRunner().invoke(app, [*arguments, "--database-url", database_url, "--json"])
    assert result.exit_code == 0, result.output
    (stored,) = (tmp_path / "results").glob("audit-*.json")
    record = AuditRecord.model_validate_json(stored.read_text())
    assert json.loads(result.stdout) == record.model_dump(mode="json")
    assert record.database in database_url
    assert record.verify.ok
    assert record.verify.size == record.records == 100
    assert record.proof.n == 50
    assert record.append.checkpoints >= 1


def test_a_small_run_is_not_kept_unless_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["--records", "20"])
    assert result.exit_code == 0, result.output
    assert "20 records on sqlite" in result.stdout
    assert not any(tmp_path.iterdir())


def test_a_database_that_is_not_empty_is_refused_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "other.db").write_bytes(b"no database at all" * 100)
    url = f"sqlite:///{tmp_path / 'other.db'}"
    result = CliRunner().invoke(app, ["--records", "20", "--database-url", url])
    assert result.exit_code == 1
    assert "has to be empty" in result.stderr


def test_help_has_an_example() -> None:
    assert "Example: ringfence bench audit" in CliRunner().invoke(app, ["--help"]).stdout


@pytest.mark.parametrize(
    ("changes", "missed"),
    [
        ({}, 0),
        ({"append__records_per_s": 1_999.0}, 1),
        ({"proof__p99_ms": 51.0}, 1),
        ({"verify__seconds": 61.0}, 1),
        ({"verify__ok": False}, 1),
        ({"verify__size": WHOLE - 1}, 1),
        ({"append__memory": Memory(start_mib=80, peak_mib=300)}, 1),
    ],
)
def test_a_run_says_which_goals_it_missed(changes: dict[str, Any], missed: int) -> None:
    assert len(made(**changes).missed) == missed


def test_only_a_whole_run_stands_for_something(tmp_path: Path) -> None:
    save(made(records=50_000), tmp_path)
    assert newest(tmp_path) is None
    whole = made()
    save(whole, tmp_path)
    assert newest(tmp_path) == whole
