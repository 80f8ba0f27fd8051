"""`ringfence bench plan-check`: what a plan would have predicted, beside what was measured."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from serving.cli.bench_throughput import EXIT_INCONCLUSIVE, newest, refusals
from serving.cli.options import EXIT_FAILED, AsJson
from serving.cli.options import THROUGHPUT_RESULTS as RESULTS
from serving.cli.output import err, out, print_json

SUFFIX = ".plan.md"


def plan_check(
    record: Annotated[
        Path | None, typer.Argument(help="A throughput record; the newest of --results, else.")
    ] = None,
    save: Annotated[
        bool, typer.Option("--save", help=f"Write the table beside the record, as NAME{SUFFIX}.")
    ] = False,
    results: Annotated[Path, typer.Option(help="Where records are.")] = RESULTS,
    as_json: AsJson = False,
) -> None:
    """Check a plan's predictions by a record: calibrate by some of its runs, predict the others.

    Closed loops, prefill and decode calibrate; offline and open loops are held out and predicted:
    throughput has to be within 15%, p95 TTFT within 25%. Exit status: 0 all are, 1 one is not or
    the record is refused, 3 not to be told from this record.

    Example: ringfence bench plan-check --save
    """
    from benchmarks.throughput.gate import Verdict  # noqa: PLC0415
    from benchmarks.throughput.plan_check import check  # noqa: PLC0415
    from benchmarks.throughput.plan_check_report import (  # noqa: PLC0415
        check_json,
        check_lines,
        check_markdown,
    )
    from benchmarks.throughput.record import read  # noqa: PLC0415

    with refusals():
        path = record or newest(results)
        measured = read(path)
        checked = check(measured)
        if save:
            beside = path.with_name(path.stem + SUFFIX)
            beside.write_text(check_markdown(checked, measured, path.name), encoding="utf-8")
            err.print(f"stored in {beside}", markup=False)
    if as_json:
        print_json(check_json(checked))
    else:
        for line in check_lines(checked):
            out.print(line, markup=False)
    if checked.verdict is not Verdict.PASS:
        is_failed = checked.verdict is Verdict.FAIL
        raise typer.Exit(EXIT_FAILED if is_failed else EXIT_INCONCLUSIVE)
