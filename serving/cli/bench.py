"""`ringfence bench`: figures that anyone can reproduce, and the records that they are kept in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from router.policy.load import load_rules
from serving.cli.bench_audit import audit
from serving.cli.bench_gate_power import gate_power
from serving.cli.bench_leak import leak
from serving.cli.bench_overhead import overhead
from serving.cli.bench_overload import overload
from serving.cli.bench_plan_check import plan_check
from serving.cli.bench_quality import quality
from serving.cli.bench_readme import renew
from serving.cli.bench_risk import risk
from serving.cli.bench_routing import routing
from serving.cli.bench_routing_overhead import routing_overhead
from serving.cli.bench_throughput import compare, gate, report, throughput
from serving.cli.options import MODELS, POLICY, AsJson, Models, Policy
from serving.cli.output import cures, err, fail, out

if TYPE_CHECKING:
    from benchmarks.privacy.measure import Plan, Run
    from benchmarks.privacy.score import Judged
    from benchmarks.privacy.sets import MeasuredSet
    from router.policy.policy import Policy as RoutingPolicy

DETECTOR_PROCESSES = 2
RESULTS = Path("benchmarks/results/privacy")
README = Path("README.md")
PICTURE = "curve.svg"

app = typer.Typer(
    name="bench",
    help="Measure this installation; a record of each run is stored.",
    no_args_is_help=True,
)
app.command("leak")(leak)
app.command("audit")(audit)
app.command("overload")(overload)
app.command("throughput")(throughput)
app.command("compare")(compare)
app.command("gate")(gate)
app.command("plan-check")(plan_check)
app.command("report")(report)
app.command("quality")(quality)
app.command("risk")(risk)
app.command("routing")(routing)
app.command("routing-overhead")(routing_overhead)
app.command("overhead")(overhead)
app.command("gate-power")(gate_power)


@app.command("privacy")
def privacy(
    data: Annotated[
        list[Path] | None,
        typer.Option(help="More sets: JSONL files, or folders of them; may be given repeatedly."),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A sample, in about three minutes. Stored with --out.")
    ] = False,
    baseline: Annotated[
        bool, typer.Option(help="Measure default Presidio beside it, on a sample of the sets.")
    ] = True,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help=f"Where the record goes; {RESULTS} if whole.")
    ] = None,
    misses: Annotated[
        Path | None,
        typer.Option(help="Write which requests were judged wrongly: ids and types, no text."),
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Measure nothing; README and picture of the last run.")
    ] = False,
    readme: Annotated[Path, typer.Option(help="The file whose table --report renews.")] = README,
    seed: Annotated[int | None, typer.Option(help="Other requests of the same kind.")] = None,
    models: Models = MODELS,
    policy: Policy = POLICY,
    as_json: AsJson = False,
) -> None:
    """How much of what identifies people is found, and how much harmless is taken for it.

    Measures the generated set, and what --data names, through the classifier as the gateway wires
    it; beside it default Presidio. A whole run takes the better part of an hour on two cores.

    Example: ringfence bench privacy --quick --data my-requests.jsonl
    """
    from benchmarks.privacy.baseline import BaselineUnavailable  # noqa: PLC0415
    from benchmarks.privacy.measure import QUICK, WHOLE  # noqa: PLC0415
    from benchmarks.privacy.record import save  # noqa: PLC0415
    from benchmarks.privacy.report import readme_block  # noqa: PLC0415
    from router.errors import DetectionFailed  # noqa: PLC0415

    folder = out_folder or RESULTS
    with cures():
        rules = load_rules(models, policy)
    if report:
        _render(folder, readme, rules.policy.detection.min_score)
        return
    plan = QUICK if quick else WHOLE
    if seed is not None:
        plan = replace(plan, seed=seed)
    sets = _sets(data or [])
    try:
        measured = asyncio.run(_measure(rules.policy, sets, plan, baseline))
    except BaselineUnavailable as error:
        fail(f"default Presidio cannot be measured: {error}; leave it out with --no-baseline")
    except DetectionFailed as error:
        fail(f"the detector does not start: {error}")
    stored = save(measured.record, folder) if out_folder is not None or not quick else None
    if misses is not None:
        _write_misses(misses, measured.judged)
    if as_json:
        typer.echo(measured.record.model_dump_json(indent=2))
    else:
        out.print(readme_block(measured.record), markup=False)
    if stored is not None:
        err.print(f"stored in {stored}; `ringfence bench privacy --report` renews the README")


async def _measure(
    policy: RoutingPolicy, sets: list[MeasuredSet], plan: Plan, baseline: bool
) -> Run:
    """The one place that wires what is measured: the gateway's detector and classifier."""
    from benchmarks.privacy.measure import Subject, run  # noqa: PLC0415
    from router.privacy.classify import Classifier  # noqa: PLC0415
    from serving.detection.pool import DetectorPool  # noqa: PLC0415

    detector = DetectorPool(
        workers=DETECTOR_PROCESSES,
        deadline_s=policy.detection_deadline_s,
        max_waiting=64,
        recognisers=policy.detection.recognisers,
    )
    subject = Subject(
        detector=detector,
        make=lambda measured: Classifier(measured, policy.detection),
        rules=policy.detection,
        policy_digest=policy.digest,
        deadline_s=policy.detection_deadline_s,
    )
    await detector.start()
    try:
        with _Progress() as progress:
            return await run(subject, sets, plan, progress.begin, baseline=baseline)
    finally:
        await detector.close()


def _sets(paths: list[Path]) -> list[MeasuredSet]:
    from benchmarks.privacy.sets import BadSet, find_files, load_set  # noqa: PLC0415

    files, absent = find_files(paths)
    for path in absent:
        err.print(f"skipped: {path} is not there", style="yellow", markup=False)
    try:
        return [load_set(path) for path in files]
    except BadSet as error:
        fail(str(error))


def _render(folder: Path, readme: Path, min_score: float) -> None:
    from benchmarks.privacy.picture import curve_svg  # noqa: PLC0415
    from benchmarks.privacy.record import newest  # noqa: PLC0415
    from benchmarks.privacy.report import BLOCK, readme_block  # noqa: PLC0415

    record = newest(folder)
    if record is None:
        fail(f"no whole run is recorded in {folder}")
    picture = folder / PICTURE
    picture.write_text(curve_svg(record, min_score), encoding="utf-8")
    renew(readme, BLOCK, readme_block(record, picture.as_posix()))
    out.print(f"renewed {readme} and {picture}", markup=False)


def _write_misses(path: Path, judged: dict[str, list[Judged]]) -> None:
    """One line of JSON for each request with identifiers that was let out, and for each harmless
    one that was not.
    """
    with path.open("w", encoding="utf-8") as file:
        for name, entries in judged.items():
            for one in entries:
                sample, verdict = one.sample, one.verdict
                if sample.has_pii == verdict.forced_on_prem:
                    continue
                line = {
                    "set": name,
                    "id": sample.id,
                    "has_pii": sample.has_pii,
                    "lang": sample.lang,
                    "shape": sample.shape,
                    "category": sample.category,
                    "evasion": sample.evasion,
                    "labelled": sorted({span.entity_type for span in sample.spans}),
                    "found": sorted({found.entity_type for found in verdict.found}),
                    "undetermined": verdict.undetermined,
                }
                file.write(json.dumps(line) + "\n")


class _Progress:
    """One bar a step on a terminal, one line a step elsewhere."""

    def __init__(self) -> None:
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=err,
            disable=not err.is_terminal,
        )

    def __enter__(self) -> _Progress:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def begin(self, name: str, parts: int) -> Callable[[], None]:
        """Begins a step of so many parts, 0 if that is not known; returns what ends one part."""
        task = self._bars.add_task(name, total=parts or None)
        if not err.is_terminal:
            err.print(f"… {name}" + (f" ({parts})" if parts else ""), markup=False)
        return lambda: self._bars.advance(task)
