"""Code that a model wrote, run against tests in a process of its own.

What holds it: `python -I` with an empty environment in an empty folder, limits on CPU time, memory,
files, and processes, and a network that is taken away where the kernel lets a user do so (a user
and a network namespace). What does not: it may read whatever this user may read, and where the
kernel grants no namespace it has the network; the limit on processes does not count for root. So
this is for models that nobody suspects. For others, run the benchmark in a container without a
network and without anything worth reading.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from router.domain import Json

MAX_CODE_CHARACTERS = 20_000
_MAX_OUTPUT_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """`wall_s` is for what waits and takes no CPU time."""

    cpu_s: int = 5
    wall_s: float = 20.0
    memory_bytes: int = 512 * 1024 * 1024


LIMITS = Limits()


class Ran(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    STOPPED = "stopped"
    """Over a limit, or ended in another way than by its last line."""


def run_tests(code: str, function: str, tests: Json, limits: Limits = LIMITS) -> Ran:
    """Never raises for what the code does. Blocks for up to `limits.wall_s`.

    The verdict is a word that nobody can guess, so that printing "passed" earns nothing; code that
    looks for it in its own process can find it, which is no concern of a benchmark.
    """
    if len(code) > MAX_CODE_CHARACTERS:
        return Ran.FAILED
    word = secrets.token_hex(16)
    job = json.dumps({"code": code, "function": function, "tests": tests, "word": word})
    with tempfile.TemporaryDirectory(prefix="ringfence-code-") as directory:
        return _verdict(_ran(job, Path(directory), limits), word)


def _ran(job: str, directory: Path, limits: Limits) -> bytes | None:
    """The beginning of what it wrote. None where it had to be ended."""
    output = directory / "output"
    script = Path(__file__).with_name("sandboxed.py")
    numbers = (limits.cpu_s, limits.memory_bytes, _MAX_OUTPUT_BYTES)
    inside = directory / "empty"
    inside.mkdir()
    with output.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603 -- our own script; what it runs is held by it
            [sys.executable, "-I", "-B", str(script), *map(str, numbers)],
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=subprocess.DEVNULL,
            cwd=inside,
            env={},
            start_new_session=True,
        )
        try:
            process.communicate(job.encode("utf-8", "replace"), timeout=limits.wall_s)
        except subprocess.TimeoutExpired:
            return None
        finally:
            process.kill()
            process.wait()
    with output.open("rb") as file:
        return file.read(_MAX_OUTPUT_BYTES)


def _verdict(said: bytes | None, word: str) -> Ran:
    if said is None:
        return Ran.STOPPED
    lines = said.decode("utf-8", "replace").strip().rsplit("\n", 1)
    return {f"{word} passed": Ran.PASSED, f"{word} failed": Ran.FAILED}.get(lines[-1], Ran.STOPPED)
