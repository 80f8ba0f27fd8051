"""A slower machine fails the gate, the same one never does, and a bad measurement says nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from throughput_cases import OFFLINE, OPEN, QUIET, UNLOADED, WHEN, fingerprint, record, run, runs

from benchmarks.throughput.compare import Comparison, compare
from benchmarks.throughput.cpu import CpuUse
from benchmarks.throughput.gate import Gate, Verdict, gate
from benchmarks.throughput.record import RecordRefused, ThroughputRecord
from benchmarks.throughput.student import t_quantile

GATED = {"ttft_p50_s", "input_tokens_per_s", "output_tokens_per_s"}


def judged(old: ThroughputRecord, new: ThroughputRecord, **tolerances: float) -> Gate:
    return gate(old, new, compare(old, new), **tolerances)


def compared(speed: float, noise: float = 0.005) -> Comparison:
    return compare(record(runs(noise=noise, seed=1)), record(runs(speed, noise=noise, seed=2)))


def test_the_same_speed_passes() -> None:
    found = judged(record(runs(seed=1)), record(runs(seed=2)))

    assert found.verdict is Verdict.PASS
    assert {one.change.metric for one in found.judged} == GATED


@pytest.mark.parametrize("speed", [0.5, 0.8, 0.9])
def test_a_slower_machine_fails(speed: float) -> None:
    assert judged(record(runs(seed=1)), record(runs(speed, seed=2))).verdict is Verdict.FAIL


def test_a_faster_machine_passes() -> None:
    assert judged(record(runs(seed=1)), record(runs(1.5, seed=2))).verdict is Verdict.PASS


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_the_same_machine_measured_twice_never_fails(seed: int) -> None:
    suite = (OFFLINE,)
    old = record(runs(noise=0.02, seed=seed, suite=suite))
    new = record(runs(noise=0.02, seed=seed + 1, suite=suite))

    assert judged(old, new).verdict is not Verdict.FAIL


def test_noise_that_hides_the_difference_is_inconclusive() -> None:
    old, new = record(runs(noise=0.15, seed=1)), record(runs(0.97, noise=0.15, seed=2))

    assert judged(old, new).verdict is Verdict.INCONCLUSIVE


def test_one_repeat_has_no_interval_and_decides_nothing() -> None:
    old, new = record(runs(repeats=1)), record(runs(0.5, repeats=1))

    assert all(change.low is None for change in compare(old, new).changes)
    assert judged(old, new).verdict is Verdict.INCONCLUSIVE


def test_the_interval_holds_what_is_true() -> None:
    for change in compared(0.8).changes:
        truth = 0.8 if change.is_better_high else 1 / 0.8
        assert change.is_paired
        assert change.low is not None
        assert change.high is not None
        assert change.low <= truth - 1 + 0.01
        assert change.high >= truth - 1 - 0.01


def test_a_wider_tolerance_lets_more_through() -> None:
    old, new = record(runs(seed=1)), record(runs(0.9, seed=2))

    assert judged(old, new, tolerance=0.15).verdict is Verdict.PASS
    assert judged(old, new, tolerance=0.02).verdict is Verdict.FAIL


@pytest.mark.parametrize("tolerance", [-0.1, 1.0])
def test_a_tolerance_that_is_no_share_is_refused(tolerance: float) -> None:
    with pytest.raises(ValueError, match="share"):
        judged(record(), record(), tolerance=tolerance)


@pytest.mark.parametrize(
    ("around", "what"), [({"gpu": "h100-sxm"}, "GPU type"), ({"model": "b@1"}, "model")]
)
def test_another_gpu_type_or_model_is_refused(around: dict[str, str], what: str) -> None:
    with pytest.raises(RecordRefused, match=what):
        compare(record(), record(**around))


def test_a_machine_that_was_disturbed_decides_nothing_and_is_named() -> None:
    disturbed = CpuUse(QUIET.wall_s, QUIET.served_s, QUIET.client_s, others_share=0.5)
    new = [run(OFFLINE, repeat=repeat, cpu=disturbed, step_s=0.2) for repeat in range(3)]

    found = judged(record(), record(new))

    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reasons == ("the new one, disturbed: 3 of 3 runs that are judged",)


def test_what_only_one_of_them_has_is_said() -> None:
    found = compare(record(runs(suite=(OFFLINE,))), record(runs(suite=(UNLOADED,))))

    assert found.changes == ()
    assert found.only_old == ("engine: offline 128/64",)
    assert found.only_new == ("engine: unloaded 128/8",)
    nothing = judged(record(runs(suite=(OFFLINE,))), record(runs(suite=(UNLOADED,))))
    assert nothing.verdict is Verdict.INCONCLUSIVE


def test_other_requests_are_compared_without_pairs() -> None:
    old = runs(suite=(OFFLINE,))
    new = [one.model_copy(update={"workload_digest": "sha256:other"}) for one in old]

    (change,) = compare(record(old), record(new)).changes

    assert not change.is_paired
    assert change.change == pytest.approx(0, abs=1e-9)


def test_open_loops_of_another_rate_are_not_compared() -> None:
    old = [run(OPEN, repeat=repeat, rate=2.0) for repeat in range(3)]
    new = [run(OPEN, repeat=repeat, rate=3.0) for repeat in range(3)]

    assert compare(record(old), record(new)).changes == ()
    assert {one.metric for one in compare(record(old), record(old)).changes} == {
        "ttft_p50_s",
        "tpot_p50_s",
    }


def test_what_is_different_on_the_machine_is_said() -> None:
    changed = record(fingerprint=fingerprint(max_num_seqs=16), measured_at=WHEN)

    (difference,) = compare(record(), changed).machine

    assert str(difference) == "engine argument max_num_seqs 8 → 16"


@pytest.mark.parametrize(
    ("degrees", "expected"), [(1, 12.7062), (2, 4.30265), (4, 2.77645), (30, 2.04227)]
)
def test_students_t_is_that_of_the_tables(degrees: int, expected: float) -> None:
    assert t_quantile(0.975, degrees) == pytest.approx(expected, rel=1e-4)
