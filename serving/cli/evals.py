"""`ringfence evals`: figures of quality that are kept current, and what changed in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from serving.cli.evals_evidence import evidence
from serving.cli.evals_schedule import every_s, rounds, stopped_by_signals
from serving.cli.options import EXIT_FAILED, MODELS, AsJson
from serving.cli.output import counted, cures, err, fail, out, print_json
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
    record_path,
    refusals,
    require,
    say_left_out,
)

if TYPE_CHECKING:
    from benchmarks.quality.drift import Drift
    from benchmarks.quality.measure import Asked
    from benchmarks.quality.record import QualityRecord
    from benchmarks.quality.suite import Suite

app = typer.Typer(
    name="evals", help="Keep the models' figures of quality current.", no_args_is_help=True
)

app.command("evidence")(evidence)

ModelsFile = Annotated[
    Path, typer.Option("--models-file", "--models", help="The registry of models.")
]
Results = Annotated[Path, typer.Option(help="Where records are.")]


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One model in one round: its record, and how it compares with the one before."""

    model: str
    path: Path
    against: str | None
    drift: tuple[Drift, ...] = ()
    quality: dict[str, float] = field(default_factory=dict)

    @property
    def got_worse(self) -> list[str]:
        from benchmarks.quality.drift import Verdict  # noqa: PLC0415

        return [each.suite for each in self.drift if each.verdict is Verdict.WORSE]

    def as_json(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "record": str(self.path),
            "against": self.against,
            "quality": self.quality,
            "drift": [asdict(each) for each in self.drift],
            "got_worse": self.got_worse,
        }


@app.command("run")
def run(
    schedule: Annotated[
        str | None, typer.Option(help='Again and again, such as "every 24h", until stopped.')
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="One round, as without a schedule.")] = False,
    model: Annotated[
        list[str] | None,
        typer.Option(help="ID@VERSION; may be given repeatedly. All in production, else."),
    ] = None,
    suites: SuiteNames = "task",
    models_file: ModelsFile = MODELS,
    url: Url = URL,
    key: Key = None,
    limit: Limit = None,
    seed: Seed = 1,
    declare_task: DeclareTask = False,
    logprobs: Logprobs = False,
    connections: Connections = 4,
    timeout_s: TimeoutS = 600.0,
    bbq: Bbq = None,
    mmlu_pro: MmluPro = None,
    results: Results = RESULTS,
    write_models: Annotated[
        bool, typer.Option("--write-models", help="Print what models.yaml has to say of each.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run the suites for each model in production, store a record, compare it with the last one.

    Suites whose items are the same are compared item by item: McNemar's exact test, Holm over the
    suites, 5%. External models cost what they cost: --model names those to ask. Exit status: 1
    where a suite got worse, or a model could not be measured; with --schedule that of the last
    round, and 0 if it is stopped in the middle of one.

    Example: ringfence evals run --once --suites classification,extraction
    """
    if once and schedule is not None:
        fail("--once and --schedule exclude each other", 2)
    every = None if schedule is None else every_s(schedule)
    key = require(key)
    from benchmarks.quality.measure import Asked  # noqa: PLC0415

    places = folders(bbq, mmlu_pro)
    with refusals(), cures():
        names = model or in_production(models_file)
        chosen = chosen_suites(suites, places, limit)
    asked = Asked(
        url=url.rstrip("/").removesuffix("/v1"),
        key=key,
        choice="",
        seed=seed,
        declare_task=declare_task,
        logprobs=logprobs,
        connections=connections,
        timeout_s=timeout_s,
        limit=limit,
        folders=places,
    )
    is_well = True
    with stopped_by_signals() as stop:
        for began_s in rounds(every, stop):
            is_well = True
            err.print(f"round of {datetime.fromtimestamp(began_s, UTC):%Y-%m-%d %H:%M} UTC")
            with refusals():
                evaluated, failed = _round(asked, names, chosen, results)
            _show(evaluated, models_file if write_models else None, as_json)
            is_well = not failed and not any(each.got_worse for each in evaluated)
    if not is_well:
        raise typer.Exit(EXIT_FAILED)


@app.command("list")
def list_records(results: Results = RESULTS, as_json: AsJson = False) -> None:
    """List the records that there are, oldest first.

    Example: ringfence evals list --json
    """
    from benchmarks.quality.record import records  # noqa: PLC0415

    with refusals():
        found = list(records(results))
    if as_json:
        print_json([_summary(path, record) for path, record in found])
        return
    table = Table(box=None)
    for name in ("record", "made", "of", "items", "quality"):
        table.add_column(name, overflow="fold")
    for path, record in found:
        said = _summary(path, record)
        figures = ", ".join(f"{task} {mean:.2f}" for task, mean in said["quality"].items())
        cells = [record.id, said["made_at"], said["of"], str(said["items"]), figures]
        table.add_row(*map(escape, cells))
    out.print(table)
    out.print(f"{counted(len(found), 'record')} in {results}", markup=False)


@app.command("show")
def show(
    record: Annotated[str, typer.Argument(help="A file, or a record's id below --results.")],
    against: Annotated[
        str | None, typer.Option(help="Another one, before it; the last of the same model, else.")
    ] = None,
    results: Results = RESULTS,
    as_json: AsJson = False,
) -> None:
    """Show a record, in Markdown, and what changed since the one before. Exit status 0 either way.

    Example: ringfence evals show quality-20261122T120000Z-7b5feef
    """
    from benchmarks.quality.drift import before, drift  # noqa: PLC0415
    from benchmarks.quality.record import read, to_json  # noqa: PLC0415
    from benchmarks.quality.report import drift_lines, report  # noqa: PLC0415

    with refusals():
        new = read(record_path(record, results))
        if as_json:
            typer.echo(to_json(new), nl=False)
            return
        if against is not None:
            old: QualityRecord | None = read(record_path(against, results))
        else:
            found = before(results, new)
            old = None if found is None else found[1]
    out.print(report(new), markup=False)
    if old is not None:
        out.print(f"Since {old.id}:", markup=False)
        for line in drift_lines(drift(old, new)):
            out.print(line, markup=False)


def in_production(models_file: Path) -> list[str]:
    """The keys of the models that chat and are in production. Raises ConfigError, ValueError."""
    from router.domain import Capability  # noqa: PLC0415
    from router.registry.card import LifecycleState  # noqa: PLC0415
    from router.registry.load import load_registry  # noqa: PLC0415

    entries = load_registry(models_file).entries
    names = [
        name
        for name, entry in entries.items()
        if entry.card.lifecycle.state is LifecycleState.PRODUCTION
        and Capability.CHAT in entry.spec.capabilities
    ]
    if not names:
        raise ValueError(f"{models_file} has no model in production that chats: name one")
    return names


def _round(
    asked: Asked, names: Sequence[str], suites: Sequence[Suite], results: Path
) -> tuple[list[Evaluated], list[str]]:
    """Every model in turn, and those that could not be measured: one that fails stops no other."""
    from benchmarks.quality.chosen import GatewayRefused  # noqa: PLC0415
    from benchmarks.quality.record import RecordRefused  # noqa: PLC0415
    from benchmarks.quality.run import RunFailed  # noqa: PLC0415

    evaluated: list[Evaluated] = []
    failed: list[str] = []
    for name in names:
        err.print(f"  {name}", markup=False)
        try:
            evaluated.append(_evaluate(asked, name, suites, results))
        except (GatewayRefused, RecordRefused, RunFailed) as error:
            failed.append(name)
            err.print(f"ringfence: {name}: {error}", style="red", markup=False)
    return evaluated, failed


def _evaluate(asked: Asked, name: str, suites: Sequence[Suite], results: Path) -> Evaluated:
    from benchmarks.quality.drift import before, drift  # noqa: PLC0415
    from benchmarks.quality.measure import measure  # noqa: PLC0415
    from benchmarks.quality.record import save  # noqa: PLC0415

    with progress(suites) as on_item:
        record = measure(replace(asked, choice=name), suites, on_item)
    say_left_out(record)
    found = before(results, record)
    path = save(record, results)
    return Evaluated(
        model=name,
        path=path,
        against=None if found is None else found[1].id,
        drift=() if found is None else drift(found[1], record),
        quality={task.value: figure.mean for task, figure in record.quality.items()},
    )


def _show(evaluated: Sequence[Evaluated], models_file: Path | None, as_json: bool) -> None:
    from benchmarks.quality.report import drift_lines  # noqa: PLC0415

    if as_json:
        print_json([each.as_json() for each in evaluated])
        return
    for each in evaluated:
        figures = ", ".join(f"{task} {mean:.3f}" for task, mean in each.quality.items())
        out.print(f"{each.model}: {figures or 'no task measured'}; {each.path}", markup=False)
        if each.against is not None:
            out.print(f"since {each.against}:", markup=False)
            for line in drift_lines(each.drift):
                out.print(f"  {line}", markup=False)
        if each.got_worse:
            names = ", ".join(each.got_worse)
            err.print(f"ringfence: {each.model} got worse at {names}", style="red", markup=False)
        if models_file is not None:
            for line in measured_lines(each.path, models_file):
                out.print(line, markup=False)


def _summary(path: Path, record: QualityRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "path": str(path),
        "made_at": f"{record.made_at:%Y-%m-%d %H:%M}",
        "of": record.choice if record.model is None else record.model.key,
        "suites": [suite.name for suite in record.suites],
        "items": len(record.outcomes),
        "quality": {task.value: figure.mean for task, figure in record.quality.items()},
    }
