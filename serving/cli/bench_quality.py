"""`ringfence bench quality`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.options import MODELS, AsJson, Models
from serving.cli.output import cures, err, out, print_json
from serving.cli.quality_options import (
    RESULTS,
    URL,
    Bbq,
    Connections,
    DeclareTask,
    Key,
    Limit,
    Logprobs,
    MmluPro,
    Seed,
    SuiteNames,
    TimeoutS,
    Url,
    chosen_suites,
    folders,
    measured_lines,
    progress,
    refusals,
    require,
    say_left_out,
)

if TYPE_CHECKING:
    from benchmarks.quality.suites_file import SuiteEntry


def quality(
    url: Url = URL,
    key: Key = None,
    choice: Annotated[
        str, typer.Option(help="What is asked for: auto, a tier, or a model's ID or ID@VERSION.")
    ] = "auto",
    suites: SuiteNames = "all",
    limit: Limit = None,
    seed: Seed = 1,
    declare_task: DeclareTask = False,
    logprobs: Logprobs = False,
    connections: Connections = 4,
    timeout_s: TimeoutS = 600.0,
    bbq: Bbq = None,
    mmlu_pro: MmluPro = None,
    logs: Annotated[
        Path | None,
        typer.Option(
            help="Keep inspect's logs here, prompts and answers included; a run that was cut off"
            " goes on from them. Without it they are removed."
        ),
    ] = None,
    out_folder: Annotated[
        Path | None,
        typer.Option("--out", help=f"Where the record goes; {RESULTS} without --limit."),
    ] = None,
    write_models: Annotated[
        bool, typer.Option("--write-models", help="Print the lines of models.yaml for it.")
    ] = False,
    models: Models = MODELS,
    list_suites: Annotated[
        bool, typer.Option("--list", help="Measure nothing; list the suites.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Ask a gateway the questions of the suites, and score the answers.

    Runs on inspect-ai, at temperature 0, through the gateway as any client: what is asked is
    classified, routed, recorded and paid for. One suite is code that models wrote, which is run
    here: docs/guides/evaluation.md says what holds it. A suite of safety or bias that the policy
    keeps from the model is left out, and said to be. Exit status: 1 where there is no gateway, or
    over 5% of another suite had no answer.

    Example: ringfence bench quality --choice fast --suites task --limit 50
    """
    if list_suites:
        _list(as_json)
        return
    key = require(key)
    from benchmarks.quality.measure import Asked, measure  # noqa: PLC0415
    from benchmarks.quality.record import save, to_json  # noqa: PLC0415
    from benchmarks.quality.report import report  # noqa: PLC0415

    places = folders(bbq, mmlu_pro)
    with refusals():
        chosen = chosen_suites(suites, places, limit)
        asked = Asked(
            url=url.rstrip("/").removesuffix("/v1"),
            key=key,
            choice=choice,
            seed=seed,
            declare_task=declare_task,
            logprobs=logprobs,
            connections=connections,
            timeout_s=timeout_s,
            limit=limit,
            folders=places,
            logs=logs,
        )
        with progress(chosen) as on_item:
            record = measure(asked, chosen, on_item)
        say_left_out(record)
        keeps = out_folder is not None or limit is None
        stored = save(record, out_folder or RESULTS) if keeps else None
    if as_json:
        typer.echo(to_json(record), nl=False)
    else:
        out.print(report(record), markup=False)
    if stored is None:
        return
    err.print(f"stored in {stored}", markup=False)
    if write_models and record.model is not None:
        # Beside JSON for programs, what is for people to paste goes to the standard error.
        for line in measured_lines(stored, models):
            (err if as_json else out).print(line, markup=False)


def _list(as_json: bool) -> None:
    from benchmarks.quality.suites_file import load_entries  # noqa: PLC0415

    with cures():
        entries = list(load_entries().values())
    if as_json:
        print_json([entry.model_dump(mode="json") for entry in entries])
        return
    for entry in entries:
        out.print(_line(entry), markup=False)


def _line(entry: SuiteEntry) -> str:
    digest = "" if entry.digest is None else entry.digest[:19]
    return (
        f"{entry.name:<28} {entry.kind:<7} {entry.task.value:<14} {entry.items:>5}  {digest:<19}  "
        f"{entry.about}"
    )
