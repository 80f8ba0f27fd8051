"""`ringfence route train`: a learned router from records of quality."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.bench_routing import embedding_progress, sentence_encoder
from serving.cli.costs_period import Since, Until, period
from serving.cli.options import EXIT_FAILED, MODELS, STATE_DIR, AsJson, Models, StateDir
from serving.cli.output import Steps, counted, cures, err, fail, out, print_json
from serving.cli.route_train_feedback import feedback_by_task

if TYPE_CHECKING:
    from benchmarks.routing.outcomes import OutcomeSet
    from router.feedback.tally import Said
    from router.learned.artifact import Header
    from router.learned.embedder import Embedder
    from router.learned.examples import Inputs
    from router.learned.live import Verdict

_SEED = 1


def train(
    outcomes: Annotated[
        list[Path],
        typer.Option(help="Records of `ringfence bench quality`, or folders; repeatedly."),
    ],
    out_file: Annotated[Path, typer.Option("--out", help="Where the learned router goes.")],
    suites: Annotated[
        Path | None, typer.Option(help="The suites that the records are of; those shipped.")
    ] = None,
    folder: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=DIR", help="Where a set of others lies; repeatedly."),
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help="Where embeddings are kept for the next time.")
    ] = None,
    with_feedback: Annotated[
        bool,
        typer.Option("--with-feedback", help="Let what callers said shift the lookup by task."),
    ] = False,
    since: Since = None,
    until: Until = None,
    models: Models = MODELS,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Learn from outcomes which model is worth asking, and say whether that may go live.

    It may if it beats the lookup by task, with 95% confidence, on items that it had not learned
    from; the file says so itself, and a gateway leaves one off that does not. With feedback, that
    of --since to --until counts: scores and labels by task and model, in the router and in the
    lookup alike, and no text of anybody's. That needs the role auditor, and is recorded. Exit
    status: 0 if it may, 1 if not (the file is written all the same).

    Example: ringfence route train --outcomes benchmarks/results/quality --out router.npz
    """
    from benchmarks.routing.train import train as trained  # noqa: PLC0415
    from router.learned.artifact import load_artifact, save_artifact  # noqa: PLC0415
    from router.learned.live import is_allowed  # noqa: PLC0415
    from router.registry.load import load_registry  # noqa: PLC0415

    if not with_feedback and (since or until):
        raise typer.BadParameter("--since and --until are of feedback: add --with-feedback")
    said = feedback_by_task(state_dir, period(since, until)) if with_feedback else ()
    with cures():
        registry = load_registry(models)
        on_prem = {key for key, each in registry.entries.items() if not each.spec.is_external}
        read = _recorded(outcomes, suites, folder or [], frozenset(on_prem))
        embedder = sentence_encoder()
        inputs = _inputs(read, embedder, cache)
        with Steps() as steps:
            header, estimator = trained(
                read,
                inputs,
                embedder_digest=embedder.digest,
                ringfence=version("ringfence"),
                made_at=datetime.now(UTC),
                seed=_SEED,
                on_step=steps.begin,
                said=said,
            )
        try:
            save_artifact(header, estimator, out_file)
        except OSError as error:
            fail(f"{out_file} cannot be written: {error.strerror}")
        artifact = load_artifact(out_file)
    verdict = is_allowed(artifact, embedder.digest, registry.entries)
    if as_json:
        print_json(
            {
                "file": str(out_file),
                "sha256": artifact.sha256,
                "may_go_live": verdict.is_allowed,
                "reason": verdict.reason,
                "header": header.model_dump(mode="json", by_alias=True),
            }
        )
    else:
        if with_feedback:
            _say_feedback(header, said)
        _show(header, verdict, out_file, artifact.sha256)
    if not verdict.is_allowed:
        raise typer.Exit(EXIT_FAILED)


def _recorded(
    paths: list[Path], suites: Path | None, folders: list[str], on_prem: frozenset[str]
) -> OutcomeSet:
    """Raises ValueError, ConfigError."""
    from benchmarks.quality.record import read  # noqa: PLC0415
    from benchmarks.quality.suites_file import SUITES, load_entries  # noqa: PLC0415
    from benchmarks.routing.load import BadOutcomes  # noqa: PLC0415
    from benchmarks.routing.recorded import recorded_set  # noqa: PLC0415

    where = {}
    for each in folders:
        name, is_said, place = each.partition("=")
        if not is_said or not place:
            raise typer.BadParameter("write --folder NAME=DIR, such as mmlu_pro=data/mmlu_pro")
        where[name] = Path(place)
    files = [file for path in paths for file in _files(path)]
    if not files:
        fail("there are no records in what --outcomes names; `ringfence bench quality` makes them")
    try:
        return recorded_set(
            [read(file) for file in files], load_entries(suites or SUITES), where, on_prem
        )
    except BadOutcomes as error:
        fail(str(error))


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("quality-*.json")) if path.is_dir() else [path]


def _inputs(outcomes: OutcomeSet, embedder: Embedder, cache: Path | None) -> Inputs:
    from benchmarks.routing.embed import embeddings_of  # noqa: PLC0415
    from router.learned.inputs import inputs_of  # noqa: PLC0415

    with embedding_progress(outcomes.n) as on_text:
        embeddings = embeddings_of(embedder, outcomes.texts, cache, on_text)
    return inputs_of(embeddings, outcomes.texts, outcomes.tasks)


def _say_feedback(header: Header, said: Sequence[Said]) -> None:
    """How much of it has a say, since most clusters have less than that takes."""
    from benchmarks.routing.opinions import FEWEST  # noqa: PLC0415

    given = counted(sum(each.opinions for each in said), "opinion")
    err.print(
        f"{given} of callers; {header.opinions:,} shift the lookup: {FEWEST} of a model at a task, "
        "and of another one at the same, are the fewest that do",
        markup=False,
    )


def _show(header: Header, verdict: Verdict, path: Path, sha256: str) -> None:
    compared = header.comparison
    out.print(
        f"{compared.metric}, on {compared.questions:,} items held out:\n"
        f"  learned      {compared.learned:6.3f}\n"
        f"  task lookup  {compared.lookup:6.3f}\n"
        f"  difference   {compared.difference:+6.3f}  95% from {compared.low:+.3f} to "
        f"{compared.high:+.3f}",
        markup=False,
    )
    out.print(f"{path}  sha256:{sha256}", markup=False)
    if verdict.is_allowed:
        out.print("may go live", markup=False)
    else:
        err.print(f"stays off: {verdict.reason}", markup=False)
