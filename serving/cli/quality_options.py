"""What `bench quality` and `evals` share: options, the choice of suites, progress, refusals."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from serving.cli.output import cures, err, fail

if TYPE_CHECKING:
    from benchmarks.quality.record import QualityRecord
    from benchmarks.quality.run import OnItem
    from benchmarks.quality.suite import Suite

RESULTS = Path("benchmarks/results/quality")
URL = "http://127.0.0.1:8080"
KINDS = ("task", "safety", "bias")

Url: TypeAlias = Annotated[str, typer.Option(help="The gateway.")]
Key: TypeAlias = Annotated[
    str | None,
    typer.Option(
        envvar="RINGFENCE_BENCH_KEY",
        help="Its key. Say it in the variable: others see options.",
    ),
]
SuiteNames: TypeAlias = Annotated[
    str, typer.Option(help="Names separated by commas; also all, task, safety and bias.")
]
Limit: TypeAlias = Annotated[
    int | None, typer.Option(help="The first so many items of each suite.", min=1)
]
Seed: TypeAlias = Annotated[int, typer.Option(help="Sent with each request.")]
DeclareTask: TypeAlias = Annotated[
    bool, typer.Option("--declare-task", help="Send the suite's task as x-ringfence-task.")
]
Logprobs: TypeAlias = Annotated[
    bool, typer.Option("--logprobs", help="Ask for log-probabilities, and keep what they come to.")
]
Connections: TypeAlias = Annotated[int, typer.Option(help="Requests at a time.", min=1)]
TimeoutS: TypeAlias = Annotated[float, typer.Option(help="For each answer.", min=1)]
Bbq: TypeAlias = Annotated[Path | None, typer.Option(help="The folder of BBQ's files.")]
MmluPro: TypeAlias = Annotated[Path | None, typer.Option(help="The folder of MMLU-Pro.")]


def folders(bbq: Path | None, mmlu_pro: Path | None) -> dict[str, Path]:
    """Where sets of others lie, as far as somebody said."""
    said = {"bbq": bbq, "mmlu_pro": mmlu_pro}
    return {name: path for name, path in said.items() if path is not None}


def require(key: str | None) -> str:
    """The key. Ends the command where it, or inspect-ai, is missing."""
    if key is None:
        fail("there is no key: put one of the gateway's into RINGFENCE_BENCH_KEY", 2)
    if find_spec("inspect_ai") is None:
        fail(
            "the suites run on inspect-ai, which is not here: pip install -e '.[quality]' -c "
            "constraints.txt"
        )
    return key


def chosen_suites(said: str, places: Mapping[str, Path], limit: int | None) -> list[Suite]:
    """Those that were named. A set that is not here is skipped, and said to be, if a whole kind was
    asked for; one that was named ends the command, as an unknown name does.
    """
    from benchmarks.quality.loaders.source import SetAbsent  # noqa: PLC0415
    from benchmarks.quality.suite import make_suite  # noqa: PLC0415
    from benchmarks.quality.suites_file import load_entries  # noqa: PLC0415

    with cures():
        entries = load_entries()
    names = [name.strip() for name in said.split(",") if name.strip()]
    if not names or not set(names) <= {*entries, *KINDS, "all"}:
        fail(f"--suites takes all, {', '.join(KINDS)}, or {', '.join(entries)}", 2)
    found: list[Suite] = []
    for name, entry in entries.items():
        if not {name, entry.kind, "all"} & set(names):
            continue
        try:
            found.append(make_suite(entry, places, limit))
        except SetAbsent as absent:
            option = f"--{str(entry.set_name).replace('_', '-')}"
            if name in names:
                fail(f"{name}: {absent}; say with {option} where it lies", 2)
            err.print(f"ringfence: skipped {name}: {absent} ({option})", style="yellow")
    if not found:
        fail("none of these suites is here: name others", 2)
    return found


def record_path(name: str, results: Path) -> Path:
    """A file as it is named, or the one of that id below `results`."""
    path = Path(name)
    if path.suffix == ".json":
        return path
    found = sorted(results.glob(f"*/{path.name}.json"))
    return found[0] if found else results / f"{path.name}.json"


def say_left_out(record: QualityRecord) -> None:
    """What was asked for and is not in the record, whoever reads that."""
    from benchmarks.quality.report import left_out_lines  # noqa: PLC0415

    for line in left_out_lines(record.left_out):
        err.print(f"ringfence: {line}", style="yellow", markup=False)


@contextmanager
def refusals() -> Iterator[None]:
    """What a run or a record is refused with, as one line and an exit status."""
    from benchmarks.quality.chosen import GatewayRefused  # noqa: PLC0415
    from benchmarks.quality.record import RecordRefused  # noqa: PLC0415
    from benchmarks.quality.run import RunFailed  # noqa: PLC0415
    from benchmarks.quality.suite import SuiteChanged  # noqa: PLC0415

    try:
        yield
    except (GatewayRefused, RecordRefused, RunFailed, SuiteChanged) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or 'a file'}: {error.strerror}")


@contextmanager
def progress(suites: Sequence[Suite]) -> Iterator[OnItem]:
    """A bar a suite on a terminal; elsewhere a line for each that is done."""
    sizes = {suite.name: len(suite.items) for suite in suites}
    done = dict.fromkeys(sizes, 0)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        disable=not err.is_terminal,
    ) as bars:
        tasks = {name: bars.add_task(name, total=size) for name, size in sizes.items()}

        def on_item(suite: str) -> None:
            done[suite] += 1
            bars.advance(tasks[suite])
            if done[suite] == sizes[suite] and not err.is_terminal:
                err.print(f"      {suite}: {sizes[suite]} items", markup=False)

        yield on_item


def measured_lines(record: Path, models: Path) -> list[str]:
    """What models.yaml has to say to take its figures from a record, for pasting."""
    from router.registry.records import file_digest  # noqa: PLC0415

    place = os.path.relpath(record.resolve(), models.resolve().parent)
    return [
        "    measured:",
        f"      quality: {{record: {place}, sha256: {file_digest(record)}}}",
    ]
