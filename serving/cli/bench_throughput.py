"""`ringfence bench throughput`, `compare`, `gate` and `report`"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.bench_readme import renew
from serving.cli.options import EXIT_FAILED, MODELS, POLICY, AsJson, Models, Policy
from serving.cli.options import THROUGHPUT_RESULTS as RESULTS
from serving.cli.output import Steps, cures, err, fail, out, print_json

if TYPE_CHECKING:
    from benchmarks.throughput.generator import Target
    from benchmarks.throughput.record import ThroughputRecord
    from benchmarks.throughput.scenario import Layer, Lengths

README = Path("README.md")
PAGE, MARKDOWN = "report.html", "report.md"
EXIT_INCONCLUSIVE = 3
_ALL_LAYERS = "engine,serve,gateway"


def throughput(
    model: Annotated[
        str | None, typer.Option(help="Id or ID@VERSION in models.yaml; the first engine's, else.")
    ] = None,
    profile: Annotated[str, typer.Option(help="quick, standard or full.")] = "quick",
    layers: Annotated[
        str, typer.Option(help="What the load passes through, separated by commas.")
    ] = _ALL_LAYERS,
    isl: Annotated[
        int | None, typer.Option(help="Tokens of a prompt, in place of the profile's.", min=1)
    ] = None,
    osl: Annotated[int | None, typer.Option(help="Tokens of an answer.", min=1)] = None,
    url: Annotated[
        str | None,
        typer.Option(help="A gateway, or what --layers names, that runs: it alone is measured."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            envvar="RINGFENCE_BENCH_KEY",
            help="Its key. Say it in the variable: others see options.",
        ),
    ] = None,
    objective_ttft_ms: Annotated[float, typer.Option(help="What goodput keeps.", min=1)] = 2_000,
    objective_tpot_ms: Annotated[float, typer.Option(help="What goodput keeps.", min=1)] = 200,
    gpu_hour_usd: Annotated[
        float | None, typer.Option(help="What an hour of one GPU costs.", min=0)
    ] = None,
    gpus: Annotated[Path | None, typer.Option(help="A table of GPU types of your own.")] = None,
    seed: Annotated[int, typer.Option(help="Draws prompts and arrivals.")] = 1,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help=f"Where the record goes; {RESULTS} if not quick.")
    ] = None,
    models: Models = MODELS,
    policy: Policy = POLICY,
    as_json: AsJson = False,
) -> None:
    """Measure tokens per second on this machine: the engine alone, through Ray Serve, through all.

    Starts each layer by itself with the model's own profile, sends the same requests to each, and
    ends what it started. On two cores quick takes under ten minutes, standard under fifty; nothing
    else ought to run meanwhile, and the record says if it did.

    Example: ringfence bench throughput --profile standard --gpu-hour-usd 2.5
    """
    from benchmarks.throughput.profiles import Profile  # noqa: PLC0415
    from benchmarks.throughput.record import Objective, save, to_json  # noqa: PLC0415
    from benchmarks.throughput.report import readme_block  # noqa: PLC0415
    from hardware.gpu_table import GPUS, load_gpus  # noqa: PLC0415
    from serving.bench.throughput.run import Settings, run_throughput  # noqa: PLC0415

    if profile not in list(Profile):
        fail("--profile is quick, standard or full", 2)
    wanted = _layers(layers, url)
    with _ends_in_order(), Steps() as steps, refusals():
        record = run_throughput(
            Settings(
                models=models,
                policy=policy,
                model=model,
                profile=Profile(profile),
                layers=wanted,
                lengths=_lengths(isl, osl),
                objective=Objective(ttft_s=objective_ttft_ms / 1e3, tpot_s=objective_tpot_ms / 1e3),
                seed=seed,
                table=load_gpus(gpus or GPUS),
                gpu_hour_usd=gpu_hour_usd,
                running=None if url is None else _target(url, key, model, models, policy),
            ),
            steps.begin,
        )
        keeps = out_folder is not None or profile != Profile.QUICK
        stored = save(record, out_folder or RESULTS) if keeps else None
    if as_json:
        typer.echo(to_json(record), nl=False)
    else:
        out.print(readme_block([record], ()), markup=False)
    if stored is not None:
        err.print(f"stored in {stored}; `ringfence bench report` renews the README", markup=False)


def compare(
    old: Annotated[Path, typer.Argument(help="A record.")],
    new: Annotated[Path, typer.Argument(help="A later one, of the same GPU type and model.")],
    as_json: AsJson = False,
) -> None:
    """Show what changed between two records, each figure with an interval of 95%.

    Says so if the later one is of this kind of machine and no longer tells of this one.

    Example: ringfence bench compare old.json new.json
    """
    from benchmarks.throughput.compare import compare as compare_records  # noqa: PLC0415
    from benchmarks.throughput.record import read  # noqa: PLC0415
    from serving.bench.throughput.show import comparison_json, comparison_lines  # noqa: PLC0415

    with refusals():
        after = read(new)
        compared, stale = compare_records(read(old), after), _stale(new, after)
    if as_json:
        print_json(comparison_json(compared) | {"stale": stale})
        return
    for line in comparison_lines(compared):
        out.print(line, markup=False)
    _warn(stale)


def gate(
    new: Annotated[
        Path | None, typer.Argument(help="The record to judge; the newest of --results, else.")
    ] = None,
    against: Annotated[
        str, typer.Option(help="A record, or latest: the last before it of this GPU type.")
    ] = "latest",
    tolerance: Annotated[
        float, typer.Option(help="What share of throughput may be lost.", min=0, max=0.99)
    ] = 0.05,
    ttft_tolerance: Annotated[
        float, typer.Option(help="The same for the unloaded TTFT.", min=0, max=0.99)
    ] = 0.25,
    results: Annotated[Path, typer.Option(help="Where records are.")] = RESULTS,
    as_json: AsJson = False,
) -> None:
    """Judge a run by the one before it: for automation.

    Exit status: 0 as good, 1 worse or refused, 3 not to be told from these records.

    Example: ringfence bench gate --against latest --tolerance 0.05
    """
    from benchmarks.throughput.compare import compare as compare_records  # noqa: PLC0415
    from benchmarks.throughput.gate import Verdict  # noqa: PLC0415
    from benchmarks.throughput.gate import gate as judge  # noqa: PLC0415
    from benchmarks.throughput.record import read  # noqa: PLC0415
    from serving.bench.throughput.show import gate_json, gate_lines  # noqa: PLC0415

    with refusals():
        path = new or newest(results)
        after = read(path)
        before = _before(path, after, results) if against == "latest" else read(Path(against))
        judged = judge(before, after, compare_records(before, after), tolerance, ttft_tolerance)
        stale = _stale(path, after)
    if as_json:
        print_json(gate_json(judged) | {"stale": stale})
    else:
        for line in gate_lines(judged):
            out.print(line, markup=False)
        _warn(stale)
    if judged.verdict is not Verdict.PASS:
        raise typer.Exit(EXIT_FAILED if judged.verdict is Verdict.FAIL else EXIT_INCONCLUSIVE)


def report(
    results: Annotated[Path, typer.Option(help="Where records are.")] = RESULTS,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="Where the two reports go; --results, else.")
    ] = None,
    readme: Annotated[
        Path | None, typer.Option(help="The file whose table is renewed; none, else.")
    ] = None,
) -> None:
    """Write Markdown and one HTML page with plots from all records, others' figures beside.

    Example: ringfence bench report --readme README.md
    """
    from benchmarks.throughput.anchors import load_anchors  # noqa: PLC0415
    from benchmarks.throughput.page import page  # noqa: PLC0415
    from benchmarks.throughput.record import records as all_records  # noqa: PLC0415
    from benchmarks.throughput.report import BLOCK, readme_block  # noqa: PLC0415
    from benchmarks.throughput.report import report as markdown  # noqa: PLC0415

    folder = out_folder or results
    with refusals(), cures():
        found = [record for _, record in all_records(results)]
        anchors = load_anchors()
        if readme is not None:
            # First: where it has no place for the table, nothing is written.
            renew(readme, BLOCK, readme_block(found, anchors))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARKDOWN).write_text(markdown(found, anchors), encoding="utf-8")
        (folder / PAGE).write_text(page(found, anchors), encoding="utf-8")
    said = f"{folder / MARKDOWN} and {folder / PAGE}, from {len(found)} records"
    out.print(said if readme is None else f"{said}; renewed {readme}", markup=False)


@contextmanager
def _ends_in_order() -> Iterator[None]:
    """SIGTERM ends what was started, as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def refusals() -> Iterator[None]:
    """What a run or a record is refused with, as one line and an exit status."""
    from benchmarks.throughput.endpoint import EndpointRefused  # noqa: PLC0415
    from benchmarks.throughput.generator import GeneratorFailed  # noqa: PLC0415
    from benchmarks.throughput.measure import NothingAnswered  # noqa: PLC0415
    from serving.bench.throughput.started import DidNotStart  # noqa: PLC0415
    from serving.weights import WeightsError  # noqa: PLC0415

    try:
        with cures():
            yield
    except (EndpointRefused, GeneratorFailed, NothingAnswered, DidNotStart, WeightsError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or 'a file'}: {error.strerror}")


def _layers(said: str, url: str | None) -> frozenset[Layer]:
    from benchmarks.throughput.scenario import Layer  # noqa: PLC0415

    if url is not None and said == _ALL_LAYERS:
        return frozenset({Layer.GATEWAY})
    names = {name.strip() for name in said.split(",")}
    if not names <= set(Layer):
        fail(f"--layers takes {', '.join(Layer)}", 2)
    if url is not None and len(names) > 1:
        fail("--url is one layer: name it with --layers", 2)
    return frozenset(map(Layer, names))


def _lengths(isl: int | None, osl: int | None) -> tuple[Lengths, ...]:
    from benchmarks.throughput.scenario import Lengths  # noqa: PLC0415

    if isl is None and osl is None:
        return ()
    if isl is None or osl is None:
        fail("--isl and --osl come together", 2)
    return (Lengths(isl, osl),)


def _target(url: str, key: str | None, model: str | None, models: Path, policy: Path) -> Target:
    from benchmarks.throughput.generator import Target  # noqa: PLC0415
    from router.policy.load import load_rules  # noqa: PLC0415
    from serving.bench.throughput.subject import served_key  # noqa: PLC0415

    registry = load_rules(models, policy).registry
    return Target(url.rstrip("/").removesuffix("/v1"), served_key(registry, model), key)


def newest(results: Path) -> Path:
    from benchmarks.throughput.record import RecordRefused  # noqa: PLC0415

    paths = sorted(results.glob("*/*/*.json"), key=lambda path: path.name)
    if not paths:
        raise RecordRefused(f"no record is in {results}: `ringfence bench throughput` makes one")
    return paths[-1]


def _stale(path: Path, record: ThroughputRecord) -> list[str]:
    """In words, if the record is of this kind of machine and no longer tells of this one."""
    from hardware.gpu_table import load_gpus  # noqa: PLC0415
    from hardware.probe import probe  # noqa: PLC0415
    from serving.bench.throughput.stale import said, stale_here  # noqa: PLC0415

    changed = stale_here(record, probe(), load_gpus())
    return [said(path.name, changed)] if changed else []


def _warn(lines: list[str]) -> None:
    for line in lines:
        err.print(f"ringfence: {line}", style="yellow", markup=False)


def _before(path: Path, record: ThroughputRecord, results: Path) -> ThroughputRecord:
    from benchmarks.throughput.record import RecordRefused, latest  # noqa: PLC0415

    found = latest(results, record.gpu, record.model, before=record.measured_at)
    if found is None:
        raise RecordRefused(
            f"no earlier record of {record.model} on {record.gpu} is in {results}: {path.name} is "
            "the first; run the suite again to have two"
        )
    return found[1]
