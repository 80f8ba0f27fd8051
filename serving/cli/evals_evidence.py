"""`ringfence evals evidence`: what a move of a model asks for, out of a record of quality."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.options import EXIT_FAILED, AsJson
from serving.cli.output import cures, err, fail, out, print_json
from serving.cli.quality_options import RESULTS, record_path, refusals

if TYPE_CHECKING:
    from benchmarks.quality.evidence import Criterion, Shown
    from benchmarks.quality.record import QualityRecord

MARGIN = 0.05


def evidence(
    record: Annotated[str, typer.Argument(help="A file, or a record's id below --results.")],
    floor: Annotated[
        list[str] | None,
        typer.Option(metavar="SUITE=SHARE", help="The least that its mean may be; repeatedly."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(help="The champion's record: no task suite may be worse by --margin."),
    ] = None,
    margin: Annotated[
        float, typer.Option(help="How much worse is not worse, as a share.", min=0, max=1)
    ] = MARGIN,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="Where the files go; beside the record, else.")
    ] = None,
    results: Annotated[Path, typer.Option(help="Where records are.")] = RESULTS,
    as_json: AsJson = False,
) -> None:
    """Make evidence for `ringfence models promote`: a file for each kind that the record has.

    An evaluation is passed where every --floor, and with --against every suite of kind task, is met
    by the lower bound of its interval: too few items pass nothing. What safety and bias suites
    found is written down for the second person, with `passed` where a --floor is of one. Nothing is
    overwritten. Exit status: 0, or 1 where something is not passed (the files are written all the
    same).

    Example: ringfence evals evidence quality-20261122T120000Z-7b5feef --floor classification=0.8
    """
    from benchmarks.quality.record import read  # noqa: PLC0415

    least = _floors(floor or [])
    with refusals(), cures():
        path = record_path(record, results)
        measured = read(path)
        other = None if against is None else read(record_path(against, results))
        criteria = _criteria(measured, least, other, margin)
        made = _made(path, measured, criteria, out_folder or path.parent)
    if as_json:
        print_json({shown.kind.value: {"file": str(at)} | shown.content for at, shown in made})
    else:
        for at, shown in made:
            _say(at, shown)
    if any(shown.passed is False for _, shown in made):
        raise typer.Exit(EXIT_FAILED)


def _floors(said: list[str]) -> dict[str, float]:
    """Raises BadParameter, which is wrong usage."""
    found: dict[str, float] = {}
    for text in said:
        suite, _, share = text.partition("=")
        try:
            at_least = float(share)
        except ValueError:
            at_least = math.nan
        if not suite or not 0 <= at_least <= 1:
            raise typer.BadParameter("--floor takes SUITE=SHARE, such as classification=0.8")
        found[suite] = at_least
    return found


def _criteria(
    measured: QualityRecord,
    least: dict[str, float],
    other: QualityRecord | None,
    margin: float,
) -> list[Criterion]:
    """Raises ValueError for what cannot be judged; ends the command where nothing would be."""
    from benchmarks.quality.evidence import floors, not_worse  # noqa: PLC0415

    found = floors(measured, least)
    if other is not None:
        found += not_worse(measured, other, margin)
    tasks = {suite.name for suite in measured.suites if suite.kind == "task"}
    if tasks and tasks.isdisjoint(each.suite for each in found):
        fail(
            "an evaluation is passed by something: say what with --floor SUITE=SHARE, or --against "
            f"the champion's record; its suites are {', '.join(sorted(tasks))}",
            2,
        )
    return found


def _made(
    path: Path, measured: QualityRecord, criteria: list[Criterion], folder: Path
) -> list[tuple[Path, Shown]]:
    """Writes each kind's file. Raises ValueError for one that is there."""
    from benchmarks.quality.evidence import SUITES_OF, evidence_of  # noqa: PLC0415
    from router.registry.records import file_digest  # noqa: PLC0415

    sha256 = file_digest(path)
    found = [evidence_of(measured, sha256, kind, criteria) for kind in SUITES_OF]
    made = [(folder / f"{each.kind}-{measured.id}.json", each) for each in found if each]
    folder.mkdir(parents=True, exist_ok=True)
    for file, shown in made:
        try:
            with file.open("x", encoding="utf-8") as opened:
                opened.write(json.dumps(shown.content, indent=1) + "\n")
        except FileExistsError:
            raise ValueError(
                f"{file} is there, and a move may have been made by it: name another folder with "
                "--out"
            ) from None
    return made


def _say(file: Path, shown: Shown) -> None:
    """What is pasted behind `models promote` goes to stdout, what it says to stderr."""
    out.print(f"--evidence {shown.kind}={file}", markup=False)
    verdict = {True: "passed", False: "not passed", None: "for the second person to judge"}
    err.print(f"      {shown.kind}: {verdict[shown.passed]}", markup=False)
    for each in shown.criteria:
        mark = "met" if each.is_met else "missed"
        what = "mean" if each.rule == "floor" else "change"
        err.print(
            f"      {mark:<6}  {each.suite}: {what} {each.mean:.3f}, {each.low:.3f} at least where "
            f"{each.at_least:.3f} is asked for, n {each.items}",
            markup=False,
        )
    for suite, figure in shown.unjudged.items():
        err.print(
            f"      unjudged  {suite}: mean {figure.mean:.3f}, n {figure.items}", markup=False
        )
