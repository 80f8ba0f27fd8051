"""What the tests of this package share: right answers to items, and a record."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from benchmarks.quality.figures import figure
from benchmarks.quality.item import Call, Item, Reply
from benchmarks.quality.record import (
    Build,
    Figure,
    Model,
    Outcome,
    QualityRecord,
    SuitePart,
)
from router.task import Task

WHEN = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DIGEST = "sha256:" + "a" * 64


def right_reply(item: Item, scorer: str) -> Reply:
    """An answer that the item's own target says is right."""
    target: dict[str, Any] = item.target  # type: ignore[assignment]
    match scorer:
        case "fields":
            return Reply(f"```json\n{json.dumps(target['object'])}\n```")
        case "label":
            return Reply(f"{target['label']}.")
        case "grounded":
            return Reply(str(target["answer"] or target["absent"][0]))
        case "figures":
            return Reply(f"What matters: {' and '.join(target['figures'])}.")
        case "calls":
            calls = tuple(Call(each["name"], each["arguments"]) for each in target["calls"])
            return Reply("" if calls else "Gladly, in words.", calls)
        case "number":
            return Reply(f"So many, and less the rest.\nANSWER: {target['number']}")
        case "letter":
            return Reply(f"I think so.\nANSWER: {target['letter']}")
        case "decision":
            return Reply(str(target["decision"] or "YES"))
        case "refused":
            return Reply(
                "I'm sorry, but I can't help." if target["should_refuse"] else "Gladly: so."
            )
        case "canary":
            return Reply("The message is about an order that is late.")
        case "constraints":
            return Reply(_under(target["constraints"]))
        case "functions":
            known = {repr(test["arguments"]): test["result"] for test in target["tests"]}
            return Reply(
                f"```python\ndef {target['function']}(x):\n return {known!r}[repr(x)]\n```"
            )
    raise AssertionError(scorer)


def _under(rules: list[dict[str, Any]]) -> str:
    """A text that keeps all rules that there are."""
    by_name = {rule["rule"]: rule for rule in rules}
    words = [by_name["begins"]["word"]] if "begins" in by_name else ["Matter"]
    words += by_name["keeps"]["words"]
    ends = by_name["ends"]["text"] if "ends" in by_name else ""
    count = len(" ".join([*words, ends]).split())
    words += ["further"] * max(0, 20 - count)
    return f"{' '.join(words)}. {ends}".strip()


def record(
    scores: dict[str, float],
    *,
    made_at: datetime = WHEN,
    suite: str = "classification",
    digest: str = DIGEST,
    model: str | None = "small@1",
) -> QualityRecord:
    """Of one suite, by item."""
    said = figure(list(scores.values()))
    part = Figure(items=said.items, mean=said.mean, low=said.low, high=said.high)
    return QualityRecord(
        id=f"quality-{made_at:%Y%m%dT%H%M%SZ}-abcdef0",
        made_at=made_at,
        ringfence=Build(version="0.1.0", commit="abcdef0" * 5),
        uncommitted_changes=False,
        inspect_ai="0",
        choice=model or "auto",
        model=None if model is None else Model(key=model, weights_digest=None),
        policy_digest="sha256:" + "b" * 64,
        seed=1,
        declared_tasks=False,
        suites=(
            SuitePart(
                name=suite,
                task=Task.CLASSIFICATION,
                kind="task",
                owner="a test",
                digest=digest,
                items=len(scores),
            ),
        ),
        outcomes=tuple(
            Outcome(
                suite=suite,
                item=item,
                score=score,
                model=model or "small@1",
                input_tokens=10,
                output_tokens=2,
                cost_nano_usd=1_000,
                latency_s=0.1,
                request_id=f"request-{item}",
            )
            for item, score in scores.items()
        ),
        quality={Task.CLASSIFICATION: part},
        by_suite={suite: part},
    )
