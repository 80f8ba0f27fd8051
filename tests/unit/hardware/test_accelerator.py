"""The one question about the machine, answered from a made-up root directory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hardware import accelerator as module
from hardware.accelerator import OVERRIDE, accelerator


def test_no_driver_is_a_cpu(tmp_path: Path) -> None:
    assert accelerator({}, tmp_path) == "cpu"


def test_a_driver_without_a_gpu_is_a_cpu(tmp_path: Path) -> None:
    (tmp_path / "proc/driver/nvidia/gpus").mkdir(parents=True)
    assert accelerator({}, tmp_path) == "cpu"


@pytest.mark.parametrize("seen", ["proc/driver/nvidia/gpus/0000:01:00.0", "dev/nvidia0"])
def test_a_gpu_is_cuda(tmp_path: Path, seen: str) -> None:
    (tmp_path / seen).mkdir(parents=True)
    assert accelerator({}, tmp_path) == "cuda"


def test_the_override_wins(tmp_path: Path) -> None:
    (tmp_path / "dev/nvidia0").mkdir(parents=True)
    assert accelerator({OVERRIDE: "cpu"}, tmp_path) == "cpu"


def test_an_override_that_is_neither_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cpu, cuda"):
        accelerator({OVERRIDE: "tpu"}, tmp_path)


def test_the_makefile_can_ask_before_anything_is_installed() -> None:
    # -S: no site-packages.
    command = [sys.executable, "-S", str(module.__file__)]
    asked = subprocess.run(command, capture_output=True, text=True, check=True)
    assert asked.stdout.strip() in ("cpu", "cuda")
