"""The verdict, and every reason for it in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from benchmarks.quality.gate.cost import CostChange
from benchmarks.quality.gate.misroutes import Misroute
from benchmarks.quality.gate.needed import fewest_items, items_needed
from benchmarks.quality.gate.noninferiority import Difference
from benchmarks.quality.gate.pairs import Pairs
from benchmarks.quality.gate.replay import Move
from benchmarks.quality.gate.slices import SliceResult, SliceState
from router.errors import ConfigProblem
from router.gate.record import Verdict


@dataclass(frozen=True, slots=True)
class Quality:
    """Over all items: how many were won and lost, and how much worse answers get at most."""

    pairs: Pairs
    margin: float

    @property
    def difference(self) -> Difference:
        return self.pairs.difference

    @property
    def needed(self) -> int | None:
        return items_needed(self.difference, self.margin)

    @property
    def has_enough(self) -> bool:
        return self.difference.items >= fewest_items(self.margin)


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a verdict is reached from.

    `problems` are why the candidate cannot be served with; then there is nothing else. `neutral`
    names the sections that differ where none of them has a say in where a request goes, `unseen`
    what differs and a replay knows nothing of, `loosened` the keys by which the candidate asks less
    of a gate than what serves. `missing` counts, by model, the items of which nobody knows how it
    answers them; `unjudged` is the share of all that only a record of the candidate's own cascades
    would judge. `asked_again` of `to_ask_again` items were.
    """

    margin: float
    problems: tuple[ConfigProblem, ...] = ()
    warnings: tuple[ConfigProblem, ...] = ()
    neutral: tuple[str, ...] | None = None
    unseen: tuple[str, ...] = ()
    loosened: tuple[str, ...] = ()
    misroutes: tuple[Misroute, ...] = ()
    cases: int = 0
    quality: Quality | None = None
    slices: tuple[SliceResult, ...] = ()
    cost: CostChange | None = None
    moves: tuple[Move, ...] = ()
    missing: Mapping[str, int] = field(default_factory=dict)
    unjudged: float = 0.0
    asked_again: int = 0
    to_ask_again: int = 0
    kinds: int = 0


@dataclass(frozen=True, slots=True)
class Judgement:
    """`reasons` are those of the verdict, the weightiest first."""

    verdict: Verdict
    reasons: tuple[str, ...]
    findings: Findings


def judge(found: Findings) -> Judgement:
    """Fail where harm was shown, pass where it was shown that there is none, else inconclusive.

    Pure. A critical slice that is significantly worse is harm that was shown, and one in which a
    harm is not excluded lets nothing pass.
    """
    if harm := tuple(_harm(found)):
        return Judgement(Verdict.FAIL, harm, found)
    if doubts := tuple(_doubts(found)):
        return Judgement(Verdict.INCONCLUSIVE, doubts, found)
    if found.neutral is not None:
        sections = ", ".join(found.neutral) or "comments alone"
        why = f"nothing that decides where a request goes differs: {sections}"
        return Judgement(Verdict.PASS, (why,), found)
    return Judgement(Verdict.PASS, tuple(_shown(found)), found)


def _harm(found: Findings) -> Iterator[str]:
    for problem in found.problems:
        file = PurePath(problem.file).name
        yield f"the candidate cannot be served with: {file}: {problem.problem}"
    for case in found.misroutes:
        yield f"golden misroute “{case.case}”: {case.problem} ({case.went})"
    quality = found.quality
    if quality is not None and quality.has_enough and quality.difference.is_worse(found.margin):
        yield (
            f"answers get worse by {_points(-quality.difference.mean)}, and by at least "
            f"{_points(-quality.difference.high)}: more than the {_points(found.margin)} that the "
            "owner allows"
        )
    for each in found.slices:
        pairs = each.counted.pairs
        if each.state is SliceState.HARMED and pairs is not None:
            yield (
                f"the critical slice {each.counted.critical.name} is worse: {pairs.lost} items "
                f"lost, {pairs.won} won (p {each.p:.2g} after Holm)"
            )


def _doubts(found: Findings) -> Iterator[str]:
    quality = found.quality
    if found.loosened:
        keys = ", ".join(f"gate.{key}" for key in found.loosened)
        yield (
            f"{keys}: the candidate asks less of later changes than what serves, and no gate "
            "judges that; an admin answers for it by name (`--without-gate REASON`)"
        )
    if found.neutral is not None:
        return
    if found.unseen:
        yield (
            f"{', '.join(found.unseen)} differs, and says which class and task requests have, or "
            "what is expected of each: no replay sees that. Change it by itself, after a look by "
            "somebody who answers for it (`--without-gate REASON`)"
        )
    if quality is None:
        yield (
            "there is no outcome to judge by: measure the models with `ringfence bench quality`, "
            "and name the folder with --outcomes"
        )
    elif not quality.has_enough:
        yield (
            f"{quality.difference.items:,.0f} items are too few: it takes "
            f"{fewest_items(found.margin)} for a harm of {_points(found.margin)} to show at all"
        )
    elif not quality.difference.is_noninferior(found.margin):
        yield (
            f"answers may get worse by {_points(-quality.difference.low)}, which is more than "
            f"{_points(found.margin)}; what was seen is {_signed(quality.difference.mean)}"
        )
    yield from _unknowns(found)
    for each in found.slices:
        yield from _doubts_of_slice(each)


def _doubts_of_slice(slice_: SliceResult) -> Iterator[str]:
    counted = slice_.counted
    name, margin, pairs = counted.critical.name, _points(counted.critical.margin), counted.pairs
    if slice_.state is SliceState.TOO_FEW or pairs is None:
        yield (
            f"the critical slice {name} has {counted.items:,.0f} items: it takes {counted.fewest} "
            f"for a harm of {margin} to show at all"
        )
    elif slice_.state is SliceState.UNSURE:
        enough = "" if counted.needed is None else f"; about {counted.needed:,} items settle it"
        yield (
            f"in the critical slice {name} answers may get worse by "
            f"{_points(-pairs.difference.low)}, which is more than {margin}{enough}"
        )
    elif slice_.state is SliceState.UNKNOWN:
        yield (
            f"of {pairs.difference.missing:.0%} of the critical slice {name} nobody knows what "
            f"comes of it, and all of that may be lost: more than {margin}"
        )


def _unknowns(found: Findings) -> Iterator[str]:
    """What the bounds had to allow for; told only where they were not good enough for it."""
    quality = found.quality
    if quality is None or quality.difference.is_noninferior(found.margin):
        return
    if found.unjudged:
        yield (
            f"{found.unjudged:.1%} of what is judged is answered by a cascade: only a record of "
            "that choice under the candidate itself says what comes of it"
        )
    if found.missing:
        lacking = ", ".join(f"{model} ({count:,})" for model, count in found.missing.items())
        yield f"items that were never asked of the model that would answer them now: {lacking}"


def _shown(found: Findings) -> Iterator[str]:
    quality = found.quality
    assert quality is not None
    yield (
        f"answers get worse by less than {_points(found.margin)}: what was seen over "
        f"{quality.difference.items:,.0f} items is {_signed(quality.difference.mean)}, and at "
        f"worst it is {_signed(quality.difference.low)} (one-sided, 95%)"
    )
    if found.slices:
        yield (
            f"in none of {len(found.slices)} critical slices do answers get worse by its margin "
            "(one-sided, 95% each)"
        )
    if found.cases:
        yield f"all {found.cases} golden cases hold"


def _points(share: float) -> str:
    return f"{100 * share:.1f} points"


def _signed(share: float) -> str:
    return f"{100 * share:+.1f} points"


def summed_missing(needed: Sequence[Mapping[str, Sequence[object]]]) -> dict[str, int]:
    """By model, the items that any of several replays needs of it."""
    items: dict[str, set[object]] = {}
    for each in needed:
        for model, lacking in each.items():
            items.setdefault(model, set()).update(lacking)
    return {model: len(lacking) for model, lacking in sorted(items.items())}
