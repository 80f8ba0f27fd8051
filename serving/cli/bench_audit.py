"""`ringfence bench audit`"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from serving.cli.bench_readme import renew
from serving.cli.options import EXIT_FAILED, AsJson
from serving.cli.output import err, fail, out

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from sqlalchemy import Engine

    from benchmarks.audit.record import AuditRecord
    from router.store.writer import Writer

RESULTS = Path("benchmarks/results/audit")
README = Path("README.md")


def audit(
    records: Annotated[int, typer.Option(help="How many records.", min=2)] = 1_000_000,
    concurrency: Annotated[int, typer.Option(help="Requests at a time.", min=1)] = 256,
    database_url: Annotated[
        str | None,
        typer.Option(
            help="An empty database to be filled; a SQLite file of this run's own without.",
            envvar="RINGFENCE_BENCH_DATABASE_URL",
            show_envvar=True,
        ),
    ] = None,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help=f"Where the record goes; {RESULTS} if whole.")
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Measure nothing; README of the last run.")
    ] = False,
    readme: Annotated[Path, typer.Option(help="The file that --report renews.")] = README,
    as_json: AsJson = False,
) -> None:
    """Append to the audit log, prove and verify it: how fast, and with how much memory.

    Records go through the writer that a gateway has, while its sequencer orders and signs them.
    Exit status: 1 if the log does not verify, or a whole run (a million records) misses a goal.

    Example: ringfence bench audit --records 50000 --json
    """
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    if report:
        _render(out_folder or RESULTS, readme)
        return
    from benchmarks.audit.measure import Settings, measure  # noqa: PLC0415
    from benchmarks.audit.record import WHOLE, save  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="ringfence-audit-") as directory:
        url = database_url or f"sqlite:///{Path(directory) / 'ringfence.db'}"
        try:
            with _progress(records) as on_progress:
                record = measure(Settings(url, records, concurrency), _sequencing, on_progress)
        except SQLAlchemyError as error:
            fail(f"the database cannot be measured: {type(error).__name__}; it has to be empty")
    whole = records >= WHOLE
    stored = save(record, out_folder or RESULTS) if whole or out_folder else None
    if as_json:
        typer.echo(record.model_dump_json(indent=2))
    else:
        _show(record)
    if stored is not None:
        err.print(f"stored in {stored}; `ringfence bench audit --report` renews the README")
    if not record.verify.ok or (whole and record.missed):
        raise typer.Exit(EXIT_FAILED)


def _render(folder: Path, readme: Path) -> None:
    from benchmarks.audit.record import newest  # noqa: PLC0415
    from benchmarks.audit.report import BLOCK, readme_block  # noqa: PLC0415

    record = newest(folder)
    if record is None:
        fail(f"no whole run is recorded in {folder}")
    renew(readme, BLOCK, readme_block(record))
    out.print(f"renewed {readme}", markup=False)


@contextmanager
def _sequencing(engine: Engine, writer: Writer, key: Ed25519PrivateKey) -> Iterator[None]:
    """A gateway's own sequencer, as it runs there."""
    from router.audit.log.rules import AuditRules  # noqa: PLC0415
    from router.clock import SystemClock  # noqa: PLC0415
    from serving.audit.sequencer import Sequencer  # noqa: PLC0415

    interval_s = AuditRules().checkpoint_interval_s
    sequencer = Sequencer(engine, writer, key, SystemClock(), interval_s)
    sequencer.start()
    try:
        yield
    finally:
        sequencer.close()


def _show(record: AuditRecord) -> None:
    append, proof, verify = record.append, record.proof, record.verify
    lines = (
        f"{record.records:,} records on {record.database} {record.database_version}",
        f"append  {append.records_per_s:,.0f}/s; "
        f"{append.seconds:,.1f} s, {append.cpu_s:,.1f} s of CPU; "
        f"waits p50 {append.wait_p50_ms:.1f} ms, p99 {append.wait_p99_ms:.1f} ms",
        f"        peak {append.memory.peak_mib:,.0f} MiB, "
        f"{append.memory_after_tenth_mib:,.0f} MiB after a tenth of it; "
        f"{append.database_mib:,.0f} MiB on disk",
        f"prove   p50 {proof.p50_ms:.2f} ms, p99 {proof.p99_ms:.2f} ms; "
        f"peak {proof.memory.peak_mib:,.0f} MiB",
        f"verify  {verify.seconds:,.1f} s, {'whole' if verify.ok else 'NOT WHOLE'}; "
        f"peak {verify.memory.peak_mib:,.0f} MiB",
        *(f"missed  {goal}" for goal in record.missed),
    )
    for line in lines:
        out.print(line, markup=False)


@contextmanager
def _progress(records: int) -> Iterator[Callable[[str, int], None]]:
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        disable=not err.is_terminal,
    ) as bars:
        task = bars.add_task("starting", total=records)
        yield lambda what, done: bars.update(task, completed=done, description=what)
