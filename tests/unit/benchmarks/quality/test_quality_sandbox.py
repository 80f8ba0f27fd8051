"""Code that a model wrote: judged by its tests, and held."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.quality.sandbox import Limits, Ran, run_tests
from router.domain import Json

TESTS: Json = [{"arguments": [1, 2], "result": 3}, {"arguments": [], "result": 0}]


def ran(body: str) -> Ran:
    return run_tests(f"def f(values):\n    {body}", "f", TESTS, Limits(cpu_s=1))


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ("return sum(values)", Ran.PASSED),
        ("print('passed'); return sum(values)", Ran.PASSED),
        ("return 3", Ran.FAILED),
        ("return True", Ran.FAILED),
        ("raise SystemExit(0)", Ran.FAILED),
        ("import os; os._exit(0)", Ran.STOPPED),
        ("while True: pass", Ran.STOPPED),
        ("return [0] * 10**10", Ran.FAILED),
        ("import os; os.fork(); return sum(values)", Ran.FAILED),
        ("open('x', 'w').write('x' * 10**6); return sum(values)", Ran.FAILED),
        ("return values.nothing", Ran.FAILED),
        ("class E:\n        __eq__ = lambda s, o: True\n    return E()", Ran.FAILED),
    ],
    ids=["right", "prints", "wrong", "bool", "exits", "vanishes", "loops", "memory", "forks",
         "writes", "raises", "claims"],
)  # fmt: skip
def test_the_verdict_is_what_the_tests_say(body: str, verdict: Ran) -> None:
    if "fork" in body and os.geteuid() == 0:
        pytest.skip("root has no limit on processes")
    assert ran(body) is verdict


def test_code_that_is_none_fails() -> None:
    assert run_tests("def f(:", "f", TESTS) is Ran.FAILED
    assert run_tests("", "f", TESTS) is Ran.FAILED
    assert run_tests("x" * 30_000, "f", TESTS) is Ran.FAILED


def test_nothing_of_the_environment_is_seen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RINGFENCE_BENCH_KEY", "a key")
    monkeypatch.chdir(tmp_path)
    body = "import os; assert 'RINGFENCE_BENCH_KEY' not in os.environ; assert not os.listdir('.')"
    assert ran(f"{body}; return sum(values)") is Ran.PASSED
    assert not list(tmp_path.iterdir())
