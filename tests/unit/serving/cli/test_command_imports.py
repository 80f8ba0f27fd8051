"""Whoever types one command waits for the imports of that one."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("cryptography", "fastapi", "numpy", "pydantic", "ray", "sqlalchemy")


def test_the_command_line_itself_needs_nothing_that_takes_long() -> None:
    program = f"import serving.cli.main, sys; print(*sys.modules.keys() & set({HEAVY!r}))"
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == []
