"""A function in Python against its tests, run in a process that may do little."""

from __future__ import annotations

from benchmarks.quality.item import Grade, Reply
from benchmarks.quality.sandbox import Ran, run_tests
from benchmarks.quality.scorers.reading import fenced
from router.domain import JsonObject


def score(target: JsonObject, reply: Reply) -> Grade:
    """1 where every test passes. Starts a process; blocks for as long as that may take."""
    code = fenced(reply.text)
    if not code.strip():
        return Grade(0.0, "empty")
    ran = run_tests(code, str(target["function"]), target["tests"])
    return Grade(float(ran is Ran.PASSED), ran.value)
