"""A judgement as people read it, the verdict first, and as programs do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from benchmarks.quality.gate.cost import CostChange
from benchmarks.quality.gate.judge import Findings, Judgement, Quality
from benchmarks.quality.gate.needed import fewest_items, items_for_equals
from benchmarks.quality.gate.pairs import Pairs
from benchmarks.quality.gate.slices import SliceResult, SliceState
from router.domain import Json, JsonObject
from router.gate.record import Verdict

_HEADLINES = {
    Verdict.PASS: "PASS: the change was shown to do no harm",
    Verdict.FAIL: "FAIL: the change does harm",
    Verdict.INCONCLUSIVE: "INCONCLUSIVE: it was not shown that the change does no harm",
}
_STATES = {
    SliceState.UNTOUCHED: "no decision changes",
    SliceState.UNHARMED: "harm excluded",
    SliceState.HARMED: "**worse**",
    SliceState.TOO_FEW: "too few items",
    SliceState.UNSURE: "harm not excluded",
    SliceState.UNKNOWN: "too much is unknown",
}
_MOVES_SHOWN = 20


def markdown(judgement: Judgement, candidate: str, against: str) -> str:
    """`candidate` and `against` are digests of rules."""
    return "\n\n".join(_parts(judgement, candidate, against)) + "\n"


def _parts(judgement: Judgement, candidate: str, against: str) -> Iterator[str]:
    found = judgement.findings
    yield f"# {_HEADLINES[judgement.verdict]}"
    yield "\n".join(f"- {reason}" for reason in judgement.reasons)
    yield f"Candidate `{candidate}`, against `{against}`."
    if found.quality is not None:
        yield "\n".join(_quality(found.quality))
        yield _needed(found.quality, judgement.verdict)
    if found.slices:
        yield "\n".join(_slices(found.slices))
    if found.cost is not None:
        yield _cost(found.cost)
    elif found.quality is not None:
        yield (
            "## Cost\n\nNot known: of no item all that would answer it was measured. Say with "
            "--traffic what is asked for, or measure the other models."
        )
    if found.moves:
        yield "\n".join(_moves(found))
    if found.misroutes:
        yield "\n".join(_misroutes(found))
    elif found.cases:
        yield f"All {found.cases} golden cases hold."
    if found.missing or found.to_ask_again:
        yield "\n".join(_missing(found))
    if found.warnings:
        said = (f"- {each.file}: {each.problem}; {each.cure}" for each in found.warnings)
        yield "## Said in vain\n\n" + "\n".join(said)


def _quality(quality: Quality) -> Iterator[str]:
    found, pairs = quality.difference, quality.pairs
    yield "## Quality"
    yield ""
    yield "| items | decisions that change | won | lost | found | at worst | at best | margin |"
    yield "|---|---|---|---|---|---|---|---|"
    yield (
        f"| {found.items:,.0f} | {pairs.changed:.1%} | {pairs.won:,} | {pairs.lost:,} "
        f"| {_signed(found.mean)} | **{_signed(found.low)}** | {_signed(found.high)} "
        f"| {_signed(-quality.margin)} |"
    )
    yield ""
    yield (
        "Points of a hundred, new minus old, item by item. “At worst” and “at best” each hold with "
        "95%. It passes where “at worst” is above the margin."
        + (f" {found.missing:.1%} is unknown, and in both bounds." if found.missing else "")
    )


def _needed(quality: Quality, verdict: Verdict) -> str:
    fewest = fewest_items(quality.margin)
    if verdict is not Verdict.INCONCLUSIVE:
        return f"At least {fewest:,} items are asked for at this margin."
    equals = items_for_equals(quality.difference.sd, quality.margin)
    needed = quality.needed
    said = (
        "no number of items would settle what was seen: measure what is unknown, or decide by "
        "something else than this margin"
        if needed is None
        else f"about {needed:,} items settle it (with 80%), if they are like these"
    )
    return (
        f"What a verdict takes: {said}. A change that is exactly as good as what serves passes "
        f"with 80% at {equals:,} items; fewer than {fewest:,} are never enough."
    )


def _slices(slices: tuple[SliceResult, ...]) -> Iterator[str]:
    yield "## Critical slices"
    yield ""
    yield (
        "| slice | items | decisions that change | won | lost | p (Holm) | found | at worst "
        "| margin | |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for each in slices:
        counted, pairs = each.counted, each.counted.pairs
        margin, state = _signed(-counted.critical.margin), _STATES[each.state]
        if pairs is None:
            yield f"| {counted.critical.name} | 0 | | | | | | | {margin} | {state} |"
            continue
        p = "" if each.p is None else f"{each.p:.3f}"
        found = pairs.difference
        yield (
            f"| {counted.critical.name} | {pairs.items:,.0f} | {pairs.changed:.1%} "
            f"| {pairs.won:,} | {pairs.lost:,} | {p} | {_signed(found.mean)} "
            f"| **{_signed(found.low)}** | {margin} | {state} |"
        )
    yield ""
    yield (
        "A slice lets a change pass where no decision of it changes, or “at worst” (95%) is above "
        "its margin."
    )


def _cost(cost: CostChange) -> str:
    low, high = (bound / 1e9 for bound in cost.difference_nano_usd)
    difference = (cost.new_nano_usd - cost.old_nano_usd) / 1e9
    said = (
        f"## Cost\n\nPer item {cost.old_nano_usd / 1e9:.6f} USD before and "
        f"{cost.new_nano_usd / 1e9:.6f} after: {difference:+.6f} ({low:+.6f} to {high:+.6f}, 95%), "
        f"over {cost.items:,} items"
    )
    if cost.ratio is None or cost.ratio_interval is None:
        return f"{said}."
    lowest, highest = cost.ratio_interval
    return f"{said}; times {cost.ratio:.3f} ({lowest:.3f} to {highest:.3f})."


def _moves(found: Findings) -> Iterator[str]:
    yield "## Where decisions go"
    yield ""
    yield "| before | after | share |"
    yield "|---|---|---|"
    for move in found.moves[:_MOVES_SHOWN]:
        yield f"| {move.before} | {move.after} | {move.share:.1%} |"
    yield ""
    yield f"Each item asked as {found.kinds:,} kinds of requests."


def _misroutes(found: Findings) -> Iterator[str]:
    yield "## Golden misroutes"
    yield ""
    yield "| case | asked for | went | | why it must not |"
    yield "|---|---|---|---|---|"
    for each in found.misroutes:
        was = "so it is already" if each.was_so else "new"
        yield f"| {each.case} | {each.asked} | {each.went} | {was} | {each.why} |"


def _missing(found: Findings) -> Iterator[str]:
    yield "## What nobody had measured"
    yield ""
    if found.to_ask_again:
        yield (
            f"{found.asked_again:,} of {found.to_ask_again:,} items were asked again; each stands "
            "for as many as were not (Horvitz and Thompson), and the bounds are wider for it."
        )
    for model, count in found.missing.items():
        yield f"- {model}: {count:,} items"


def statistics(found: Findings) -> JsonObject:
    """All figures, for the record and for --json."""
    quality, cost = found.quality, found.cost
    slices: list[Json] = [
        {
            "name": each.counted.critical.name,
            "state": each.state.value,
            "margin": each.counted.critical.margin,
            "p": each.p,
            **_pairs(each.counted.pairs),
            "items_needed": each.counted.needed,
            "fewest_items": each.counted.fewest,
        }
        for each in found.slices
    ]
    return {
        "quality": None
        if quality is None
        else {
            **_pairs(quality.pairs),
            "items_needed": quality.needed,
            "fewest_items": fewest_items(quality.margin),
        },
        "slices": slices,
        "cost": None
        if cost is None
        else {
            "items": cost.items,
            "old_nano_usd": cost.old_nano_usd,
            "new_nano_usd": cost.new_nano_usd,
            "difference_nano_usd": list[Json](cost.difference_nano_usd),
            "ratio": cost.ratio,
            "ratio_interval": None
            if cost.ratio_interval is None
            else list[Json](cost.ratio_interval),
        },
        "moves": [asdict(move) for move in found.moves],
        "misroutes": [asdict(each) for each in found.misroutes],
        "cases": found.cases,
        "loosened": list[Json](found.loosened),
        "missing": dict(found.missing),
        "unjudged": found.unjudged,
        "asked_again": found.asked_again,
        "to_ask_again": found.to_ask_again,
    }


def _pairs(pairs: Pairs | None) -> JsonObject:
    if pairs is None:
        return {"items": 0}
    counts: JsonObject = {"changed": pairs.changed, "won": pairs.won, "lost": pairs.lost}
    return {**asdict(pairs.difference), **counts}


def _signed(share: float) -> str:
    return f"{100 * share:+.2f}"
