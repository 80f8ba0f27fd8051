"""A figure that is worth less than it looks says so."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psutil
import pytest
from throughput_cases import ALL, DECODE, OFFLINE, QUIET, SHORT, SLOTS, answers, run

from benchmarks.throughput.cpu import CpuMeter, CpuUse
from benchmarks.throughput.efficiency import Work, work_of
from benchmarks.throughput.power import PowerMeter, PowerUse
from benchmarks.throughput.samples import Answered
from benchmarks.throughput.scenario import Kind, Lengths, Scenario
from benchmarks.throughput.steady import steady
from benchmarks.throughput.validity import run_warnings
from hardware.gpu_table import load_gpus
from hardware.nvml import NVML, Answer, NVMLFailure, Question, Recording
from hardware.shape_config import load_shape

FULL = answers(2 * SLOTS, SLOTS, SHORT.isl, SHORT.osl, 0.02)
WANTED = (FULL.input_tokens, FULL.output_tokens)


def warned(came: Answered, scenario: Scenario = OFFLINE, slots: int = SLOTS) -> str:
    return "; ".join(run_warnings(scenario, slots, WANTED, came, steady(came.samples)))


def test_a_good_run_only_says_that_it_is_too_short_for_a_p99() -> None:
    assert warned(FULL) == "too few samples for a p99: 16"
    assert run().ttft_s is not None
    assert run().ttft_s.p99 is None


def test_a_hundred_samples_have_a_p99_and_no_warning() -> None:
    many = run(Scenario(Kind.OFFLINE, SHORT, ALL, 1, waves=13.0))

    assert many.warnings == ()
    assert many.ttft_s is not None
    assert many.ttft_s.p99 is not None


def test_a_machine_that_was_not_full_is_not_saturated() -> None:
    assert "not saturated: 7.7 of 16 slots" in warned(FULL, slots=16)


def test_requests_that_failed_are_counted_by_kind() -> None:
    came = replace(FULL, failures={"Unauthorized": 2})

    assert warned(came).startswith("requests failed: 2 Unauthorized")


def test_answers_of_another_length_are_noticed() -> None:
    came = answers(2 * SLOTS, SLOTS, SHORT.isl, SHORT.osl - 8, 0.02)

    assert "answers have 896 tokens, and were to have 1,024" in warned(came)


def test_a_run_without_a_steady_part_says_so() -> None:
    assert "no steady part" in warned(answers(1, 1, 128, 8, 0.02))


@pytest.mark.parametrize(
    ("cpu", "power", "warning"),
    [
        (replace(QUIET, client_s=9.0), None, "client-bound"),
        (replace(QUIET, others_share=0.4), None, "disturbed: others used 40% of the CPU"),
        (QUIET, PowerUse(600, 700, 30, ("power cap (software)",)), "throttled: power cap"),
    ],
)
def test_a_machine_that_was_not_free_is_named(
    cpu: CpuUse, power: PowerUse | None, warning: str
) -> None:
    assert any(said.startswith(warning) for said in run(cpu=cpu, power=power).warnings)


def test_power_is_joules_a_token() -> None:
    found = run(power=PowerUse(mean_w=500, peak_w=700, samples=30, throttled=())).power

    assert found is not None
    assert found.joules_per_output_token == pytest.approx(500 * 2.72 / 1_024, rel=1e-3)


class Asked:
    """A recording that says when it has been asked about everything twice."""

    def __init__(self, recording: Recording) -> None:
        self._recording, self._asked = recording, 0
        self.twice = threading.Event()

    def ask(self, question: Question, *devices: int) -> Answer:
        self._asked += 1
        if self._asked > 8:
            self.twice.set()
        return self._recording.ask(question, *devices)


def test_gpus_are_watched_while_they_are_measured() -> None:
    asked = Asked(
        Recording(
            {
                "nvmlDeviceGetCount": 2,
                "nvmlDeviceGetPowerUsage 0": 300_000,
                "nvmlDeviceGetPowerUsage 1": 200_000,
                "nvmlDeviceGetCurrentClocksThrottleReasons 0": 0x1,
                "nvmlDeviceGetCurrentClocksThrottleReasons 1": 0x4 | 0x40,
            }
        )
    )

    @contextmanager
    def nvml() -> Iterator[NVML]:
        yield asked

    with PowerMeter(nvml) as meter:
        assert asked.twice.wait(30)
    found = meter.read()

    assert found is not None
    assert (found.mean_w, found.peak_w) == (500, 500)
    assert found.throttled == ("power cap (software)", "temperature (hardware)")


def test_without_a_gpu_there_is_no_power() -> None:
    @contextmanager
    def broken() -> Iterator[NVML]:
        raise NVMLFailure("no driver")
        yield

    with PowerMeter(broken) as meter:
        pass

    assert meter.read() is None


def test_cpu_is_that_of_those_who_serve_and_no_less_for_one_that_comes_later() -> None:
    here = psutil.Process()
    known: dict[int, psutil.Process] = {}
    meter = CpuMeter(lambda: known, lambda: 0.0)
    known[here.pid] = here

    found = meter.read()

    # Nobody was there at first: all that this process has taken counts.
    assert found.served_s is not None
    assert found.served_s > 0
    assert CpuMeter(None, lambda: 0.0).read().served_s is None


def _on(gpu: str, dtype: str) -> Work:
    work = work_of(load_shape("llama-3.1-8b"), {"dtype": dtype}, load_gpus().get(gpu), 1)
    assert work is not None
    return work


@pytest.mark.parametrize(("gpu", "tokens_per_s"), [("h100-sxm", 209), ("h200-sxm", 299)])
def test_decode_at_the_roofline_reads_at_the_peak(gpu: str, tokens_per_s: float) -> None:
    part = steady(answers(1, 1, 1, 1_000, 1 / tokens_per_s).samples)
    assert part is not None

    assert _on(gpu, "bfloat16").mbu(part) == pytest.approx(1.0, abs=0.02)


def test_prefill_at_the_peak_computes_at_the_peak() -> None:
    work = _on("h100-sxm", "bfloat16")

    assert work.mfu_of_prefill(work.peaks.flops_per_s / (2 * 7.5e9), 1) == pytest.approx(
        1, abs=0.01
    )


def test_mbu_is_only_said_where_nothing_but_decode_ran() -> None:
    work = _on("h100-sxm", "bfloat16")

    assert run(DECODE, work=work).mbu is not None
    assert run(OFFLINE, work=work).mbu is None
    assert run(OFFLINE, work=work).mfu is not None
    assert run(Scenario(Kind.PREFILL, Lengths(512, 1), ALL, 1), work=work).mfu is not None


def test_more_than_the_peak_is_not_believed() -> None:
    work = replace(_on("h100-sxm", "bfloat16"), weights_bytes=1e12)

    (said,) = [one for one in run(DECODE, work=work).warnings if one.startswith("above the peak")]

    assert "MBU" in said


def test_a_peak_that_is_not_known_leaves_efficiency_unknown() -> None:
    spec = load_gpus().get("h100-sxm")

    assert work_of(load_shape("llama-3.1-8b"), {"dtype": "some-dtype"}, spec, 1) is None
    assert run(DECODE).mbu is None
