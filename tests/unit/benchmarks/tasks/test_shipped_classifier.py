"""The classifier that ships is the one that was judged, and does at least as well as its record."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.tasks.corpus import prompts, read_templates, split
from benchmarks.tasks.fit import fit, save
from benchmarks.tasks.record import newest
from benchmarks.tasks.train import HELD_OUT_OF, MIN_CONFIDENCE, SEED, judge, templates_digest
from router.features.classifier import WEIGHTS, load_classifier, weights_digest
from router.features.rules import MAX_USER_CHARACTERS
from router.features.texts import AskedTexts
from router.policy.load import load_rules
from router.task import Task
from tests.stack import REPOSITORY

CLASSIFIER = load_classifier()
RESULTS = REPOSITORY / "benchmarks" / "results" / "tasks"
MAX_BYTES = 400 * 1024


def test_the_shipped_weights_are_those_of_the_record() -> None:
    record = newest(RESULTS)
    assert record is not None
    assert record.weights_digest == weights_digest()
    assert record.templates_digest == templates_digest()
    assert WEIGHTS.stat().st_size <= MAX_BYTES
    policy = load_rules(REPOSITORY / "models.yaml", REPOSITORY / "router" / "policy.yaml").policy
    assert policy.routing.tasks.min_confidence == MIN_CONFIDENCE == record.min_confidence


def test_on_templates_that_it_has_not_seen_it_is_right_where_it_is_sure() -> None:
    _, held = split(read_templates(), HELD_OUT_OF)
    tasks, _, _ = judge(CLASSIFIER, list(prompts(held, 5, SEED + 2)))
    answered = sum(each.answered for each in tasks)
    assert sum(each.right for each in tasks) / answered >= 0.85
    assert answered / sum(each.prompts for each in tasks) >= 0.4


def test_templates_of_every_task_are_held_out_whole() -> None:
    learned, held = split(read_templates(), HELD_OUT_OF)
    assert {each.task for each in learned} == {each.task for each in held} == set(Task)
    told = [{(each.language, each.text) for each in part} for part in (learned, held)]
    assert not told[0] & told[1]
    assert len(learned) + len(held) > 300


def test_the_same_prompts_make_the_same_weights(tmp_path_factory) -> None:  # type: ignore[no-untyped-def]
    few = list(prompts(read_templates()[::20], 2, 7))
    files = [tmp_path_factory.mktemp("weights") / "weights.npz" for _ in range(2)]
    for file in files:
        save(fit(few, 7), file)
    assert files[0].read_bytes() == files[1].read_bytes()
    loaded = load_classifier(files[0])
    assert loaded.classify(few[0].texts) == fit(few, 7).classify(few[0].texts)


@given(st.text(max_size=MAX_USER_CHARACTERS), st.text(max_size=50))
def test_any_text_has_probabilities_that_sum_to_one(user: str, system: str) -> None:
    texts = AskedTexts(system, user)
    task, probability = CLASSIFIER.classify(texts)
    assert task in set(Task)
    assert 0 <= probability <= 1
    assert np.isclose(CLASSIFIER.probabilities(texts).sum(), 1.0)


def test_nothing_said_is_nothing_known() -> None:
    assert CLASSIFIER.classify(AskedTexts()) == (Task.OTHER, 0.0)
