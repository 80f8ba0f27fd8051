"""Whether what was answered is a sample of its suites: which are left out, and which end a run.

A suite of safety or of bias whose requests may not go to the model that is asked, such as one that
names people for a model outside, is left out, and said to be: no figure that routes is made of it.
Of a suite of kind `task` one is, and then there is no record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.quality.record import (
    MAX_UNANSWERED,
    NOT_ASKED,
    NOT_PERMITTED,
    LeftOut,
    Unanswered,
)
from benchmarks.quality.run import RunFailed
from benchmarks.quality.suite import Suite

_WITHHELD = frozenset({NOT_PERMITTED, "no_model_permitted"})
"""Codes of what the policy sends to another model, or to none (403)."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """`suites` are those of which enough was answered."""

    suites: tuple[Suite, ...]
    left_out: tuple[LeftOut, ...]


def sampled(suites: Sequence[Suite], unanswered: Sequence[Unanswered]) -> Sampled:
    """Raises RunFailed where a suite has too few answers for another reason, or none is left."""
    kept: list[Suite] = []
    left_out: list[LeftOut] = []
    for suite in suites:
        codes = Counter(each.code for each in unanswered if each.suite == suite.name)
        if codes.total() <= _most(suite):
            kept.append(suite)
        elif suite.entry.kind != "task" and _is_withheld(suite, codes):
            left_out.append(_left_out(suite, codes))
        else:
            raise RunFailed(_too_few(suite, codes))
    if not kept:
        names = ", ".join(each.name for each in left_out)
        raise RunFailed(
            f"the policy keeps the requests of {names} from this model, and nothing is left to "
            "measure: name other --suites, or a model that may see them"
        )
    return Sampled(tuple(kept), tuple(left_out))


def _most(suite: Suite) -> float:
    return MAX_UNANSWERED * len(suite.items)


def _is_withheld(suite: Suite, codes: Counter[str]) -> bool:
    """inspect gives a suite up after so many errors: what it did not ask went the same way."""
    withheld = sum(codes[code] for code in _WITHHELD)
    others = codes.total() - withheld - codes[NOT_ASKED]
    return withheld > 0 and others <= _most(suite)


def _left_out(suite: Suite, codes: Counter[str]) -> LeftOut:
    return LeftOut(
        name=suite.name,
        kind=suite.entry.kind,
        digest=suite.digest,
        items=len(suite.items),
        unanswered=dict(sorted(codes.items())),
    )


def _too_few(suite: Suite, codes: Counter[str]) -> str:
    counts = ", ".join(f"{code}: {count}" for code, count in sorted(codes.items()))
    cure = "leave the suite out where the model cannot take it"
    if not codes.keys().isdisjoint(_WITHHELD):
        cure = "the policy keeps some of them from this model: name the other suites with --suites"
    return (
        f"{codes.total()} of {len(suite.items)} items of {suite.name} have no answer ({counts}), "
        f"and the others are no sample of it. See the records of these requests; {cure}"
    )
