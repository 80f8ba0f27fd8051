"""`ringfence bench leak`"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from serving.cli.bench_readme import renew
from serving.cli.options import EXIT_FAILED, AsJson
from serving.cli.output import err, fail, out

if TYPE_CHECKING:
    from benchmarks.leak.sample import Sample
    from serving.bench.leak.run import Progress as RunProgress

RESULTS = Path("benchmarks/results/privacy/leak")
README = Path("README.md")


def leak(
    requests: Annotated[int, typer.Option(help="How many requests.", min=1)] = 20_000,
    seed: Annotated[int, typer.Option(help="Draws requests and faults.")] = 1,
    concurrency: Annotated[int, typer.Option(help="How many at a time.", min=1)] = 16,
    faults: Annotated[bool, typer.Option(help="Break things meanwhile.")] = True,
    fault_every: Annotated[int, typer.Option(help="Requests to a fault.", min=1)] = 60,
    detector: Annotated[str, typer.Option(help="real, or fake for a try.")] = "real",
    small: Annotated[bool, typer.Option("--small", help="A few texts, for a try.")] = False,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help=f"Where the record goes; {RESULTS} if it counts.")
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Measure nothing; README of the last run.")
    ] = False,
    readme: Annotated[Path, typer.Option(help="The file that --report renews.")] = README,
    as_json: AsJson = False,
) -> None:
    """Count what arrives outside although it should not, while everything is being broken.

    Whole requests go through gateways of this installation's own, with recording providers behind
    them; detectors, the ledger, backends and the gateways themselves are killed, stopped, locked
    and reloaded meanwhile. Exit status: 1 if anything happened that must never happen.

    Example: ringfence bench leak --requests 500 --detector fake --small
    """
    from benchmarks.leak.record import counts, save  # noqa: PLC0415
    from benchmarks.leak.report import readme_block  # noqa: PLC0415
    from serving.bench.leak.child import DidNotStart  # noqa: PLC0415
    from serving.bench.leak.run import Settings, run_leak  # noqa: PLC0415

    if report:
        _render(out_folder or RESULTS, readme)
        return
    settings = Settings(
        requests=requests,
        seed=seed,
        concurrency=concurrency,
        detector=_detector(detector),
        samples="built" if small else "generated",
        given=_samples(small, seed),
        every=fault_every if faults else None,
    )
    # What could not be broken is in the record.
    logging.getLogger("serving.bench").setLevel(logging.ERROR)
    try:
        with _progress(requests) as on_progress:
            record = asyncio.run(run_leak(settings, on_progress))
    except DidNotStart as error:
        fail(str(error))
    keeps = out_folder is not None or counts(record)
    stored = save(record, out_folder or RESULTS) if keeps else None
    if as_json:
        typer.echo(record.model_dump_json(indent=2))
    else:
        out.print(readme_block(record), markup=False)
    if stored is not None:
        err.print(f"stored in {stored}; `ringfence bench leak --report` renews the README")
    if not record.holds:
        raise typer.Exit(EXIT_FAILED)


def _detector(name: str) -> Literal["real", "fake"]:
    if name == "real":
        return "real"
    if name == "fake":
        return "fake"
    return fail("--detector is real or fake")


def _samples(small: bool, seed: int) -> list[Sample]:
    from benchmarks.leak.samples import generated_samples, small_samples  # noqa: PLC0415

    return small_samples(seed) if small else list(generated_samples())


def _render(folder: Path, readme: Path) -> None:
    from benchmarks.leak.record import newest  # noqa: PLC0415
    from benchmarks.leak.report import BLOCK, readme_block  # noqa: PLC0415

    record = newest(folder)
    if record is None:
        fail(f"no run that counts is recorded in {folder}")
    renew(readme, BLOCK, readme_block(record))
    out.print(f"renewed {readme}", markup=False)


@contextlib.contextmanager
def _progress(requests: int) -> Iterator[Callable[[RunProgress], None]]:
    """One bar, and beside it what arrived outside and what was broken."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        disable=not err.is_terminal,
    ) as bars:
        task = bars.add_task("starting", total=requests)

        def show(now: RunProgress) -> None:
            bars.update(
                task,
                completed=now.ended,
                description=f"{now.arrived_outside:,} arrived outside, {now.injected:,} faults",
            )

        yield show
