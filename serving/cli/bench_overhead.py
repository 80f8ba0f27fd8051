"""`ringfence bench overhead`"""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.bench_readme import renew
from serving.cli.options import EXIT_FAILED, POLICY, AsJson, Policy
from serving.cli.output import Steps, cures, err, fail, out

if TYPE_CHECKING:
    from benchmarks.overhead.record import OverheadRecord

RESULTS = Path("benchmarks/results/overhead")
GUIDE = Path("docs/guides/overhead.md")


def overhead(
    pairs: Annotated[int, typer.Option(help="Pairs of requests of each case.", min=2)] = 300,
    warm_up: Annotated[int, typer.Option(help="Pairs before them that do not count.", min=1)] = 30,
    seed: Annotated[int, typer.Option(help="Draws prompts and resamplings.")] = 1,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help=f"Where the record goes; {RESULTS} if whole.")
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Measure nothing; guide of the last run.")
    ] = False,
    guide: Annotated[Path, typer.Option(help="The file that --report renews.")] = GUIDE,
    policy: Policy = POLICY,
    as_json: AsJson = False,
) -> None:
    """Measure what the gateway adds to the time to first token, beside a bare ingress.

    Starts a cluster of its own with a simulated engine, and asks it the same through both doors,
    one request at a time, in pairs; about ten minutes. Nothing else ought to run meanwhile, and
    the record says if it did.
    Exit status: 1 if a whole run (300 pairs of each, no warnings) misses a goal.

    Example: ringfence bench overhead --pairs 50 --json
    """
    if report:
        _render(out_folder or RESULTS, guide)
        return
    from benchmarks.overhead.record import save, to_json  # noqa: PLC0415

    with _ends_in_order(), Steps() as steps, _refusals():
        record = _measured(pairs, warm_up, seed, policy, steps)
        stored = save(record, out_folder or RESULTS) if record.is_whole or out_folder else None
    if as_json:
        typer.echo(to_json(record), nl=False)
    else:
        _show(record)
    for said in record.warnings:
        err.print(f"ringfence: {said}", style="yellow", markup=False)
    if stored is not None:
        renews = "; `ringfence bench overhead --report` renews the guide"
        err.print(f"stored in {stored}{renews if record.is_whole else ''}", markup=False)
    if record.is_whole and record.missed:
        raise typer.Exit(EXIT_FAILED)


def _measured(pairs: int, warm_up: int, seed: int, policy: Path, steps: Steps) -> OverheadRecord:
    from benchmarks.overhead.measure import measure  # noqa: PLC0415
    from serving.bench.overhead.cluster import running_doors  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="ringfence-overhead-") as directory:
        steps.begin("starting a cluster and a bare ingress (a minute)")
        with running_doors(Path(directory), policy) as doors:
            record = measure(doors, pairs, warm_up, seed, steps.begin)
            steps.begin("stopping")
    return record


def _render(folder: Path, guide: Path) -> None:
    from benchmarks.overhead.record import newest  # noqa: PLC0415
    from benchmarks.overhead.report import BLOCK, guide_block  # noqa: PLC0415

    with cures(), _unreadable():
        record = newest(folder)
    if record is None:
        fail(f"no whole run is recorded in {folder}")
    renew(guide, BLOCK, guide_block(record))
    out.print(f"renewed {guide}", markup=False)


def _show(record: OverheadRecord) -> None:
    from benchmarks.overhead.report import lines  # noqa: PLC0415

    for line in lines(record):
        out.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def _ends_in_order() -> Iterator[None]:
    """SIGTERM ends what was started, as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _refusals() -> Iterator[None]:
    """What a run is refused with, as one line and an exit status."""
    from benchmarks.overhead.client import NotAnswered  # noqa: PLC0415
    from serving.bench.throughput.started import DidNotStart  # noqa: PLC0415

    try:
        with cures(), _unreadable():
            yield
    except (DidNotStart, NotAnswered) as error:
        fail(str(error))


@contextmanager
def _unreadable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        fail(f"{error.filename or 'a file'}: {error.strerror}")
