"""On a machine with a GPU: its driver answers as the recordings do."""

from __future__ import annotations

import json

import pytest

from hardware.accelerator import accelerator
from hardware.fingerprint import from_json, to_json
from hardware.gpu_table import load_gpus
from hardware.gpus import read_gpus
from hardware.nvml import NVMLFailure, Recorder, Recording, driver
from hardware.probe import probe

pytestmark = pytest.mark.skipif(accelerator() == "cpu", reason="no GPU is visible here")


def test_the_driver_and_a_recording_of_it_read_the_same() -> None:
    with driver() as nvml:
        recorder = Recorder(nvml)
        from_driver = read_gpus(recorder)
    from_recording = read_gpus(Recording(json.loads(json.dumps(recorder.answers))))
    assert from_driver == from_recording
    assert from_driver.devices
    assert from_driver.unknown == ()
    assert from_driver.driver


def test_a_driver_that_was_closed_can_be_asked_again() -> None:
    with driver() as first:
        before = read_gpus(first)
    with pytest.raises(NVMLFailure), driver():
        raise NVMLFailure("the asker's own")
    with driver() as second:
        assert read_gpus(second).devices == before.devices


def test_this_machine_has_the_same_fingerprint_twice() -> None:
    seen = probe()
    assert seen.gpus.devices
    assert from_json(to_json(seen)) == seen
    assert probe().capacity_digest == seen.capacity_digest


def test_the_gpus_of_this_machine_are_in_the_table() -> None:
    table = load_gpus()
    for gpu in probe().gpus.devices:
        assert gpu.memory_bytes
        assert table.recognise(gpu.name, gpu.memory_bytes), table.how_to_add(
            gpu.name, gpu.memory_bytes
        )
