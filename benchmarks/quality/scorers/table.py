"""Scorers by the names that suites give them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from benchmarks.quality.item import Grade, Reply
from benchmarks.quality.scorers import (
    calls,
    canary,
    constraints,
    decision,
    fields,
    figures,
    functions,
    grounded,
    label,
    letter,
    number,
    refused,
)
from router.domain import JsonObject

Scorer: TypeAlias = Callable[[JsonObject, Reply], Grade]

SCORERS: Final[Mapping[str, Scorer]] = {
    "calls": calls.score,
    "canary": canary.score,
    "constraints": constraints.score,
    "decision": decision.score,
    "fields": fields.score,
    "figures": figures.score,
    "functions": functions.score,
    "grounded": grounded.score,
    "label": label.score,
    "letter": letter.score,
    "number": number.score,
    "refused": refused.score,
}
