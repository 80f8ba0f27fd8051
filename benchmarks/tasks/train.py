"""`python -m benchmarks.tasks.train`: makes the weights anew, judges them, writes the record."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.machine import library_versions, this_machine
from benchmarks.tasks.corpus import TEMPLATES, Prompt, prompts, read_templates, split
from benchmarks.tasks.fit import fit, save
from benchmarks.tasks.record import RESULTS, Judged, TasksRecord
from benchmarks.tasks.record import save as save_record
from router.features.classifier import WEIGHTS, LinearClassifier, weights_digest
from router.task import Task

SEED = 20261122
HELD_OUT_OF = 5
EACH = 12
"""Prompts of each template to train on."""
EACH_JUDGED = 10
MIN_CONFIDENCE = 0.6
"""As router/policy.yaml has it."""


def trained(seed: int = SEED) -> tuple[LinearClassifier, list[Prompt], list[Prompt]]:
    """The classifier, what it was made from, and what it has not seen."""
    learned, held = split(read_templates(), HELD_OUT_OF)
    seen = list(prompts(learned, EACH, seed))
    return fit(seen, seed), seen, list(prompts(held, EACH_JUDGED, seed + 1))


def judge(
    classifier: LinearClassifier, unseen: Sequence[Prompt], min_confidence: float = MIN_CONFIDENCE
) -> tuple[list[Judged], dict[str, float], float]:
    """By task, by language, and the share of all prompts that were taken for what they are."""
    asked, answered, right = Counter[str](), Counter[str](), Counter[str]()
    by_language: dict[str, list[bool]] = {}
    correct = 0
    for prompt in unseen:
        task, probability = classifier.classify(prompt.texts)
        said = task if probability >= min_confidence else Task.OTHER
        correct += said is prompt.task
        asked[prompt.task] += 1
        if said is not Task.OTHER:
            answered[prompt.task] += 1
            right[prompt.task] += said is prompt.task
            by_language.setdefault(prompt.language, []).append(said is prompt.task)
    tasks = [
        Judged(task=task.value, prompts=asked[task], answered=answered[task], right=right[task])
        for task in Task
    ]
    languages = {code: sum(found) / len(found) for code, found in sorted(by_language.items())}
    return tasks, languages, correct / len(unseen)


def templates_digest(directory: Path = TEMPLATES) -> str:
    digest = hashlib.sha256()
    for path in sorted(directory.glob("*.yaml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return f"sha256:{digest.hexdigest()}"


def main(weights: Path = WEIGHTS, results: Path = RESULTS) -> TasksRecord:
    """Writes the weights and the record of how well they do."""
    classifier, seen, unseen = trained()
    save(classifier, weights)
    tasks, languages, accuracy = judge(classifier, unseen)
    answered, right = sum(each.answered for each in tasks), sum(each.right for each in tasks)
    record = TasksRecord(
        made_at=datetime.now(UTC),
        machine=this_machine(),
        libraries=library_versions(["numpy"]),
        weights_digest=weights_digest(weights),
        templates_digest=templates_digest(),
        seed=SEED,
        trained_on=len(seen),
        held_out=len(unseen),
        min_confidence=MIN_CONFIDENCE,
        accuracy=accuracy,
        precision=right / answered if answered else 0.0,
        answered=answered / len(unseen),
        tasks=tasks,
        languages=languages,
    )
    save_record(record, results)
    return record


if __name__ == "__main__":
    sys.stdout.write(main().model_dump_json(indent=2) + "\n")
