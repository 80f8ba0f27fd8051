"""The inside of sandbox.py: a script, run with `python -I`, that imports nothing of ours.

Takes a job from its standard input, limits itself, runs the code, and says how the tests went.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import json
import os
import resource
import sys
from typing import Any

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000


def main() -> None:
    cpu_s, memory_bytes, output_bytes = map(int, sys.argv[1:4])
    job = json.loads(sys.stdin.read())
    sys.stdin = io.StringIO()
    _without_network()
    _limited(cpu_s, memory_bytes, output_bytes)
    report = os.dup(1)
    verdict = "failed"
    with contextlib.suppress(BaseException), contextlib.redirect_stdout(io.StringIO()):
        verdict = "passed" if _passes(job) else "failed"
    os.write(report, f"\n{job['word']} {verdict}\n".encode())
    # Threads and exit handlers of the code have no say any more.
    os._exit(0)


def _without_network() -> None:
    """A network namespace of its own, with nothing in it; nothing where the kernel says no."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def _limited(cpu_s: int, memory_bytes: int, output_bytes: int) -> None:
    for limit, value in (
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, output_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(limit, (value, value))


def _passes(job: dict[str, Any]) -> bool:
    space: dict[str, Any] = {"__name__": "answer"}
    exec(compile(job["code"], "<answer>", "exec"), space)  # noqa: S102 -- what this file is for
    function = space[job["function"]]
    return all(_same(function(test["arguments"]), test["result"]) for test in job["tests"])


def _same(said: Any, right: Any) -> bool:
    """Equal, and of one type all the way down: True is not 1 here, and an object of one's own that
    claims to equal everything is not either.
    """
    if type(said) is not type(right):
        return False
    if isinstance(right, list):
        return len(said) == len(right) and all(map(_same, said, right))
    if isinstance(right, dict):
        return said.keys() == right.keys() and all(_same(said[key], right[key]) for key in right)
    return bool(said == right)


if __name__ == "__main__":
    main()
