"""A certificate holds for what it was made of, until it expires, and for nothing else."""

from __future__ import annotations

import copy
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.registry.records import RecordProblem
from router.risk.certificate import CertifiedModel, Refusal
from router.risk.certificate_record import (
    BadCertificate,
    certificate_of,
    read_certificate,
    record_of,
)
from router.risk.certify import Subject, certify
from router.risk.labelled import Labelled
from router.risk.learn_then_test import Terms
from router.task import Task
from tests.unit.router.risk.risk_cases import (
    CHEAP,
    STRONG,
    TODAY,
    certificate,
    drawn,
    spec,
    telling,
)

DIGEST = "sha256:" + "a" * 64
CERTIFICATE = certificate()
RECORD = record_of(CERTIFICATE)


def test_it_holds_for_its_pair_until_its_last_day() -> None:
    cheap, strong = spec(CHEAP), spec(STRONG)
    assert CERTIFICATE.expires_on == date(2027, 2, 19)
    for day in (TODAY, CERTIFICATE.expires_on):
        assert CERTIFICATE.holds_for(cheap, strong, Task.CODE, day)


@pytest.mark.parametrize(
    ("cheap", "strong", "day", "refusal"),
    [
        (spec("cheap@2"), spec(STRONG), TODAY, Refusal.OTHER_CHEAP_MODEL),
        (spec(CHEAP), spec("strong@2"), TODAY, Refusal.OTHER_STRONG_MODEL),
        (spec(CHEAP, weights_digest=DIGEST), spec(STRONG), TODAY, Refusal.OTHER_CHEAP_WEIGHTS),
        (spec(CHEAP), spec(STRONG, weights_digest=DIGEST), TODAY, Refusal.OTHER_STRONG_WEIGHTS),
        (spec(CHEAP), spec(STRONG), TODAY - timedelta(days=1), Refusal.NOT_YET),
        (spec(CHEAP), spec(STRONG), date(2027, 2, 20), Refusal.EXPIRED),
    ],
)
def test_it_says_why_it_does_not_hold(cheap: Any, strong: Any, day: date, refusal: Refusal) -> None:
    assert CERTIFICATE.refusal(cheap, strong, Task.CODE, day) is refusal
    assert not CERTIFICATE.holds_for(cheap, strong, Task.CODE, day)


def test_of_one_task_it_holds_for_no_other() -> None:
    cheap, strong, of_code = spec(CHEAP), spec(STRONG), certificate(task=Task.CODE)
    assert of_code.holds_for(cheap, strong, Task.CODE, TODAY)
    assert of_code.refusal(cheap, strong, Task.OTHER, TODAY) is Refusal.OTHER_TASK


def test_weights_that_nobody_has_measured_are_other_weights() -> None:
    of_weights = certificate(cheap_model=CertifiedModel(CHEAP, DIGEST))
    refusal = of_weights.refusal(spec(CHEAP), spec(STRONG), Task.CODE, TODAY)
    assert refusal is Refusal.OTHER_CHEAP_WEIGHTS


def test_it_keeps_from_its_threshold_on_and_never_what_is_not_a_number() -> None:
    threshold = CERTIFICATE.threshold
    assert CERTIFICATE.keeps(threshold)
    assert not CERTIFICATE.keeps(threshold - 1e-9)
    assert not CERTIFICATE.keeps(float("nan"))
    assert CERTIFICATE.probability_right(1.0) > CERTIFICATE.probability_right(0.0)


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "certificate.json"
    path.write_text(json.dumps(RECORD))
    read, sha256 = read_certificate(path)
    assert read == CERTIFICATE
    assert len(sha256) == 64


def edited(**changes: Any) -> dict[str, Any]:
    """The record with other values, by key or `part.key`."""
    record: dict[str, Any] = copy.deepcopy(RECORD)
    for name, value in changes.items():
        part, _, key = name.rpartition("__")
        (record[part] if part else record)[key] = value
    return record


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": 2},
        {"kind": "quality"},
        {"extra": 1},
        {"signal": ""},
        {"threshold": "0.5"},
        {"threshold": float("nan")},
        {"task": "cooking"},
        {"evidence__wrong": 0},
        {"evidence__kept": 10_000_000},
        {"evidence__bound": 0.0},
        {"evidence__digest": "sha256:0"},
        {"promise__max_wrong": 0.001},
        {"promise__confidence": 0.9999},
        {"promise__confidence": 1.0},
        {"promise__of": "asked"},
        {"calibration__probabilities": [0.5]},
        {"expires_on": "2026-01-01"},
        {"made_on": "yesterday"},
        {"made_on": "2027-02-18"},
    ],
    ids=str,
)
def test_an_edited_record_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadCertificate):
        certificate_of(edited(**changes))


@given(st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.lists(st.integers())))
def test_what_is_no_certificate_is_refused_and_never_quoted(record: dict[str, Any]) -> None:
    with pytest.raises(BadCertificate) as refused:
        certificate_of(record)
    assert "certificate of schema 1" in str(refused.value)


def test_a_file_that_is_not_there_says_how_to_mend_it(tmp_path: Path) -> None:
    with pytest.raises(RecordProblem) as refused:
        read_certificate(tmp_path / "none.json")
    assert refused.value.cure


def test_an_item_that_is_labelled_twice_is_no_two_observations() -> None:
    subject = Subject(CertifiedModel(CHEAP), CertifiedModel(STRONG), "mean_logprob")
    labels = drawn(2_000, 1, telling)
    twice = [*labels, Labelled(labels[0].item, 1.0, True)]
    with pytest.raises(ValueError, match="twice"):
        certify(twice, subject, Terms(), TODAY)
