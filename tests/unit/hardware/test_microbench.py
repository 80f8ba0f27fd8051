"""Measuring a CPU: what is counted, with a clock that the test holds; and once for real."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from hardware.cpu_spec import cpu_spec
from hardware.host import read_host
from hardware.microbench import (
    ARRAY_BYTES,
    beyond_caches,
    copy_bytes_per_s,
    fp32_flops_per_s,
    measure,
)
from hardware.specs import Confidence, Dtype


class Clock:
    """Runs take these seconds, one after another."""

    def __init__(self, *seconds: float) -> None:
        self._seconds, self._now_s, self._asked = seconds, 0.0, count()

    def __call__(self) -> float:
        asked = next(self._asked)
        if asked % 2:  # the end of a run
            self._now_s += self._seconds[asked // 2]
        return self._now_s


def test_a_copy_counts_what_is_read_and_what_is_written() -> None:
    assert copy_bytes_per_s(3, 4000, 1, Clock(0.5)) == 2 * 4000 / 0.5


def test_a_product_counts_a_multiplication_and_an_addition() -> None:
    assert fp32_flops_per_s(10, 1, Clock(2.0)) == 2 * 10**3 / 2.0


def test_one_run_that_was_disturbed_does_not_count() -> None:
    assert fp32_flops_per_s(10, 3, Clock(1.0, 60.0, 2.0)) == 2 * 10**3 / 2.0


@pytest.mark.parametrize("counts", [(0, 4000, 8, 1), (1, 3, 8, 1), (1, 4000, 0, 1), (1, 400, 8, 0)])
def test_nothing_is_measured_with_nothing(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        measure(*counts)


def test_arrays_are_beyond_the_caches_and_leave_memory_alone() -> None:
    assert beyond_caches(None, None) == ARRAY_BYTES
    assert beyond_caches(2**30, 2**40) == 4 * 2**30
    assert beyond_caches(2**30, 2**33) == 2**30


def test_this_cpu_becomes_a_type_to_plan_with() -> None:
    host = read_host(Path("/"))
    measured = measure(2, array_bytes=2**20, matrix_size=64, repeats=3)
    assert (measured.threads, measured.array_bytes, measured.repeats) == (2, 2**20, 3)
    spec = cpu_spec(host, measured, "measured by a test")
    assert spec.id == "cpu"
    assert spec.memory_bandwidth_bytes_per_s is not None
    assert spec.memory_bandwidth_bytes_per_s.value == measured.copy_bytes_per_s > 0
    assert spec.dense_flops_per_s[Dtype.FP32].value == measured.fp32_flops_per_s > 0
    assert spec.dense_flops_per_s[Dtype.FP32].confidence is Confidence.MEASURED
    assert spec.accelerator_type is None
