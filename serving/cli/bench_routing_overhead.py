"""`ringfence bench routing-overhead`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from serving.cli.bench_readme import renew
from serving.cli.options import EXIT_FAILED, AsJson
from serving.cli.output import Steps, err, fail, out

RESULTS = Path("benchmarks/results/routing_overhead")
README = Path("README.md")


def routing_overhead(
    requests: Annotated[int, typer.Option(help="How many of each installation.", min=100)] = 2_000,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help=f"Where the record goes; {RESULTS} by default.")
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Measure nothing; README of the last run.")
    ] = False,
    readme: Annotated[Path, typer.Option(help="The file that --report renews.")] = README,
    as_json: AsJson = False,
) -> None:
    """Time what routing costs a request, by the shipped policy and at 200 models and 500 rules.

    No gateway and no model: features and decisions alone, one after the other.
    Exit status: 1 if a goal is missed.

    Example: ringfence bench routing-overhead --requests 500 --json
    """
    from benchmarks.routing_overhead.record import newest, save  # noqa: PLC0415
    from benchmarks.routing_overhead.report import BLOCK, readme_block  # noqa: PLC0415

    folder = out_folder or RESULTS
    if report:
        found = newest(folder)
        if found is None:
            fail(f"no run is recorded in {folder}")
        renew(readme, BLOCK, readme_block(found))
        out.print(f"renewed {readme}", markup=False)
        return
    from benchmarks.routing_overhead.measure import measure  # noqa: PLC0415

    with Steps() as steps:
        record = measure(steps.begin, requests)
    stored = save(record, folder)
    if as_json:
        typer.echo(record.model_dump_json(indent=2))
    else:
        for timed in record.timed:
            out.print(
                f"{timed.installation:<8} {timed.part:<9} n {timed.n:>6,}  "
                f"p50 {timed.p50_ms:>7.3f} ms  p99 {timed.p99_ms:>7.3f} ms",
                markup=False,
                soft_wrap=True,
            )
        for goal in record.missed:
            out.print(f"missed  {goal}", markup=False)
    err.print(f"stored in {stored}; `ringfence bench routing-overhead --report` renews the README")
    if record.missed:
        raise typer.Exit(EXIT_FAILED)
