"""Processes that share a budget do not spend it twice, and one that dies keeps nothing of it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection as Pipe
from multiprocessing.process import BaseProcess

import pytest
from budget_spenders import HELD_TOKENS, LIMITS, RULES, TAKES, TRIES, hold, spend
from limit_cases import CHEAP, NANO_USD_PER_TOKEN, NOON_S, Desk, asked, opened
from sqlalchemy import Engine

from router.accounts.limits.admission import LEASE_MARGIN_S
from router.accounts.limits.release import release_expired
from router.store.database import connect

PROCESSES = 8
BUDGET = LIMITS.budget_nano_usd_per_day or 0
PROCESS = multiprocessing.get_context("forkserver")
# What each of them would take half a second of a core to import.
PROCESS.set_forkserver_preload(["pytest", "psycopg", "router.accounts.limits.admission"])


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    yield from opened(database_url)


@contextmanager
def started(work: object, *arguments: object) -> Iterator[tuple[BaseProcess, Pipe]]:
    ours, theirs = PROCESS.Pipe()
    process = PROCESS.Process(target=work, args=(*arguments, theirs))  # type: ignore[arg-type]
    process.start()
    theirs.close()
    try:
        yield process, ours
    finally:
        process.kill()
        process.join()
        process.close()
        ours.close()


def test_eight_processes_spend_one_budget(engine: Engine, database_url: str) -> None:
    with ExitStack() as stack:
        pipes = [stack.enter_context(started(spend, database_url))[1] for _ in range(PROCESSES)]
        for pipe in pipes:
            assert pipe.recv() == "ready"
        for pipe in pipes:
            pipe.send("go")
        reports = [pipe.recv() for pipe in pipes]
    desk = Desk(engine, RULES)
    assert desk.holds() == 0
    for team, takes_tokens in TAKES.items():
        spent = sum(report[team] for report in reports)
        assert desk.money(f"team:{team}") == (spent, 0)
        assert PROCESSES * TRIES * takes_tokens * NANO_USD_PER_TOKEN > 2 * BUDGET
        # All of it is spent, and above it only what those took above what was held for them that
        # were under way when the last one got in.
        above = (takes_tokens - HELD_TOKENS) * NANO_USD_PER_TOKEN
        assert spent + HELD_TOKENS * NANO_USD_PER_TOKEN > BUDGET
        assert spent <= BUDGET + PROCESSES * above


def test_what_a_killed_process_held_is_given_back_once(engine: Engine, database_url: str) -> None:
    held = 9 * HELD_TOKENS * NANO_USD_PER_TOKEN
    with started(hold, database_url) as (process, pipe):
        assert pipe.recv() == "held"
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
    desk = Desk(engine, RULES)
    assert desk.money("team:claims") == (0, held)
    assert desk.admit(asked(3 * HELD_TOKENS), CHEAP).refusal is not None

    over_s = NOON_S + 100 + LEASE_MARGIN_S
    released: list[int] = []
    together = threading.Barrier(2)

    def release() -> None:
        replica = connect(database_url)
        together.wait()
        with replica.begin() as connection:
            released.append(release_expired(connection, over_s))
        replica.dispose()

    threads = [threading.Thread(target=release) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(released) == [0, 1]
    assert desk.money("team:claims") == (0, 0)
    assert desk.admit(asked(3 * HELD_TOKENS), CHEAP).refusal is None
