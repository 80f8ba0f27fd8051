"""A GPU that the hardware's own errors are about is not computed on; a program's errors cost it
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.gpu_health import FaultSource, GPUFaults, RecordedFaults, Xid
from hardware.nvml import NVMLFailure
from serving.health.gpu import Cordon, cordon_for_faults, cordon_for_xid
from serving.health.gpu_watch import CordonBoard, GPUCordoned, GPUWatch
from serving.health.visible_gpus import visible_gpus
from tests.waiting import until

WELL = [GPUFaults(index, f"gpu-{index}", 0, False, False) for index in range(2)]


def watch_of(recorded: RecordedFaults, board: CordonBoard | None = None) -> GPUWatch:
    @contextmanager
    def source() -> Iterator[FaultSource]:
        yield recorded

    return GPUWatch(source, board)


class Board:
    """What is posted, by index; away for as long as it is told to be."""

    def __init__(self) -> None:
        self.posted: dict[int, str] = {}
        self.is_away = False

    def post(self, cordon: Cordon) -> None:
        self._must_be_there()
        self.posted[cordon.index] = cordon.reason

    def withdraw(self, index: int) -> None:
        self._must_be_there()
        self.posted.pop(index, None)

    def _must_be_there(self) -> None:
        if self.is_away:
            raise ConnectionError("no control service")


@pytest.mark.parametrize("number", [48, 62, 64, 74, 79, 92, 95, 119, 120, 140])
def test_an_xid_of_the_hardware_cordons_the_gpu_and_names_the_cure(number: int) -> None:
    cordon = cordon_for_xid(Xid(3, "digest", number))
    assert cordon is not None
    assert (cordon.index, cordon.uuid_digest) == (3, "digest")
    assert f"Xid {number}" in cordon.reason
    assert "node" in cordon.cure


@pytest.mark.parametrize("number", [13, 31, 43, 45, 94])
def test_an_xid_that_a_program_brought_about_cordons_nothing(number: int) -> None:
    assert cordon_for_xid(Xid(0, None, number)) is None


@given(st.integers(1, 1_000_000))
def test_one_uncorrected_ecc_error_is_enough(errors: int) -> None:
    cordon = cordon_for_faults(GPUFaults(0, "digest", uncorrected_ecc=errors))
    assert cordon is not None
    assert str(errors) in cordon.reason


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        (GPUFaults(0, None, is_lost=True), "lost"),
        (GPUFaults(0, "d", remap_failed=True), "spare rows"),
        (GPUFaults(0, "d", 0, remap_pending=True), "waits to be remapped"),
    ],
)
def test_what_the_driver_counts_cordons_too(faults: GPUFaults, reason: str) -> None:
    cordon = cordon_for_faults(faults)
    assert cordon is not None
    assert reason in cordon.reason


def test_what_the_driver_does_not_say_cordons_nothing() -> None:
    assert cordon_for_faults(GPUFaults(0, None)) is None
    assert cordon_for_faults(WELL[0]) is None


def test_the_watch_keeps_a_cordon_and_only_the_replicas_on_that_gpu_hear_of_it() -> None:
    recorded = RecordedFaults([WELL], [Xid(1, "gpu-1", 13), Xid(1, "gpu-1", 79)])
    watch = watch_of(recorded)
    watch.look(recorded, 0.0)
    watch.check([0])
    with pytest.raises(GPUCordoned, match=r"GPU 1 is cordoned \(Xid 79: fallen off the bus\)"):
        watch.check([0, 1])
    watch.look(recorded, 0.0)
    assert [cordon.index for cordon in watch.cordons] == [1]


def test_no_engine_is_loaded_on_a_gpu_that_is_known_to_be_bad() -> None:
    watch = watch_of(RecordedFaults([[WELL[0], GPUFaults(1, "gpu-1", uncorrected_ecc=2)]]))
    watch.look_once()
    with pytest.raises(GPUCordoned, match="2 uncorrected ECC errors"):
        watch.check([1])


def test_the_watch_looks_by_itself_from_start_to_close() -> None:
    watch = watch_of(RecordedFaults([WELL, [WELL[0], GPUFaults(1, None, is_lost=True)]]))
    watch.start()
    until(lambda: watch.cordons)
    watch.close()
    assert watch.cordons[0].reason == "the driver has lost it"


def test_a_machine_without_a_driver_is_watched_by_nobody_and_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    @contextmanager
    def no_driver() -> Iterator[FaultSource]:
        raise NVMLFailure("Driver Not Loaded")
        yield

    watch = GPUWatch(no_driver)
    watch.look_once()
    watch.start()
    watch.close()
    watch.check(range(8))
    assert "Driver Not Loaded" in caplog.text


def test_what_cordons_a_gpu_is_posted_and_outlives_the_watch() -> None:
    board = Board()
    watch = watch_of(RecordedFaults([[WELL[0], GPUFaults(1, None, is_lost=True)]]), board)
    watch.start(in_use=[0])
    until(lambda: board.posted)
    watch.close()
    assert board.posted == {1: "the driver has lost it"}


def test_what_is_posted_is_withdrawn_when_an_engine_has_started_on_the_gpu_again() -> None:
    board = Board()
    board.posted = {0: "Xid 119: GSP does not answer", 1: "the driver has lost it"}
    recorded = RecordedFaults([WELL])
    watch = watch_of(recorded, board)
    watch.look_once()
    assert board.posted.keys() == {0, 1}, "an engine has to start first"
    watch.start(in_use=[0])
    until(lambda: board.posted.keys() == {1})
    watch.close()
    assert board.posted.keys() == {1}, "the other one is not of this replica"


def test_a_board_that_is_away_is_told_later_and_costs_nobody_the_watch(
    caplog: pytest.LogCaptureFixture,
) -> None:
    board = Board()
    board.is_away = True
    recorded = RecordedFaults([WELL], [Xid(0, "gpu-0", 62), Xid(1, "gpu-1", 79)])
    watch = watch_of(recorded, board)
    watch.look(recorded, 0.0)
    assert [cordon.index for cordon in watch.cordons] == [0, 1]
    assert "cordons could not be posted: ConnectionError" in caplog.messages

    board.is_away = False
    watch.look(recorded, 0.0)

    assert board.posted.keys() == {0, 1}


@given(st.lists(st.integers(0, 63), max_size=8))
def test_a_replica_knows_the_gpus_that_ray_gave_it(indices: list[int]) -> None:
    assert visible_gpus({"CUDA_VISIBLE_DEVICES": ",".join(map(str, indices))}) == tuple(indices)


def test_names_that_are_no_indices_are_not_guessed_at() -> None:
    assert visible_gpus({"CUDA_VISIBLE_DEVICES": "GPU-1f2e, MIG-3, 2"}) == (2,)
    assert visible_gpus({}) == ()
