"""Records of quality become outcomes to learn from, and what cannot be learned from is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from benchmarks.quality.record import Build, Figure, Model, Outcome, QualityRecord, SuitePart
from benchmarks.quality.suite import make_suite
from benchmarks.quality.suites_file import Source, SuiteEntry
from benchmarks.routing.load import BadOutcomes
from benchmarks.routing.recorded import recorded_set
from router.task import Task

ENTRY = SuiteEntry(
    name="sorting",
    task=Task.CLASSIFICATION,
    kind="task",
    owner="tests",
    about="labels",
    source=Source(generator="classification"),
    scorer="label",
    seed=7,
    items=6,
    max_tokens=10,
)
SUITE = make_suite(ENTRY, {})


def record(
    model: str,
    scores: list[float],
    *,
    digest: str = SUITE.digest,
    hour: int = 0,
    escalated: bool = False,
    is_tier: bool = False,
) -> QualityRecord:
    return QualityRecord(
        schema=1,
        id=f"quality-{model}-{hour}",
        made_at=datetime(2026, 11, 22, hour, tzinfo=UTC),
        ringfence=Build(version="0.1.0", commit="0" * 40),
        uncommitted_changes=False,
        inspect_ai="0",
        choice="auto" if is_tier else model,
        model=None if is_tier else Model(key=model, weights_digest=None),
        policy_digest="sha256:00",
        seed=1,
        declared_tasks=False,
        suites=(
            SuitePart(
                name=ENTRY.name,
                task=ENTRY.task,
                kind="task",
                owner=ENTRY.owner,
                digest=digest,
                items=len(scores),
            ),
        ),
        outcomes=tuple(
            Outcome(
                suite=ENTRY.name,
                item=item.id,
                score=score,
                model=model,
                escalated=escalated,
                input_tokens=10,
                output_tokens=5,
                cost_nano_usd=2_000,
                latency_s=0.1,
                request_id="0",
            )
            for item, score in zip(SUITE.items, scores, strict=False)
        ),
        quality={Task.CLASSIFICATION: Figure(items=len(scores), mean=0.5, low=0, high=1)},
        by_suite={ENTRY.name: Figure(items=len(scores), mean=0.5, low=0, high=1)},
    )


def recorded(*records: QualityRecord):
    return recorded_set(records, {ENTRY.name: ENTRY}, {}, frozenset({"small@1"}))


def test_every_item_that_all_models_answered_is_an_outcome_with_its_text() -> None:
    found = recorded(record("small@1", [0, 1, 0, 1]), record("large@1", [1, 1, 1, 1, 0, 0]))
    assert found.models == ("large@1", "small@1")
    assert found.is_on_prem == (False, True)
    assert found.n == 4
    assert found.quality[:, 1].tolist() == [0, 1, 0, 1]
    assert found.cost_usd.max() == pytest.approx(2e-6)
    assert found.task_names == ("classification",)
    assert all(
        text == item.messages[-1].text
        for text, item in zip(found.texts, SUITE.items[:4], strict=True)
    )


def test_of_two_records_of_a_model_the_later_counts() -> None:
    found = recorded(
        record("small@1", [1, 1], hour=2), record("small@1", [0, 0]), record("large@1", [1, 1])
    )
    assert found.quality[:, 1].tolist() == [1, 1]


def test_answers_that_a_cascade_changed_are_not_the_models_own() -> None:
    with pytest.raises(BadOutcomes, match="no item was answered by all"):
        recorded(record("small@1", [1, 1], escalated=True), record("large@1", [1, 1]))


def test_what_was_asked_of_a_tier_says_nothing_of_the_others() -> None:
    with pytest.raises(BadOutcomes, match="at least two models"):
        recorded(record("small@1", [1, 1], is_tier=True), record("large@1", [1, 1]))


def test_records_of_another_edition_of_a_suite_are_refused() -> None:
    other = "sha256:" + "0" * 64
    with pytest.raises(BadOutcomes, match="two editions"):
        recorded(record("small@1", [1, 1], digest=other), record("large@1", [1, 1]))
    with pytest.raises(BadOutcomes, match="another edition"):
        recorded(record("small@1", [1, 1], digest=other), record("large@1", [1, 1], digest=other))
