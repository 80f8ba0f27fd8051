"""`ringfence route certify`: from labelled answers to what may be promised of a cheap model."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer

from router.escalation.signals.names import CERTIFIABLE
from router.registry.load import load_registry
from router.registry.registry import Registry
from router.risk.certificate import DEFAULT_DAYS, Certificate, CertifiedModel, Promise
from router.risk.certificate_record import record_of
from router.risk.certify import Subject
from router.risk.certify import certify as certified
from router.risk.labelled import RIGHT_FROM, Labelled
from router.risk.learn_then_test import NothingCertified, Terms
from router.risk.outcomes import Outcomes, labelled, of_model, signals_of
from router.task import Task
from serving.cli.options import MODELS, AsJson, Models
from serving.cli.output import cures, err, fail, out, print_json
from serving.cli.route_records import DEFAULT_SIGNAL, read_outcomes, resolved, weights_digest
from serving.cli.today import day_of


def certify(
    outcomes: Annotated[
        list[Path],
        typer.Option(help="Records of quality, or folders of them; may be given repeatedly."),
    ],
    cheap: Annotated[str, typer.Option(help="The model whose answers are kept.")],
    strong: Annotated[str, typer.Option(help="The model that answers where they are not.")],
    out_file: Annotated[Path, typer.Option("--out", help="Where the certificate goes.")],
    task: Annotated[
        Task | None, typer.Option(help="Of this task alone; without it, of all as they come.")
    ] = None,
    signal: Annotated[
        str, typer.Option(help=f"By what an answer is kept: {' or '.join(CERTIFIABLE)}.")
    ] = DEFAULT_SIGNAL,
    max_wrong: Annotated[
        float, typer.Option(help="The share of wrong answers that is put up with.")
    ] = 0.05,
    confidence: Annotated[
        float, typer.Option(help="How surely, over a year in which it is renewed.")
    ] = 0.95,
    of: Annotated[
        Promise,
        typer.Option(help="A share of the answers that are kept, or of all that are tried."),
    ] = Promise.OF_KEPT,
    right_from: Annotated[
        float, typer.Option(help="The score from which on an answer is right.", min=0, max=1)
    ] = RIGHT_FROM,
    days: Annotated[
        int, typer.Option(help="For how long it holds.", min=1, max=365)
    ] = DEFAULT_DAYS,
    models: Models = MODELS,
    as_json: AsJson = False,
) -> None:
    """Certify at which threshold a cheap model's answers may be kept.

    Part of the labels orders the thresholds, the rest tests them (Learn then Test, with the bound
    of Clopper and Pearson), so that the promise holds although a threshold was chosen.
    docs/guides/routing-risk.md says what it means, and when not to believe it. Exit status: 0, or 1
    for records that will not do and where nothing can be certified.

    Example: ringfence route certify --outcomes benchmarks/results/quality --cheap
    smollm2-135m-fast --strong gpt-5-mini --task classification --out classification.json
    """
    with cures():
        _require_certifiable(signal)
        registry, terms = load_registry(models), Terms(max_wrong, confidence, of, days)
        runs = read_outcomes(outcomes)
        subject = _subject(registry, runs, (cheap, strong), signal, task, right_from)
        labels = _labels(runs, subject)
        try:
            certificate = certified(labels, subject, terms, day_of(None))
        except NothingCertified as error:
            if as_json:
                print_json({"certified": False, "labels": error.labels, "needed": error.needed})
            fail(str(error))
        digest = _write(certificate, out_file)
    if as_json:
        print_json({"certified": True, **_shown(certificate), "sha256": digest})
        return
    _say(certificate, out_file, digest)


def _require_certifiable(signal: str) -> None:
    """Raises ValueError for what no policy would take a certificate of."""
    if signal not in CERTIFIABLE:
        raise ValueError(
            f"--signal takes {' and '.join(CERTIFIABLE)}: a certificate names the version and the "
            "weights of the two models, and nothing else that a signal could depend on"
        )


def _subject(
    registry: Registry,
    runs: Sequence[Outcomes],
    names: tuple[str, str],
    signal: str,
    task: Task | None,
    right_from: float,
) -> Subject:
    """`names` are those of the cheap and of the strong model."""
    keys = [resolved(registry, name).key for name in names]
    if keys[0] == keys[1]:
        raise ValueError("a cascade is of two models: --cheap and --strong are the same")
    pair = [CertifiedModel(key, weights_digest(registry, key, runs)) for key in keys]
    return Subject(pair[0], pair[1], signal, task, right_from)


def _labels(runs: Sequence[Outcomes], subject: Subject) -> list[Labelled]:
    """Raises ValueError where there is nothing to learn from at all."""
    key = subject.cheap.key
    asked = of_model(runs, key).values()
    if not asked:
        there = ", ".join(sorted({run.model for run in runs})) or "no model"
        raise ValueError(
            f"no record is of {key} (there are records of {there}): run `ringfence bench quality "
            f"--choice {key}`, asking for log-probabilities, and give its record"
        )
    found = labelled(asked, subject.signal, subject.task, subject.right_from)
    if not found:
        known = ", ".join(signals_of(asked)) or "none"
        of_task = "" if subject.task is None else f" of the task {subject.task.value}"
        raise ValueError(
            f"no answer of {key}{of_task} has the signal {subject.signal}; the records have {known}"
        )
    return found


def _write(certificate: Certificate, path: Path) -> str:
    """The sha256 of what was written. Raises ValueError where nothing can be."""
    content = (json.dumps(record_of(certificate), indent=1) + "\n").encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise ValueError(f"{path} cannot be written: {error.strerror}") from None
    return sha256(content).hexdigest()


def _shown(certificate: Certificate) -> dict[str, Any]:
    """The record without its calibration, which is for programs that keep answers."""
    record = dict(record_of(certificate))
    del record["calibration"]
    return {**record, "coverage": certificate.evidence.coverage}


def _say(certificate: Certificate, path: Path, digest: str) -> None:
    evidence = certificate.evidence
    counted = certificate.promise.trials(kept=evidence.kept, items=evidence.items)
    task = "all tasks" if certificate.task is None else certificate.task.value
    is_of_kept = certificate.promise is Promise.OF_KEPT
    of_what = "answers that are kept" if is_of_kept else "requests that are tried"
    for line in (
        f"{certificate.cheap_model.key} before {certificate.strong_model.key}, {task}",
        f"  keep where     {certificate.signal} ≥ {certificate.threshold:.6g}",
        f"  kept           {evidence.coverage:.1%} of {evidence.items:,} labels",
        f"  wrong          {evidence.wrong:,} of {counted:,}: at most {evidence.bound:.2%} of the "
        f"{of_what}, with {certificate.confidence:.3g} confidence",
        f"  promised       at most {certificate.max_wrong_kept:.3g}",
        f"  holds until    {certificate.expires_on}",
        "",
        "in the policy's section `escalation`, for this pair of tiers:",
        "",
        *(f"    {line}" for line in _policy_lines(certificate, path, digest)),
    ):
        out.print(line, markup=False)
    err.print(f"stored in {path}; lay it beside policy.yaml", markup=False)


def _policy_lines(certificate: Certificate, path: Path, digest: str) -> Iterator[str]:
    yield f"certificate: {{record: {path.name}, sha256: {digest}}}"
    yield (
        f"budget: {{max_wrong_kept: {certificate.max_wrong_kept:g}, "
        f"confidence: {certificate.confidence:g}, of: {certificate.promise}}}"
    )
    if certificate.task is not None:
        yield f"tasks: [{certificate.task}]"
