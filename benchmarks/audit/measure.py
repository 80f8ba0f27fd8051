"""One run: append while the log is sequenced, prove some of it, verify all of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Column, Engine, func, select

from benchmarks.audit.append import append
from benchmarks.audit.memory import PeakMemory
from benchmarks.audit.record import Append, AuditRecord, Memory, Proof, Verify
from benchmarks.machine import commit, library_versions, this_machine
from router.audit.log.prove import prove
from router.audit.log.tables import log_checkpoints
from router.audit.log.verify import verify
from router.audit.tables import audit_pending
from router.store.database import connect, reading
from router.store.migrate import migrate
from router.store.writer import Writer

_LIBRARIES = ("sqlalchemy", "psycopg", "cryptography")
_TIMEOUT_S = 3_600.0

Sequencing = Callable[[Engine, Writer, Ed25519PrivateKey], AbstractContextManager[object]]
"""Whatever orders and signs the log while it runs; a gateway's own, which is not ours to import."""

OnProgress = Callable[[str, int], None]
"""(what is being done, records done)"""


@dataclass(frozen=True, slots=True)
class Settings:
    """`database_url` is of an empty database; one record is one entry of the log."""

    database_url: str
    records: int
    concurrency: int


def measure(settings: Settings, sequencing: Sequencing, on_progress: OnProgress) -> AuditRecord:
    """Leaves the database full. Raises what the database raises."""
    engine = connect(settings.database_url)
    migrate(engine)
    key = Ed25519PrivateKey.generate()
    try:
        append_figures, sampled = _append(settings, engine, key, sequencing, on_progress)
        proof_figures = _prove(engine, sampled)
        verify_figures = _verify(engine, key, on_progress)
        head, changed = commit(Path(__file__).parent)
        return AuditRecord(
            measured_at=datetime.now(UTC),
            commit=head,
            uncommitted_changes=changed,
            records=settings.records // 2 * 2,
            database=_kind(engine),
            database_version=_version(engine),
            machine=this_machine(),
            libraries=library_versions(_LIBRARIES),
            append=append_figures,
            proof=proof_figures,
            verify=verify_figures,
        )
    finally:
        engine.dispose()


def _append(
    settings: Settings,
    engine: Engine,
    key: Ed25519PrivateKey,
    sequencing: Sequencing,
    on_progress: OnProgress,
) -> tuple[Append, list[str]]:
    writer = Writer(engine, timeout_s=_TIMEOUT_S)
    writer.start()
    after_tenth_mib = 0.0
    with PeakMemory() as memory:

        def progress(done: int) -> None:
            nonlocal after_tenth_mib
            on_progress("appending", done)
            if done <= settings.records / 10:
                after_tenth_mib = memory.peak_mib

        try:
            with sequencing(engine, writer, key):
                done = asyncio.run(append(writer, settings.records, settings.concurrency, progress))
                behind_s = _until_placed(engine)
        finally:
            writer.close()
    waits_ms = sorted(wait_s * 1_000 for wait_s in done.waits_s)
    return (
        Append(
            concurrency=settings.concurrency,
            seconds=round(done.seconds, 2),
            cpu_s=round(done.cpu_s, 2),
            records_per_s=round(len(waits_ms) / done.seconds, 1),
            wait_p50_ms=_percentile(waits_ms, 0.5),
            wait_p99_ms=_percentile(waits_ms, 0.99),
            wait_max_ms=_percentile(waits_ms, 1),
            placed_behind_s=round(behind_s, 2),
            checkpoints=_count(engine, log_checkpoints.c.size),
            memory=_memory(memory),
            memory_after_tenth_mib=after_tenth_mib,
            database_mib=_size_mib(engine),
        ),
        done.sampled,
    )


def _until_placed(engine: Engine) -> float:
    """Seconds until no entry waits for its place any more."""
    began_s = time.perf_counter()
    while _count(engine, audit_pending.c.entry_id):
        time.sleep(0.01)
    return time.perf_counter() - began_s


def _prove(engine: Engine, sampled: Sequence[str]) -> Proof:
    times_ms: list[float] = []
    with PeakMemory() as memory:
        for request_id in sampled:
            began_s = time.perf_counter()
            with reading(engine).connect() as connection:
                prove(connection, request_id)
            times_ms.append((time.perf_counter() - began_s) * 1_000)
    times_ms.sort()
    return Proof(
        n=len(times_ms),
        p50_ms=_percentile(times_ms, 0.5),
        p99_ms=_percentile(times_ms, 0.99),
        max_ms=_percentile(times_ms, 1),
        memory=_memory(memory),
    )


def _verify(engine: Engine, key: Ed25519PrivateKey, on_progress: OnProgress) -> Verify:
    with PeakMemory() as memory:
        began_s = time.perf_counter()
        found = verify(
            engine, key.public_key(), progress=lambda done, _: on_progress("verifying", done)
        )
        seconds = time.perf_counter() - began_s
    return Verify(seconds=round(seconds, 2), ok=found.ok, size=found.size, memory=_memory(memory))


def _percentile(ordered: Sequence[float], share: float) -> float:
    """Nearest rank."""
    return round(ordered[max(0, -(-int(share * 1_000) * len(ordered) // 1_000) - 1)], 3)


def _memory(memory: PeakMemory) -> Memory:
    return Memory(start_mib=memory.start_mib, peak_mib=memory.peak_mib)


def _count(engine: Engine, column: Column[Any]) -> int:
    with reading(engine).connect() as connection:
        return connection.execute(select(func.count(column))).scalar_one()


def _kind(engine: Engine) -> Literal["sqlite", "postgresql"]:
    return "sqlite" if engine.dialect.name == "sqlite" else "postgresql"


def _version(engine: Engine) -> str:
    asked = "SELECT sqlite_version()" if _kind(engine) == "sqlite" else "SHOW server_version"
    with reading(engine).connect() as connection:
        return str(connection.exec_driver_sql(asked).scalar_one())


def _size_mib(engine: Engine) -> float:
    sizes = {
        "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
        "postgresql": "SELECT pg_database_size(current_database())",
    }
    with reading(engine).connect() as connection:
        return round(int(connection.exec_driver_sql(sizes[_kind(engine)]).scalar_one()) / 2**20, 1)
