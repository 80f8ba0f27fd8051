"""The audit log through the death of its database and of whoever sequences it: nothing is lost."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from router.audit.tables import audit_entries
from router.errors import LedgerUnavailable
from router.store.database import reading
from tests.log_case import LogCase, an_act, log_case
from tests.postgres import PostgresServer
from tests.stack import REPOSITORY
from tests.waiting import until


class Load:
    """Requests that write records all the time, as a gateway's do, until it is stopped."""

    def __init__(self, case: LogCase, requests: int = 16) -> None:
        self.durable: list[str] = []
        self.refused: list[LedgerUnavailable] = []
        self._case = case
        self._requests = requests
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(self._requests):
                tasks.create_task(self._ask())

    async def _ask(self) -> None:
        while not self._stopping.is_set():
            try:
                self.durable.append(await self._case.writer.write(an_act))
            except LedgerUnavailable as error:
                self.refused.append(error)
                await asyncio.sleep(0.05)


def entries(case: LogCase) -> set[str]:
    with reading(case.engine).connect() as connection:
        return set(connection.scalars(select(audit_entries.c.id)))


def test_the_primary_is_killed_under_load(primary: PostgresServer) -> None:
    with log_case(primary.url()) as case:
        sequencer = case.sequencer(checkpoint_interval_s=1.0)
        sequencer.start()
        with Load(case) as load:
            until(lambda: case.signed and len(load.durable) > 100)
            before = case.signed[-1]
            primary.kill()
            # The database said no; nobody waited for it in vain.
            until(lambda: len(load.refused) > 16)
            assert all(isinstance(each.__cause__, OperationalError) for each in load.refused)
            owed = case.writer.submit(an_act, owed=True)
            assert isinstance(owed.exception(timeout=60), OperationalError)
            lost = len(load.durable)
            primary.start()
            until(lambda: len(load.durable) > lost + 100)
        sequencer.close()
        there = entries(case)
        assert set(load.durable) <= there
        found = case.verify()
        assert found.ok, found.faults
        assert found.size == found.signed == len(there)
        assert before < found.size


def test_what_was_owed_while_the_primary_was_down_is_written_when_it_is_back(
    primary: PostgresServer,
) -> None:
    with log_case(primary.url()) as case:
        primary.kill()
        owed = case.writer.submit(an_act, owed=True)
        assert isinstance(owed.exception(timeout=60), OperationalError)
        primary.start()
        until(lambda: len(entries(case)) == 1)
        case.sequence()
        assert case.verify().ok


def lead(url: str, key: str) -> None:
    """What a replica does, in a process of its own, until it is killed."""
    with log_case(url, Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key))) as case:
        case.sequencer(checkpoint_interval_s=1.0).start()
        while True:
            case.record(20)


def test_the_sequencer_is_killed_under_load_and_another_takes_over(migrated_url: str) -> None:
    key = Ed25519PrivateKey.generate()
    with log_case(migrated_url, key) as case:
        arguments = (migrated_url, key.private_bytes_raw().hex())
        code = f"from {__name__} import lead; lead(*{arguments!r})"
        leader = subprocess.Popen([sys.executable, "-c", code], cwd=REPOSITORY)
        try:
            until(lambda: len(case.signed) > 1)
            # The one that takes over, and its own load, are there before.
            sequencer = case.sequencer(checkpoint_interval_s=1.0)
            sequencer.start()
            with Load(case) as load:
                until(lambda: len(load.durable) > 100)
                leader.kill()
                leader.wait()
                left = len(entries(case))
                until(lambda: case.signed[-1] >= left)
        finally:
            leader.kill()
            leader.wait()
        sequencer.close()
        found = case.verify()
        assert found.ok, found.faults
        assert set(load.durable) <= entries(case)
        assert found.signed == found.size == len(entries(case))
