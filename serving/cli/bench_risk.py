"""`ringfence bench risk`"""

from __future__ import annotations

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
    from benchmarks.risk.record import RiskRecord

RESULTS = Path("benchmarks/results/risk")
GUIDE = Path("docs/guides/routing-risk.md")


def risk(
    data: Annotated[
        list[Path] | None,
        typer.Option(help="Folders of recorded answers, beside the generated populations."),
    ] = None,
    runs: Annotated[int, typer.Option(help="How often labels are drawn.", min=1)] = 160,
    labels: Annotated[int, typer.Option(help="How many are drawn each time.", min=1)] = 1_500,
    seed: Annotated[int, typer.Option(help="Other draws of the same kind.")] = 1,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help=f"Where the record goes; {RESULTS} if whole.")
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Measure nothing; guide of the last run.")
    ] = False,
    guide: Annotated[Path, typer.Option(help="The file that --report renews.")] = GUIDE,
    as_json: AsJson = False,
) -> None:
    """How often a promised share of wrong answers is exceeded, however the threshold was set.

    Labels are drawn, thresholds set by them, and judged on everything else: by certificates, by
    what looks right on the labels, and by a bound of the one that looks best. Runs on generated
    populations and, with --data, on recorded answers of models (questions.jsonl.gz and
    outcomes.csv.gz). Exit status: 1 if certificates break their promise in more than 2% of the runs
    of a setting.

    Example: ringfence bench risk --data ../shared/data/routing/mmlu_pro
    """
    if report:
        _render(out_folder or RESULTS, guide)
        return
    from benchmarks.risk.answers import NoAnswers  # noqa: PLC0415
    from benchmarks.risk.measure import Plan, measure  # noqa: PLC0415
    from benchmarks.risk.record import save  # noqa: PLC0415
    from benchmarks.risk.report import guide_block  # noqa: PLC0415

    folders = [folder for folder in data or [] if folder.is_dir()]
    for folder in data or []:
        if folder not in folders:
            err.print(f"skipped: {folder} is not there", style="yellow", markup=False)
    try:
        with _progress() as on_setting:
            record = measure(Plan(runs, labels, seed), folders, on_setting)
    except NoAnswers as error:
        fail(str(error))
    except ValueError as error:
        fail(f"{error}: give fewer --labels")
    stored = save(record, out_folder or RESULTS) if record.is_whole or out_folder else None
    if as_json:
        typer.echo(record.model_dump_json(indent=2))
    else:
        out.print(guide_block(record), markup=False)
    if stored is not None:
        err.print(f"stored in {stored}; `ringfence bench risk --report` renews the guide")
    if record.is_whole and record.missed:
        raise typer.Exit(EXIT_FAILED)


def _render(folder: Path, guide: Path) -> None:
    from benchmarks.risk.record import newest  # noqa: PLC0415
    from benchmarks.risk.report import BLOCK, guide_block  # noqa: PLC0415

    record: RiskRecord | None = newest(folder)
    if record is None:
        fail(f"no whole run is recorded in {folder}")
    renew(guide, BLOCK, guide_block(record))
    out.print(f"renewed {guide}", markup=False)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        disable=not err.is_terminal,
    ) as bars:
        task = bars.add_task("settings", total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)
