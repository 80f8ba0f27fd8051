"""Prometheus' own tool, where it is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

PROMTOOL = "promtool"


def has_promtool() -> bool:
    return shutil.which(PROMTOOL) is not None


def run_promtool(*arguments: str, cwd: Path, given: bytes | None = None) -> None:
    """Raises AssertionError with what it finds fault with."""
    done = subprocess.run(
        [PROMTOOL, *arguments], cwd=cwd, input=given, capture_output=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
