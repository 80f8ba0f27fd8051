"""What this machine's CPU does: bytes and floating-point operations a second, measured.

Two figures that a roofline needs and no data sheet has, because they depend on how many cores and
memory channels a virtual machine got. It takes some seconds and wants the machine for itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

ARRAY_BYTES = 256 * 2**20
"""Of each of two arrays. More where the last-level caches are large: see `beyond_caches`."""

MATRIX_SIZE = 2048
REPEATS = 5

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians of `repeats` runs after one that is thrown away.

    `copy_bytes_per_s` counts what is read and what is written, as STREAM's Copy does (McCalpin,
    1995), and not the lines that a write may fetch first. `fp32_flops_per_s` is 2·n³ over the
    seconds of a product of two square matrices of `matrix_size`, on as many threads as the BLAS
    behind numpy takes.
    """

    copy_bytes_per_s: float
    fp32_flops_per_s: float
    threads: int
    array_bytes: int
    matrix_size: int
    repeats: int
    wall_s: float


def measure(
    threads: int,
    array_bytes: int = ARRAY_BYTES,
    matrix_size: int = MATRIX_SIZE,
    repeats: int = REPEATS,
    clock: Clock = time.perf_counter,
) -> Measured:
    """Runs both. Holds twice `array_bytes` of memory. Raises ValueError for counts below 1."""
    if min(threads, array_bytes // 4, matrix_size, repeats) < 1:
        raise ValueError("threads, array bytes, matrix size and repeats have to be at least 1")
    began_s = clock()
    return Measured(
        copy_bytes_per_s=copy_bytes_per_s(threads, array_bytes, repeats, clock),
        fp32_flops_per_s=fp32_flops_per_s(matrix_size, repeats, clock),
        threads=threads,
        array_bytes=array_bytes,
        matrix_size=matrix_size,
        repeats=repeats,
        wall_s=clock() - began_s,
    )


def beyond_caches(l3_bytes: int | None, memory_bytes: int | None) -> int:
    """Bytes of an array that no cache holds, and that two of fill a quarter of memory at most."""
    wanted = max(ARRAY_BYTES, 4 * (l3_bytes or 0))
    return wanted if memory_bytes is None else min(wanted, memory_bytes // 8)


def copy_bytes_per_s(threads: int, array_bytes: int, repeats: int, clock: Clock) -> float:
    """Every thread copies a part of its own; numpy lets go of the GIL meanwhile."""
    length = array_bytes // 4
    source, target = np.empty(length, np.float32), np.empty(length, np.float32)
    bounds = [length * part // threads for part in range(threads + 1)]
    parts = [slice(*pair) for pair in pairwise(bounds)]

    def fill(part: slice) -> None:
        source[part], target[part] = 1, 0

    with ThreadPoolExecutor(threads) as pool:

        def copy() -> None:
            list(pool.map(lambda part: np.copyto(target[part], source[part]), parts))

        # Memory comes from the NUMA node of the thread that writes it first.
        list(pool.map(fill, parts))
        return 2 * source.nbytes / _median_s(copy, repeats, clock)


def fp32_flops_per_s(size: int, repeats: int, clock: Clock) -> float:
    generator = np.random.default_rng(0)
    left: NDArray[np.float32] = generator.random((size, size), np.float32)
    right: NDArray[np.float32] = generator.random((size, size), np.float32)
    product = np.empty((size, size), np.float32)
    seconds = _median_s(lambda: np.matmul(left, right, out=product), repeats, clock)
    return 2.0 * size**3 / seconds


def _median_s(run: Callable[[], object], repeats: int, clock: Clock) -> float:
    run()  # pages are touched, caches and threads are warm
    taken = []
    for _ in range(repeats):
        began_s = clock()
        run()
        taken.append(clock() - began_s)
    return median(taken)
