"""What a move asks for is made of what was measured: passed by bounds, or not at all."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.quality.record import QualityRecord, save
from router.lifecycle.evidence import gather
from router.lifecycle.requirements import EvidenceKind, MoveRefused
from router.registry.records import file_digest
from serving.cli import evals
from tests.quality_cases import WHEN, record

EVALUATION = EvidenceKind.EVALUATION
RIGHT = {f"i{number:03}": 1.0 for number in range(200)}


def ringfence(*arguments: object) -> tuple[int, str, str]:
    said = CliRunner().invoke(evals.app, ["evidence", *map(str, arguments)])
    return said.exit_code, said.stdout, said.stderr


def scores(wrong: int, count: int = 200) -> dict[str, float]:
    return {f"i{number:03}": float(number >= wrong) for number in range(count)}


def of_kind(made: QualityRecord, kind: str) -> QualityRecord:
    parts = [part.model_copy(update={"kind": kind}) for part in made.suites]
    return made.model_copy(update={"suites": tuple(parts), "quality": {}})


def evidence_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("evidence/*.json"))


def test_what_meets_its_floor_is_taken_as_evidence_of_that_version(tmp_path: Path) -> None:
    path = save(record(scores(10)), tmp_path)
    said = ("--floor", "classification=0.9", "--out", tmp_path / "evidence")
    status, stdout, stderr = ringfence(path, *said)
    assert status == 0, stderr
    [file] = evidence_in(tmp_path)
    assert stdout.strip() == f"--evidence evaluation={file}"
    content = json.loads(file.read_text())
    assert content["passed"] is True
    assert content["record"]["sha256"] == file_digest(path)
    assert content["suites"][0]["items"] == 200
    [taken] = gather([(EVALUATION, file)], "small@1", tmp_path)
    assert taken.sha256 == file_digest(file)
    with pytest.raises(MoveRefused, match="not of safety"):
        gather([(EvidenceKind.SAFETY, file)], "small@1", tmp_path)
    with pytest.raises(MoveRefused, match="not about small@2"):
        gather([(EVALUATION, file)], "small@2", tmp_path)
    again, _, why = ringfence(path, *said)
    assert (again, "is there" in why) == (1, True), "a move may be made by what is there"


@pytest.mark.parametrize(
    ("wrong", "count", "floor"),
    [(20, 200, 0.9), (0, 10, 0.8)],
    ids=["the mean alone reaches it", "ten items"],
)
def test_what_may_be_below_its_floor_does_not_pass(
    tmp_path: Path, wrong: int, count: int, floor: float
) -> None:
    path = save(record(scores(wrong, count)), tmp_path)
    said = ("--floor", f"classification={floor}", "--out", tmp_path / "evidence", "--json")
    status, stdout, _ = ringfence(path, *said)
    assert status == 1
    assert json.loads(stdout)["evaluation"]["passed"] is False
    [file] = evidence_in(tmp_path)
    with pytest.raises(MoveRefused, match="does not say that small@1 passed"):
        gather([(EVALUATION, file)], "small@1", tmp_path)


@pytest.mark.parametrize(("wrong", "passed"), [(0, True), (4, True), (40, False)])
def test_a_candidate_is_no_worse_than_its_champion_on_the_same_items(
    tmp_path: Path, wrong: int, passed: bool
) -> None:
    champion = save(record(RIGHT, model="small@0"), tmp_path)
    path = save(record(scores(wrong)), tmp_path)
    said = ("--against", champion, "--margin", 0.1, "--out", tmp_path / "evidence", "--json")
    status, stdout, stderr = ringfence(path, *said)
    assert status == (0 if passed else 1), stderr
    [criterion] = json.loads(stdout)["evaluation"]["criteria"]
    assert criterion["rule"] == "not_worse"
    assert criterion["items"] == 200


def test_other_items_are_no_comparison(tmp_path: Path) -> None:
    champion = save(record(RIGHT, model="small@0", digest="sha256:" + "c" * 64), tmp_path)
    path = save(record(RIGHT), tmp_path)
    status, _, why = ringfence(path, "--against", champion, "--out", tmp_path / "evidence")
    assert (status, "the same items of classification" in why) == (1, True)
    assert evidence_in(tmp_path) == []


@pytest.mark.parametrize("kind", ["safety", "bias"])
def test_what_safety_and_bias_found_is_for_the_second_person(tmp_path: Path, kind: str) -> None:
    path = save(of_kind(record(scores(10), suite="jailbreak"), kind), tmp_path)
    status, stdout, stderr = ringfence(path, "--out", tmp_path / "evidence")
    assert status == 0, stderr
    [file] = evidence_in(tmp_path)
    assert stdout.startswith(f"--evidence {kind}=")
    assert "passed" not in json.loads(file.read_text())
    assert "second person" in stderr
    assert gather([(EvidenceKind(kind), file)], "small@1", tmp_path)


@pytest.mark.parametrize(
    ("said", "status", "why"),
    [
        ((), 2, "--floor SUITE=SHARE, or --against"),
        (("--floor", "classification"), 2, "SUITE=SHARE"),
        (("--floor", "classification=much"), 2, "SUITE=SHARE"),
        (("--floor", "classification=nan"), 2, "SUITE=SHARE"),
        (("--floor", "feelings=0.5"), 1, "it has classification"),
    ],
    ids=["no criterion", "no share", "no number", "no share at all", "no such suite"],
)
def test_nobody_passes_by_nothing(
    tmp_path: Path, said: tuple[str, ...], status: int, why: str
) -> None:
    path = save(record(RIGHT), tmp_path)
    left, _, complained = ringfence(path, *said, "--out", tmp_path / "evidence")
    assert (left, why in " ".join(complained.replace("│", " ").split())) == (status, True)
    assert evidence_in(tmp_path) == []


def test_a_tier_s_record_is_evidence_of_no_version(tmp_path: Path) -> None:
    path = save(record(RIGHT, model=None), tmp_path)
    status, _, why = ringfence(path, "--floor", "classification=0.5")
    assert (status, "--choice ID@VERSION" in why) == (1, True)


def test_a_record_is_found_by_its_id(tmp_path: Path) -> None:
    made = record(RIGHT, made_at=WHEN + timedelta(days=1))
    save(made, tmp_path)
    said = ("--results", tmp_path, "--floor", "classification=0.9")
    status, stdout, _ = ringfence(made.id, *said)
    assert status == 0
    assert f"small@1/evaluation-{made.id}.json" in stdout
    assert (
        "1 record in" in CliRunner().invoke(evals.app, ["list", "--results", str(tmp_path)]).stdout
    ), "evidence is no record"


def test_a_record_by_itself_is_no_evidence_and_its_cure_is_named(tmp_path: Path) -> None:
    path = save(record(RIGHT), tmp_path)
    with pytest.raises(MoveRefused, match="ringfence evals evidence"):
        gather([(EVALUATION, path)], "small@1", tmp_path)
