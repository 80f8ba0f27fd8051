"""`ringfence bench routing`"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from serving.cli.bench_readme import renew
from serving.cli.options import EXIT_FAILED, AsJson
from serving.cli.output import Steps, cures, err, fail, out

if TYPE_CHECKING:
    from benchmarks.routing.outcomes import OutcomeSet
    from benchmarks.routing.prices import PriceTable
    from benchmarks.routing.record import Metric, RoutingRecord
    from router.learned.embedder import Embedder
    from router.learned.examples import Inputs

RESULTS = Path("benchmarks/results/routing")
GUIDE = Path("docs/guides/learned-routing.md")
PICTURE = "curves.html"
PROFILES = ("quick", "standard")


def routing(
    data: Annotated[
        Path | None,
        typer.Option(help="A folder with questions.jsonl and outcomes.csv; a set of our own."),
    ] = None,
    profile: Annotated[
        str, typer.Option(help="quick: 2,500 questions; standard: all of them, and stored.")
    ] = "quick",
    prices: Annotated[
        Path | None, typer.Option(help="What models cost; the prices that are shipped.")
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help="Where embeddings are kept for the next run.")
    ] = None,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help=f"Where the record goes; {RESULTS} if whole.")
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Measure nothing; guide and curves of the last run.")
    ] = False,
    guide: Annotated[Path, typer.Option(help="The file that --report renews.")] = GUIDE,
    as_json: AsJson = False,
) -> None:
    """Route recorded outcomes: ours beside lookup, kNN, win rate, a random mix and the oracle.

    Every figure is of questions that no router has learned from. Embedding ten thousand questions
    takes minutes, once with --cache. Exit status: 1 if a run of a whole set misses a goal.

    Example: ringfence bench routing --data ../shared/data/routing/mmlu_pro --profile quick
    """
    if report:
        _render(out_folder or RESULTS, guide)
        return
    if profile not in PROFILES:
        raise typer.BadParameter(f"a profile is one of: {', '.join(PROFILES)}")
    from benchmarks.routing.measure import PROFILES as KNOWN  # noqa: PLC0415
    from benchmarks.routing.measure import measure  # noqa: PLC0415
    from benchmarks.routing.record import save  # noqa: PLC0415
    from router.registry.records import file_digest  # noqa: PLC0415

    chosen = KNOWN[profile]
    with cures():
        table, path = _prices(prices)
        outcomes = _outcomes(data, table).sample(chosen.questions, chosen.seed)
        embedder = sentence_encoder()
        inputs = _inputs(outcomes, embedder, cache)
        with Steps() as steps:
            digest = f"sha256:{file_digest(path)}"
            record = measure(
                outcomes,
                table,
                prices_digest=digest,
                embedder=embedder,
                inputs=inputs,
                profile=chosen,
                on_step=steps.begin,
            )
    is_whole = profile == "standard" and data is not None
    stored = save(record, out_folder or RESULTS) if is_whole or out_folder is not None else None
    if as_json:
        typer.echo(record.model_dump_json(indent=2))
    else:
        _show(record)
    if stored is not None:
        err.print(f"stored in {stored}; `ringfence bench routing --report` renews the guide")
    if is_whole and record.missed:
        raise typer.Exit(EXIT_FAILED)


def _prices(path: Path | None) -> tuple[PriceTable, Path]:
    from benchmarks.routing.prices import SHIPPED, load_prices  # noqa: PLC0415

    path = path or SHIPPED
    return load_prices(path), path


def _outcomes(folder: Path | None, prices: PriceTable) -> OutcomeSet:
    from benchmarks.routing.generated import generated_set  # noqa: PLC0415
    from benchmarks.routing.load import BadOutcomes, load_outcomes  # noqa: PLC0415

    if folder is None:
        return generated_set()
    try:
        return load_outcomes(folder, prices.models)
    except BadOutcomes as error:
        fail(str(error))


def sentence_encoder() -> Embedder:
    from router.learned.embedder import MiniLm  # noqa: PLC0415
    from router.learned.embedder_files import EmbedderMissing, ensure  # noqa: PLC0415
    from serving.weights import cache_root  # noqa: PLC0415

    try:
        return MiniLm(ensure(cache_root()))
    except EmbedderMissing as error:
        fail(str(error))


def _inputs(outcomes: OutcomeSet, embedder: Embedder, cache: Path | None) -> Inputs:
    from benchmarks.routing.embed import embeddings_of  # noqa: PLC0415
    from router.learned.inputs import inputs_of  # noqa: PLC0415

    with embedding_progress(outcomes.n) as on_text:
        embeddings = embeddings_of(embedder, outcomes.texts, cache, on_text)
    return inputs_of(embeddings, outcomes.texts, outcomes.tasks)


@contextmanager
def embedding_progress(texts: int) -> Iterator[Callable[[], None]]:
    """A bar on a terminal, one line elsewhere."""
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        disable=not err.is_terminal,
    )
    if not err.is_terminal:
        err.print(f"      … embed {texts:,} texts", markup=False)
    with bars:
        task = bars.add_task("embed", total=texts)
        yield lambda: bars.advance(task)


def _render(folder: Path, guide: Path) -> None:
    from benchmarks.routing.record import newest  # noqa: PLC0415
    from benchmarks.routing.report import BLOCK, guide_block, page  # noqa: PLC0415

    record = newest(folder)
    if record is None:
        fail(f"no whole run is recorded in {folder}")
    picture = folder / PICTURE
    picture.write_text(page(record), encoding="utf-8")
    renew(guide, BLOCK, guide_block(record))
    out.print(f"renewed {guide} and {picture}", markup=False)


def _show(record: RoutingRecord) -> None:
    for comparison in record.comparisons:
        for metric in comparison.metrics:
            out.print(f"{comparison.name}: {metric.kind}", markup=False)
            _show_metric(metric)
    if record.judged is not None:
        seconds = " and ".join(record.judged.seconds)
        out.print(f"pair, with the cheap answers in hand (beside {seconds}): apgr", markup=False)
        _show_metric(record.judged.metric)
    took = record.overhead
    out.print(f"overhead p50 {took.p50_ms:.1f} ms, p99 {took.p99_ms:.1f} ms", markup=False)
    for goal, is_met in record.goals.items():
        out.print(f"{'met   ' if is_met else 'missed'}  {goal}", markup=False)


def _show_metric(metric: Metric) -> None:
    less = {each.baseline: each.difference for each in metric.against}
    for router, figure in metric.routers.items():
        line = f"  {router:<15} {figure.value:6.3f}  {figure.low:6.3f} to {figure.high:6.3f}"
        if router in less:
            one = less[router]
            line += f"   ours {one.value:+.3f}  {one.low:+.3f} to {one.high:+.3f}"
        out.print(line, markup=False)
