"""What escalations bought is counted where somebody knows what was right, and unknown elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from router.costs.escalations import bought
from router.costs.labels import labels
from router.costs.query import Opinion, Tried
from router.domain import JsonObject, Price
from router.task import Escalation

PRICES = {"large@1": Price(10.0, 10.0)}


def request(request_id: str, *, kept: bool) -> Tried:
    said = Escalation("small@1", "large@1", "judge", kept, cheap_cost_nano_usd=100_000)
    return Tried(request_id, said, 100, 100, 100_000 if kept else 2_100_000)


def quality(
    model: str | None, scores: dict[str, tuple[str, float]], digest: str = "s"
) -> JsonObject:
    """A record of one suite: by item, the request that it was asked with and its score."""
    outcomes: list[Any] = [
        {"suite": "sums", "item": item, "request_id": request_id, "score": score}
        for item, (request_id, score) in scores.items()
    ]
    return {
        "kind": "quality",
        "model": None if model is None else {"key": model, "weights_digest": None},
        "suites": [{"name": "sums", "digest": digest}],
        "outcomes": outcomes,
    }


def test_an_escalation_is_judged_by_both_answers_to_the_same_item() -> None:
    requests = [request(name, kept=False) for name in ("a", "b", "c", "d", "e")]
    cascade = {"1": ("a", 1.0), "2": ("b", 0.0), "3": ("c", 1.0), "4": ("d", 0.0), "5": ("e", 1.0)}
    cheap = {"1": ("x1", 0.0), "2": ("x2", 1.0), "3": ("x3", 1.0), "4": ("x4", 0.0)}
    known = labels([], requests, [quality(None, cascade), quality("small@1", cheap)])
    found = bought(requests, known.worth, known.cheap_worth, PRICES)
    turns = found.turns
    assert (turns.wrong_to_right, turns.right_to_wrong) == (1, 1)
    assert (turns.stayed_right, turns.stayed_wrong, turns.unknown) == (1, 1, 1)
    assert (found.escalated.right, found.escalated.wrong, found.escalated.unknown) == (3, 2, 0)
    assert (found.in_vain_nano_usd, found.cost_nano_usd) == (500_000, 10_500_000)


def test_another_suite_s_item_of_the_same_name_says_nothing() -> None:
    requests = [request("a", kept=False)]
    records = [quality(None, {"1": ("a", 1.0)}), quality("small@1", {"1": ("x", 0.0)}, "other")]
    known = labels([], requests, records)
    assert (known.worth, known.cheap_worth) == ({"a": 1.0, "x": 0.0}, {})


def test_what_callers_say_labels_what_nobody_measured() -> None:
    requests = [request("a", kept=True), request("b", kept=True), request("c", kept=True)]
    said = [
        Opinion("a", "maths", "small@1", 1.0),
        Opinion("b", "maths", "small@1", 0.0),
        Opinion("b", "maths", "small@1", 0.5),
    ]
    known = labels(said, requests, [])
    found = bought(requests, known.worth, known.cheap_worth, PRICES)
    assert (found.kept.right, found.kept.wrong, found.kept.unknown) == (1, 1, 1)
    assert (found.kept_count, found.escalated_count) == (3, 0)
    # 200 tokens at 10 US$ for a million, less what was paid.
    assert found.saved_nano_usd == 3 * (2_000_000 - 100_000)


def test_a_measured_score_goes_before_an_opinion() -> None:
    requests = [request("a", kept=True)]
    said = [Opinion("a", "maths", "small@1", 0.0)]
    assert labels(said, requests, [quality(None, {"1": ("a", 1.0)})]).worth == {"a": 1.0}


def test_what_a_model_without_a_price_would_have_cost_is_not_known() -> None:
    assert bought([request("a", kept=True)], {}, {}, {}).saved_nano_usd is None


@pytest.mark.parametrize("record", [{}, {"kind": "quality"}, {"kind": "quality", "suites": 1}])
def test_what_is_no_record_of_quality_is_refused(record: JsonObject) -> None:
    with pytest.raises(ValueError, match="record of quality"):
        labels([], [], [record])
