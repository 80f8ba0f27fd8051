"""A certificate as a record: JSON of schema 1, which proves its own arithmetic when it is read."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from router.config.validate import ConfigModel
from router.domain import JsonObject
from router.registry.records import read_record
from router.risk.binomial import at_most
from router.risk.calibration import Calibration
from router.risk.certificate import (
    Certificate,
    CertifiedModel,
    Evidence,
    Promise,
    tested_confidence,
)
from router.risk.clopper_pearson import upper_bound
from router.task import Task

SCHEMA = 1
KIND = "certificate"
_ROUNDING = 1e-9

Share = Annotated[float, Field(ge=0, le=1)]
Between = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=0)]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class BadCertificate(ValueError):
    """A record that is no certificate; `cure` says what to do about it."""

    cure = "make another with `ringfence route certify`, and never edit one by hand"


class _Model(ConfigModel):
    key: Name
    weights_digest: Name | None


class _Promise(ConfigModel):
    of: Promise
    max_wrong: Between
    confidence: Between


class _Evidence(ConfigModel):
    items: Count
    kept: Count
    wrong: Count
    bound: Share
    learned_on: Count
    digest: Digest


class _Calibration(ConfigModel):
    method: Literal["isotonic"]
    signals: Annotated[tuple[float, ...], Field(max_length=100_000)]
    probabilities: Annotated[tuple[Share, ...], Field(max_length=100_000)]


class CertificateRecord(ConfigModel):
    """The file, key by key; docs/guides/routing-risk.md says what they mean."""

    schema_version: Annotated[Literal[1], Field(alias="schema")]
    kind: Literal["certificate"]
    cheap: _Model
    strong: _Model
    task: Task | None
    signal: Name
    threshold: float
    promise: _Promise
    evidence: _Evidence
    calibration: _Calibration
    made_on: date
    expires_on: date
    right_from: Share


def record_of(certificate: Certificate) -> JsonObject:
    """What `certificate_of` reads."""
    evidence = certificate.evidence
    return {
        "schema": SCHEMA,
        "kind": KIND,
        "cheap": _model(certificate.cheap_model),
        "strong": _model(certificate.strong_model),
        "task": None if certificate.task is None else certificate.task.value,
        "signal": certificate.signal,
        "threshold": certificate.threshold,
        "promise": {
            "of": certificate.promise.value,
            "max_wrong": certificate.max_wrong_kept,
            "confidence": certificate.confidence,
        },
        "evidence": {
            "items": evidence.items,
            "kept": evidence.kept,
            "wrong": evidence.wrong,
            "bound": evidence.bound,
            "learned_on": evidence.learned_on,
            "digest": evidence.digest,
        },
        "calibration": {
            "method": "isotonic",
            "signals": list(certificate.calibration.signals),
            "probabilities": list(certificate.calibration.probabilities),
        },
        "made_on": certificate.made_on.isoformat(),
        "expires_on": certificate.expires_on.isoformat(),
        "right_from": certificate.right_from,
    }


def certificate_of(record: JsonObject) -> Certificate:
    """Raises BadCertificate for what is none, and for one that its own counts do not bear out."""
    try:
        read = CertificateRecord.model_validate_json(json.dumps(record))
        certificate = _certificate(read)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise BadCertificate(f"this is no certificate of schema {SCHEMA}: `{where}`") from None
    except ValueError as error:
        raise BadCertificate(str(error)) from None
    _require_consistent(certificate)
    return certificate


def read_certificate(path: Path) -> tuple[Certificate, str]:
    """A certificate and the sha256 of its file. Raises RecordProblem and BadCertificate."""
    record, sha256 = read_record(path)
    return certificate_of(record), sha256


def _model(model: CertifiedModel) -> JsonObject:
    return {"key": model.key, "weights_digest": model.weights_digest}


def _certificate(read: CertificateRecord) -> Certificate:
    return Certificate(
        cheap_model=CertifiedModel(read.cheap.key, read.cheap.weights_digest),
        strong_model=CertifiedModel(read.strong.key, read.strong.weights_digest),
        task=read.task,
        signal=read.signal,
        threshold=read.threshold,
        promise=read.promise.of,
        max_wrong_kept=read.promise.max_wrong,
        confidence=read.promise.confidence,
        calibration=Calibration(read.calibration.signals, read.calibration.probabilities),
        evidence=Evidence(**read.evidence.model_dump()),
        made_on=read.made_on,
        expires_on=read.expires_on,
        right_from=read.right_from,
    )


def _require_consistent(certificate: Certificate) -> None:
    evidence = certificate.evidence
    if not evidence.wrong <= evidence.kept <= evidence.items:
        raise BadCertificate("its counts contradict each other: wrong ≤ kept ≤ items does not hold")
    if certificate.expires_on < certificate.made_on:
        raise BadCertificate("it expires before it is made")
    trials = certificate.promise.trials(kept=evidence.kept, items=evidence.items)
    bound = upper_bound(evidence.wrong, trials, certificate.confidence)
    if abs(bound - evidence.bound) > _ROUNDING:
        raise BadCertificate(
            f"{evidence.wrong} wrong of {trials} bound the rate by {bound:.4f}, and it says "
            f"{evidence.bound:.4f}"
        )
    tested = tested_confidence(certificate.confidence, certificate.days)
    if at_most(evidence.wrong, trials, certificate.max_wrong_kept) > 1 - tested + _ROUNDING:
        raise BadCertificate(
            f"{evidence.wrong} wrong of {trials} do not bear out a promise of at most "
            f"{certificate.max_wrong_kept:g} for {certificate.days} days"
        )
