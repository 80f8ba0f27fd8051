"""A record → what the guide says of it."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.overhead.record import Added, Compared, OverheadRecord
from benchmarks.overhead.steps import BEFORE_DISPATCH
from benchmarks.overhead.workload import Case
from benchmarks.readme_block import ReadmeBlock
from router.telemetry.steps import Step

BLOCK = ReadmeBlock("overhead")
_NOT_YET = "No run is recorded yet: `ringfence bench overhead` makes one."
_SAID = {
    Case.SEEN: "a seen conversation, and a new question",
    Case.ALL_SEEN: "all of it seen before",
    Case.UNSEEN: "nothing of it seen before",
}


def guide_block(record: OverheadRecord | None) -> str:
    """What stands between the markers, Markdown."""
    return _NOT_YET if record is None else "\n\n".join(_parts(record))


def lines(record: OverheadRecord) -> Iterator[str]:
    """What a terminal shows."""
    for each in record.compared:
        added, whole = each.ttft_added, each.e2e_added
        took = "  ".join(f"{step.step} {step.mean_ms:.1f}" for step in each.steps)
        yield (
            f"{each.case:<9} n {each.n:>4}  TTFT added p50 {added.p50_ms:>6.1f} ms "
            f"({_interval(added)})  bare {each.bare.ttft.p50_ms:.1f}  gateway "
            f"{each.gateway.ttft.p50_ms:.1f}  whole answer added {whole.p50_ms:.1f} ms"
        )
        yield f"          of it, ms: {took}  elsewhere {elsewhere_ms(each):.1f}"
    for goal, is_met in record.goals.items():
        judged = "met" if is_met else "missed"
        yield f"{judged if record.is_whole else 'not judged':<10}  {goal}"


def _parts(record: OverheadRecord) -> Iterator[str]:
    machine, engine = record.machine, record.engine
    changed = " with uncommitted changes" if record.uncommitted_changes else ""
    yield (
        f"Prompts of {record.prompt_tokens} tokens, streamed answers of {record.answer_tokens}, "
        f"one request at a time. The engine is simulated: {engine.ttft_s * 1e3:g} ms to its first "
        f"chunk, {engine.itl_s * 1e3:g} ms a token. {record.of(Case.SEEN).n} pairs of each. "
        f"Measured {record.measured_at:%Y-%m-%d} at `{record.commit[:7]}`{changed} on "
        f"{machine.cpu}, {machine.cores} cores, gateway, engine and client together."
    )
    yield "\n".join(_table(record))
    yield "\n".join(_steps(record))
    yield "\n".join(f"{'✓' if is_met else '✗'} {goal}" for goal, is_met in record.goals.items())
    if record.warnings:
        yield "\n".join(f"- {said}" for said in record.warnings)


def _table(record: OverheadRecord) -> Iterator[str]:
    yield "| what is asked | TTFT added | bare p50, p95 | gateway p50, p95 | whole answer added |"
    yield "|---|---|---|---|---|"
    for each in record.compared:
        bare, gateway = each.bare.ttft, each.gateway.ttft
        yield (
            f"| {_SAID[each.case]} | **{each.ttft_added.p50_ms:.1f} ms** "
            f"({_interval(each.ttft_added)}) | {bare.p50_ms:.1f}, {bare.p95_ms:.1f} ms "
            f"| {gateway.p50_ms:.1f}, {gateway.p95_ms:.1f} ms "
            f"| {each.e2e_added.p50_ms:.1f} ms ({_interval(each.e2e_added)}) |"
        )


def _steps(record: OverheadRecord) -> Iterator[str]:
    yield "| mean of | classify | decide | record | elsewhere before the first token | close |"
    yield "|---|---|---|---|---|---|"
    for each in record.compared:
        took_ms = {step.step: step.mean_ms for step in each.steps}
        before = " | ".join(f"{took_ms[step]:.1f} ms" for step in BEFORE_DISPATCH)
        yield (
            f"| {_SAID[each.case]} | {before} | {elsewhere_ms(each):.1f} ms "
            f"| {took_ms[Step.CLOSE]:.1f} ms |"
        )


def elsewhere_ms(each: Compared) -> float:
    """What is added before the first token and is in no step of the gateway's own before dispatch:
    HTTP, keys, parsing, the watch over replicas and output, and what two busy cores make wait.
    """
    named_ms = sum(step.mean_ms for step in each.steps if step.step in BEFORE_DISPATCH)
    return each.ttft_added.mean_ms - named_ms


def _interval(added: Added) -> str:
    return f"{added.low_ms:.1f} to {added.high_ms:.1f}"
