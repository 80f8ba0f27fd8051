"""One change: from two sets of rules and a matrix of outcomes to what a verdict is made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from benchmarks.quality.gate.asked import Asked, every_kind, in_slice
from benchmarks.quality.gate.cost import CostChange, cost_change
from benchmarks.quality.gate.judge import Findings, Quality, summed_missing
from benchmarks.quality.gate.misroutes import Golden, misroutes
from benchmarks.quality.gate.outcomes import Item, Matrix
from benchmarks.quality.gate.pairs import paired
from benchmarks.quality.gate.replay import Replay, Sides, replay
from benchmarks.quality.gate.rerun import Ask, Rerun, Weighed, rerun, weighed
from benchmarks.quality.gate.routing import Routing, new_canaries
from benchmarks.quality.gate.slices import Counted, judged
from router.config.yaml_document import parse_yaml
from router.errors import ConfigProblem
from router.gate.rules import CriticalSlice, asks_less
from router.policy.policy import Rules

NEUTRAL = frozenset(
    {"audit", "feedback", "gate", "on_nothing_available", "owners", "people", "vault"}
)
"""Sections of policy.yaml that have no say in where a request goes or whether it is answered."""

UNSEEN = frozenset(
    {"detection", "exceptions", "routing.embeddings", "routing.learned", "routing.tasks"}
)
"""What says which class and task a request has, and what to expect of this very one: a replay takes
the first two as given, and has nothing of the third."""

MOST_ASKED_AGAIN = 1_000


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a change is judged. `asked` is None where nobody says what is asked for."""

    margin: float
    day: date
    slices: tuple[CriticalSlice, ...] = ()
    golden: tuple[Golden, ...] = ()
    asked: tuple[Asked, ...] | None = None
    most_asked_again: int = MOST_ASKED_AGAIN


@dataclass(frozen=True, slots=True)
class _Part:
    """What is replayed by itself: the whole, or a slice. None where no item is in it."""

    asked: tuple[Asked, ...]
    items: tuple[Item, ...]
    first: Replay | None = None


def examine(
    candidate: Rules,
    against: Rules,
    matrix: Matrix,
    terms: Terms,
    *,
    ask: Ask | None = None,
    warnings: Sequence[ConfigProblem] = (),
    on_step: Callable[[str], None] = lambda _: None,
) -> Findings:
    """Pure, but for what `ask` does: it is asked for what the change needs and nobody measured."""
    drawn = new_canaries(against, candidate)
    on_step("golden misroutes")
    failed = tuple(misroutes(terms.golden, against, candidate, terms.day, drawn))
    found = Findings(
        margin=terms.margin,
        warnings=tuple(warnings),
        neutral=_neutral(against, candidate),
        loosened=tuple(asks_less(candidate.policy.gate, against.policy.gate)),
        unseen=_unseen(against, candidate),
        misroutes=failed,
        cases=sum(len(file.cases) for file in terms.golden),
    )
    if found.neutral is not None:
        return found
    on_step("decisions under both rules")
    sides = Sides(matrix, Routing(against, terms.day), Routing(candidate, terms.day, drawn))
    only_changing = terms.asked is None
    asked = every_kind(against, candidate) if terms.asked is None else terms.asked
    parts = [_replayed(sides, part, only_changing) for part in _parts(matrix, terms, asked)]
    needed = [part.first.needed for part in parts if part.first is not None]
    merged = {
        model: tuple({item: None for each in needed for item in each.get(model, ())})
        for model in sorted({model for each in needed for model in each})
    }
    done = None
    if ask is not None and merged:
        on_step("what nobody has measured")
        done = rerun(merged, terms.most_asked_again, ask)
        sides = Sides(matrix.with_cells(done.cells), sides.old, sides.new)
    on_step("statistics")
    ended = [_ended(sides, part, done, only_changing) for part in parts]
    slices = slices_of(matrix, terms)
    (replayed, weights), *of_slices = ended
    counts = [
        Counted(critical, None if each is None or weighs is None else paired(each, weighs))
        for critical, (each, weighs) in zip(slices, of_slices, strict=True)
    ]
    found = replace(found, slices=judged(counts))
    if replayed is None or weights is None:
        return found
    return replace(
        found,
        quality=Quality(paired(replayed, weights), terms.margin),
        cost=_cost(replayed, weights),
        moves=replayed.moves,
        missing=summed_missing([each.needed for each, _ in ended if each is not None]),
        unjudged=replayed.unjudged,
        asked_again=0 if done is None else len(done.chosen),
        to_ask_again=0 if done is None else done.of,
        kinds=replayed.kinds,
    )


def _parts(matrix: Matrix, terms: Terms, asked: tuple[Asked, ...]) -> list[_Part]:
    parts = [_Part(asked, matrix.items)]
    for critical in slices_of(matrix, terms):
        among = matrix.items
        if critical.suite is not None:
            among = matrix.probes.get(critical.suite, among)
        items = tuple(
            item
            for item in among
            if critical.task in {None, item.task} and critical.suite in {None, item.suite}
        )
        parts.append(_Part(in_slice(asked, critical), items))
    return parts


def slices_of(matrix: Matrix, terms: Terms) -> tuple[CriticalSlice, ...]:
    """The owner's, and each suite of safety and of bias that is not whole among those."""
    whole = {
        each.suite
        for each in terms.slices
        if each == CriticalSlice(each.name, suite=each.suite, margin=each.margin)
    }
    suites = [name for name in matrix.probes if name not in whole]
    return (*terms.slices, *(CriticalSlice(name, suite=name) for name in suites))


def _replayed(sides: Sides, part: _Part, only_changing: bool) -> _Part:
    if not part.items:
        return part
    first = replay(sides, part.asked, part.items, only_changing=only_changing)
    return _Part(part.asked, part.items, first)


def _ended(
    sides: Sides, part: _Part, done: Rerun | None, only_changing: bool
) -> tuple[Replay, Weighed] | tuple[None, None]:
    if part.first is None:
        return None, None
    if done is None:
        return part.first, weighed(part.first, None)
    again = replay(sides, part.asked, part.items, only_changing=only_changing)
    return again, weighed(part.first, done)


def _cost(replayed: Replay, weighted: Weighed) -> CostChange | None:
    old, new = replayed.old_cost_nano_usd, replayed.new_cost_nano_usd
    known = (weighted.weights > 0) & ~np.isnan(old) & ~np.isnan(new)
    return cost_change(old[known], new[known], weighted.weights[known])


def _neutral(against: Rules, candidate: Rules) -> tuple[str, ...] | None:
    """The sections that differ, where none of them matters here; None where something else does."""
    old, new = against.policy.text, candidate.policy.text
    if old.models != new.models and (
        _data(old.models, old.models_file) != _data(new.models, new.models_file)
    ):
        return None
    was, is_now = _data(old.policy, old.policy_file), _data(new.policy, new.policy_file)
    differing = _differing(was, is_now)
    return differing if NEUTRAL.issuperset(differing) else None


def _unseen(against: Rules, candidate: Rules) -> tuple[str, ...]:
    """What differs and is in no replay."""
    old, new = against.policy.text, candidate.policy.text
    was, is_now = _data(old.policy, old.policy_file), _data(new.policy, new.policy_file)
    routing = _differing(_section(was, "routing"), _section(is_now, "routing"))
    differing = (*_differing(was, is_now), *(f"routing.{name}" for name in routing))
    return tuple(name for name in differing if name in UNSEEN)


def _differing(was: Mapping[str, object], is_now: Mapping[str, object]) -> tuple[str, ...]:
    named = dict.fromkeys((*was, *is_now))
    return tuple(name for name in named if was.get(name) != is_now.get(name))


def _section(data: Mapping[str, object], name: str) -> Mapping[str, object]:
    section = data.get(name)
    return section if isinstance(section, dict) else {}


def _data(content: bytes, file: str) -> dict[str, object]:
    return dict(parse_yaml(content, file).data)
