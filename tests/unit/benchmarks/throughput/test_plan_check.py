"""A plan is believed because what it would have said of runs that it has not seen was true."""

from __future__ import annotations

from dataclasses import astuple, replace
from pathlib import Path

import pytest
from planned_machine import SLOTS, machine_record, machine_runs
from throughput_cases import QUIET, fingerprint

import benchmarks
from benchmarks.throughput.calibrated import calibrated, closed_points, runs_of
from benchmarks.throughput.gate import Verdict
from benchmarks.throughput.plan_check import Figures, HeldOut, PlanCheck, check
from benchmarks.throughput.plan_check_report import check_json, check_lines, check_markdown
from benchmarks.throughput.profiles import Profile
from benchmarks.throughput.record import Objective, ThroughputRecord, records
from benchmarks.throughput.scenario import Kind
from hardware.gpus import GPU, GPUs
from hardware.queueing_calibrate import NotEnoughMeasured

BUSY = replace(QUIET, others_share=0.4)
RESULTS = Path(benchmarks.__file__).parent / "results/throughput"


@pytest.fixture(scope="module")
def standard() -> ThroughputRecord:
    return machine_record()


@pytest.fixture(scope="module")
def checked(standard: ThroughputRecord) -> PlanCheck:
    return check(standard)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_runs_that_were_held_out_are_predicted(seed: int) -> None:
    found = check(machine_record(machine_runs(seed=seed)))
    assert found.verdict is Verdict.PASS, list(check_lines(found))


def test_which_runs_calibrate_is_one_rule(checked: PlanCheck) -> None:
    assert checked.calibrated_by == (
        "closed-1 128/128",
        "closed-4 128/128",
        "closed-16 128/128",
        "prefill 512/1",
        "decode 16/128",
    )
    assert [one.scenario for one in checked.held_out] == [
        "offline 128/128",
        "open-0.5 128/128",
        "open-0.8 128/128",
        "open-1 128/128",
    ]


def test_what_is_held_out_has_no_say_in_the_calibration(standard: ThroughputRecord) -> None:
    slower = machine_record(machine_runs(open_slower=1.5))
    assert astuple(calibrated(slower)) == astuple(calibrated(standard))


def test_a_machine_that_does_not_do_as_predicted_fails() -> None:
    found = check(machine_record(machine_runs(open_slower=1.5)))
    assert found.verdict is Verdict.FAIL
    promised = {one.scenario: one.throughput_error for one in found.held_out}
    assert promised["open-1 128/128"] > 0.15


def test_a_quick_record_has_its_offline_runs_to_predict() -> None:
    found = check(machine_record(machine_runs(Profile.QUICK)))
    assert [one.scenario for one in found.held_out] == ["offline 128/128"]
    assert found.verdict is Verdict.PASS


def test_a_record_of_a_busy_machine_tells_nothing() -> None:
    found = check(machine_record(machine_runs(Profile.QUICK, cpu=BUSY)))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "offline 128/128, disturbed: every repeat of it" in found.reasons


def test_a_disturbed_repeat_is_left_out_where_there_is_another() -> None:
    runs = machine_runs(Profile.QUICK)
    place = next(i for i, run in enumerate(runs) if run.kind is Kind.OFFLINE)
    runs[place] = runs[place].model_copy(update={"warnings": ("disturbed: by others",)})
    found = machine_record(runs)
    assert [run.repeat for run in runs_of(found, Kind.OFFLINE)] == [1]
    assert check(found).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ((Kind.OFFLINE, Kind.OPEN), "no closed loop to calibrate by"),
        ((Kind.CLOSED, Kind.PREFILL), "no offline run and no open loop"),
    ],
)
def test_a_record_with_too_few_runs_says_what_to_measure(
    standard: ThroughputRecord, kept: tuple[Kind, ...], said: str
) -> None:
    some = machine_record([run for run in standard.runs if run.kind in kept])
    with pytest.raises(NotEnoughMeasured, match=said) as refused:
        check(some)
    assert "--profile standard" in str(refused.value)


def test_points_to_calibrate_by_are_closed_loops_alone(standard: ThroughputRecord) -> None:
    assert any(point.rate is not None for point in standard.points)
    assert [point.concurrency for point in closed_points(standard)] == [1, 4, 16]


def test_no_more_runs_at_a_time_than_the_engine_was_told(standard: ThroughputRecord) -> None:
    engine = calibrated(standard)
    assert engine.max_num_seqs == SLOTS
    assert engine.max_num_batched_tokens == 2_048


@pytest.mark.parametrize(
    ("name", "memory_gib", "tokens"),
    [
        ("NVIDIA L4", 22, 2_048),
        ("NVIDIA A100-SXM4-80GB", 80, 2_048),
        ("NVIDIA H100 80GB HBM3", 80, 8_192),
        ("NVIDIA B200", 180, 16_384),
    ],
)
def test_steps_are_as_large_as_the_engine_makes_them_by_itself(
    standard: ThroughputRecord, name: str, memory_gib: int, tokens: int
) -> None:
    nothing = fingerprint()
    card = GPU(0, name, None, memory_gib * 2**30, None, None, None, None, None)
    machine = replace(nothing, gpus=GPUs(devices=(card,)))
    assert calibrated(
        machine_record(standard.runs, fingerprint=machine)
    ).max_num_batched_tokens == (tokens)


@pytest.mark.parametrize(
    ("throughput", "ttft", "is_within"),
    [(114, 1.24, True), (86, 0.76, True), (116, 1.0, False), (100, 1.26, False), (84, 1, False)],
)
def test_within_is_15_percent_on_throughput_and_25_on_ttft(
    throughput: float, ttft: float, is_within: bool
) -> None:
    one = HeldOut("offline", None, 1, False, Figures(100, 1.0), Figures(throughput, ttft))
    assert one.is_within is is_within


def test_what_waits_beyond_the_knee_is_shown_and_not_judged(standard: ThroughputRecord) -> None:
    """More than a machine takes has no p95: it grows with the run."""
    nothing_is_kept = Objective(ttft_s=0.01, tpot_s=1.0)
    found = check(standard.model_copy(update={"objective": nothing_is_kept}))
    assert [one.is_beyond_knee for one in found.held_out] == [False, True, True, True]
    late = replace(found.held_out[-1], predicted=Figures(200.0, 9.0))
    assert late.is_within
    assert not replace(late, is_beyond_knee=False).is_within
    assert any(line.endswith("%)") for line in check_lines(found))
    assert "in brackets, and not judged" in "\n".join(check_lines(found))


def test_the_table_has_what_was_predicted_measured_and_the_error(
    checked: PlanCheck, standard: ThroughputRecord
) -> None:
    lines = list(check_lines(checked))
    assert [line.split()[0] for line in lines[1:5]] == ["offline", "open-0.5", "open-0.8", "open-1"]
    assert lines[-1] == ("pass: 4 of 4 held out are within 15% on throughput and 25% on p95 TTFT")
    written = check_markdown(checked, standard, "a-record.json")
    assert "| offline 128/128 |" in written
    assert "a-record.json" in written
    assert standard.digest in written
    said = check_json(checked)
    assert said["verdict"] == "pass"
    assert said["worst"]["throughput"] <= 0.15
    assert {"scenario", "measured", "predicted", "ttft_p95_error"} <= set(said["held_out"][0])


def test_what_is_written_beside_committed_records_is_what_they_say() -> None:
    for path, found in records(RESULTS):
        beside = path.with_name(f"{path.stem}.plan.md")
        if found.profile == Profile.QUICK and not beside.exists():
            continue
        verdict = check(found).verdict
        assert f"\n- {verdict}: " in beside.read_text(encoding="utf-8"), path.name
        assert found.digest in beside.read_text(encoding="utf-8")
