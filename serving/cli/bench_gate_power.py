"""`ringfence bench gate-power`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.bench_readme import renew
from serving.cli.options import EXIT_FAILED, AsJson
from serving.cli.output import Steps, err, fail, out

if TYPE_CHECKING:
    from benchmarks.gate_power.scenario import Scenario

RESULTS = Path("benchmarks/results/gate")
GUIDE = Path("docs/guides/gate.md")


def gate_power(
    runs: Annotated[int, typer.Option(help="How often each change is judged.", min=10)] = 4_000,
    seed: Annotated[int, typer.Option(help="Other draws of the same kind.")] = 20261122,
    answers: Annotated[
        Path | None,
        typer.Option(
            help="A folder with outcomes.csv.gz of MMLU-Pro: real answers beside the rest."
        ),
    ] = None,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help=f"Where the record goes; {RESULTS} if whole.")
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Measure nothing; guide of the last run.")
    ] = False,
    guide: Annotated[Path, typer.Option(help="The file that --report renews.")] = GUIDE,
    as_json: AsJson = False,
) -> None:
    """How often the gate is right about changes whose truth is known, beside a raw rule.

    Judges made-up changes and mixtures of real answers thousands of times, at 1,000 and at 200
    items. A whole run (2,000 times or more, with --answers) takes some minutes of one core. Exit
    status: 1 if a whole run misses a goal.

    Example: ringfence bench gate-power --runs 200 --json
    """
    from benchmarks.gate_power.record import measure, newest, save  # noqa: PLC0415
    from benchmarks.gate_power.report import BLOCK, guide_block  # noqa: PLC0415

    if report:
        found = newest(out_folder or RESULTS)
        if found is None:
            fail(f"no whole run is recorded in {out_folder or RESULTS}")
        renew(guide, BLOCK, guide_block(found))
        out.print(f"renewed {guide}", markup=False)
        return
    scenarios = _scenarios(answers)
    name = None if answers is None else answers.resolve().name
    with Steps() as steps:
        record = measure(scenarios, runs=runs, seed=seed, answers=name, on_scenario=steps.begin)
    stored = save(record, out_folder or RESULTS) if record.is_whole or out_folder else None
    if as_json:
        typer.echo(record.model_dump_json(indent=2))
    else:
        typer.echo(guide_block(record))
    for goal in record.missed:
        err.print(f"missed  {goal}", markup=False)
    if stored is not None:
        err.print(f"stored in {stored}; `ringfence bench gate-power --report` renews the guide")
    if record.is_whole and record.missed:
        raise typer.Exit(EXIT_FAILED)


def _scenarios(answers: Path | None) -> list[Scenario]:
    from benchmarks.gate_power.mmlu_pro import NoAnswers, mixed  # noqa: PLC0415
    from benchmarks.gate_power.scenario import made_up  # noqa: PLC0415

    scenarios: list[Scenario] = [*made_up()]
    if answers is not None:
        try:
            scenarios += mixed(answers)
        except (NoAnswers, ValueError) as error:
            fail(str(error))
    return scenarios
