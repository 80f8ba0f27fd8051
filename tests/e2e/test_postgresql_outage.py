"""PostgreSQL killed under load, PostgreSQL that hangs, and a gateway that leads the log killed: 503
at once, service soon after, nothing lost, and one log.

`--log-cli-level=INFO` shows what was measured.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from router.audit.log.lease import log_lease
from router.audit.log.prove import latest_checkpoint
from router.audit.tables import audit_entries
from router.store.database import connect, reading
from serving.audit.leading import LEASE
from serving.simulator.process import SimulatorProcess
from tests.e2e.gateway_processes import MODEL, TEAM, gateway_processes
from tests.e2e.steady_load import CUT_SHORT, Load
from tests.e2e.what_is_left import (
    BUDGETS,
    check_answers,
    check_budget,
    check_log,
    entries_of,
    is_sequenced,
    is_settled,
    notes,
)
from tests.forwarder import forwarding
from tests.postgres import PostgresServer
from tests.stack import Stack, running_stack, until

logger = logging.getLogger(__name__)

OUTAGES = 2
UNAVAILABLE = "503 ledger_unavailable"
ANSWERS = 50
REFUSED_WITHIN_S = 15.0
BACK_WITHIN_S = 30.0
_LONG_S = 60.0


@pytest.fixture
def engine(primary: PostgresServer) -> Iterator[Engine]:
    """Whoever looks at what is left, beside the gateway."""
    engine = connect(primary.url())
    yield engine
    engine.dispose()


def counted_and_patient(_models: dict[str, Any], policy: dict[str, Any]) -> None:
    policy["limits"] = {"all": BUDGETS}
    policy["audit"] = {"checkpoint_interval_s": 1.0}
    policy["cascade"] |= {"attempt_timeout_s": 60.0, "total_timeout_s": 90.0}


async def test_without_its_database_the_gateway_says_503_and_serves_again_when_it_is_back(
    tmp_path: Path,
    primary: PostgresServer,
    engine: Engine,
    providers: Mapping[str, SimulatorProcess],
) -> None:
    for provider in providers.values():
        provider.configure()
    with running_stack(
        tmp_path, providers=providers, edit=counted_and_patient, database_url=primary.url()
    ) as stack:
        await check_outages(stack, engine, primary.kill, primary.start)


async def test_a_database_that_hangs_is_as_good_as_none(
    tmp_path: Path,
    primary: PostgresServer,
    engine: Engine,
    providers: Mapping[str, SimulatorProcess],
) -> None:
    for provider in providers.values():
        provider.configure()
    with (
        forwarding(primary.directory / ".s.PGSQL.5432") as way,
        running_stack(
            tmp_path,
            providers=providers,
            edit=counted_and_patient,
            database_url=f"postgresql+psycopg://postgres@127.0.0.1:{way.port}/postgres",
        ) as stack,
    ):
        try:
            await check_outages(stack, engine, way.hold, way.go_on)
        finally:
            way.go_on()


async def check_outages(
    stack: Stack, engine: Engine, begin: Callable[[], None], end: Callable[[], None]
) -> None:
    """Under load, `engine` being that of whoever sees the database all the time but when it is
    down.
    """
    witnesses: set[str] = set()
    back_s: list[float] = []
    load = Load([lambda: stack.url], stack.key, MODEL)
    async with load.running():
        for _ in range(OUTAGES):
            await load.more(ANSWERS)
            await asyncio.to_thread(until, lambda: is_signed_since(engine, witnesses), _LONG_S)
            witnesses.update(notes(engine))
            await asyncio.to_thread(begin)
            await load.more_refused(20 * load.clients)
            await asyncio.to_thread(end)
            ended_s = time.monotonic()
            await load.more(ANSWERS)
            back_s.append(time.monotonic() - ended_s)
    await asyncio.to_thread(until, lambda: is_settled(engine), _LONG_S)
    await asyncio.to_thread(until, lambda: is_sequenced(engine), _LONG_S)
    entries = entries_of(engine, "default")
    check_answers(entries, load.whole, f"{MODEL}@1")
    assert check_budget(engine, entries, "all") == 0
    found = check_log(engine, stack.audit_key.public_key(), witnesses)
    assert found.witnesses == len(witnesses) == OUTAGES

    check_told(load)
    logger.info("served again %s s after it was back", [round(each_s, 1) for each_s in back_s])
    assert max(back_s) <= BACK_WITHIN_S


def check_told(load: Load) -> None:
    """Nobody waited long, and nobody was told anything else; a stream that had begun when the
    database went could only end.
    """
    slowest_s = max(refusal.took_s for refusal in load.refused)
    logger.info("%s, the slowest within %.3f s", dict(load.refusals), slowest_s)
    assert load.refusals.keys() <= {UNAVAILABLE, CUT_SHORT}
    assert load.refusals[UNAVAILABLE] >= OUTAGES * load.clients
    assert slowest_s <= REFUSED_WITHIN_S


def is_signed_since(engine: Engine, before: set[str]) -> bool:
    return bool(set(notes(engine)) - before)


def leader(engine: Engine) -> str | None:
    """Who sequences, by the id that it has in the database."""
    with reading(engine).connect() as connection:
        return connection.scalar(select(log_lease.c.holder).where(log_lease.c.name == LEASE))


async def test_the_gateway_that_leads_the_log_is_killed_and_the_other_one_goes_on(
    tmp_path: Path, postgres_url: str
) -> None:
    async with gateway_processes(tmp_path, 2, postgres_url) as processes:
        first, second = processes.gateways
        engine = processes.engine
        await first.start(processes.policy)
        led_by_first = await asyncio.to_thread(until, lambda: leader(engine), _LONG_S)
        await second.start(processes.policy)
        load = Load(processes.doors, processes.key, MODEL)
        async with load.running():
            await load.more(ANSWERS)
            await asyncio.to_thread(until, lambda: notes(engine), _LONG_S)
            witnesses = notes(engine)
            # A lease may have changed hands on a machine that stood still.
            led = leader(engine)
            dying = first if led == led_by_first else second
            await dying.stop(kill=True)
            killed_s = time.monotonic()
            with reading(engine).connect() as connection:
                left = connection.scalar(select(func.count()).select_from(audit_entries))
            await asyncio.to_thread(until, lambda: signed(engine) >= left, _LONG_S)
            logger.info("what it left was signed %.1f s later", time.monotonic() - killed_s)
            assert leader(engine) != led
            await load.more(ANSWERS)
        await asyncio.to_thread(until, lambda: is_sequenced(engine), _LONG_S)
        entries = entries_of(engine, TEAM)
        check_answers(entries, load.whole, f"{MODEL}@1")
        assert check_budget(engine, entries, "all") <= load.clients
        check_log(engine, processes.audit_key, witnesses)


def signed(engine: Engine) -> int:
    with reading(engine).connect() as connection:
        return latest_checkpoint(connection)[0]
