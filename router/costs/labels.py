"""Which answers were right, by request: what callers said, and what records of quality measured.

A record of quality names the requests that it was made of. Where it was made of a cascade (its
choice is no one model), and a record of the cheaper model alone has the same item of the same
suite, it is known of a request that was escalated what the cheaper answer would have been worth.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from router.costs.query import Opinion, Tried
from router.domain import JsonObject


@dataclass(frozen=True, slots=True)
class Labels:
    """In [0, 1] by request: of the answer that was given out, and of a cheaper one that was not."""

    worth: Mapping[str, float] = field(default_factory=dict)
    cheap_worth: Mapping[str, float] = field(default_factory=dict)


def labels(
    said: Iterable[Opinion], requests: Sequence[Tried], records: Sequence[JsonObject]
) -> Labels:
    """Measured scores go before opinions; of several opinions of a request the mean counts.

    Raises ValueError for a record that is not one of quality.
    """
    opinions: defaultdict[str, list[float]] = defaultdict(list)
    for opinion in said:
        opinions[opinion.request_id].append(opinion.worth)
    worth = {request_id: sum(each) / len(each) for request_id, each in opinions.items()}
    measured: dict[str, tuple[tuple[str, str], float]] = {}
    of_models: dict[tuple[str, str, str], float] = {}
    for record in records:
        for model, item, request_id, score in _items(record):
            if model is not None:
                of_models[(model, *item)] = score
            if request_id is not None:
                measured[request_id] = (item, score)
    worth |= {request_id: score for request_id, (_, score) in measured.items()}
    cheap = {}
    for request in requests:
        if request.request_id in measured and not request.escalation.kept:
            item, _ = measured[request.request_id]
            was = of_models.get((request.escalation.cheap_model, *item))
            if was is not None:
                cheap[request.request_id] = was
    return Labels(worth, cheap)


def _items(
    record: Mapping[str, Any],
) -> Iterable[tuple[str | None, tuple[str, str], str | None, float]]:
    """Of each outcome: the one model, if any; the suite's digest and the item; request; score."""
    if record.get("kind") != "quality":
        raise ValueError("is no record of quality: name one of `ringfence bench quality`")
    try:
        digests = {suite["name"]: suite["digest"] for suite in record["suites"]}
        model = None if record["model"] is None else record["model"]["key"]
        return [
            (
                model,
                (digests[outcome["suite"]], outcome["item"]),
                outcome["request_id"],
                float(outcome["score"]),
            )
            for outcome in record["outcomes"]
        ]
    except (KeyError, TypeError, ValueError):
        raise ValueError("is a record of quality that this release cannot read") from None
