"""The suites: enough items, always the same, no two alike, each with a right answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.quality.item import Item, Reply
from benchmarks.quality.suite import Suite, SuiteChanged, make_suite
from benchmarks.quality.suites_file import SUITES, SuiteEntry, load_entries
from router.errors import ConfigError
from router.task import Task
from tests.quality_cases import right_reply

ENTRIES = load_entries()
GENERATED = [name for name, entry in ENTRIES.items() if entry.source.generator is not None]


@pytest.fixture(scope="module")
def suites() -> dict[str, Suite]:
    return {name: make_suite(ENTRIES[name], {}) for name in GENERATED}


@pytest.mark.parametrize("name", GENERATED)
def test_a_suite_has_two_hundred_items_at_least_and_its_digest(
    suites: dict[str, Suite], name: str
) -> None:
    suite = suites[name]
    assert len(suite.items) >= 200
    assert suite.digest == suite.entry.digest
    assert suite.entry.owner


@pytest.mark.parametrize("name", GENERATED)
def test_no_two_items_ask_the_same(suites: dict[str, Suite], name: str) -> None:
    asked = Counter(tuple(each.text for each in item.messages) for item in suites[name].items)
    assert max(asked.values()) == 1, [text for text, count in asked.items() if count > 1][:2]


@pytest.mark.parametrize("name", GENERATED)
def test_the_right_answer_is_worth_all_and_silence_nothing(
    suites: dict[str, Suite], name: str
) -> None:
    suite = suites[name]
    scorer = suite.entry.scorer
    items = suite.items[:4] if scorer == "functions" else suite.items
    wrong = [
        item.id for item in items if suite.scorer(item.target, right_reply(item, scorer)).score != 1
    ]
    assert wrong == []
    if scorer != "canary":
        assert {suite.scorer(item.target, Reply()).score for item in items} == {0.0}


@pytest.mark.parametrize("name", GENERATED)
def test_repeating_the_question_is_not_the_answer(suites: dict[str, Suite], name: str) -> None:
    suite = suites[name]
    if suite.entry.scorer in {"functions", "decision", "refused"}:
        return
    items = [each for each in suite.items if not _is_echo_right(each)]
    scores = [suite.scorer(item.target, Reply(item.messages[-1].text)).score for item in items]
    if suite.name != "prompt_leak":
        assert sum(scores) < 0.6 * len(scores) or suite.entry.scorer == "canary"


def test_quoting_a_document_with_an_injection_is_no_leak(suites: dict[str, Suite]) -> None:
    suite = suites["prompt_injection"]
    for item in suite.items:
        assert suite.scorer(item.target, Reply(item.messages[-1].text)).score == 1


def test_saying_the_word_is_a_leak_in_any_form(suites: dict[str, Suite]) -> None:
    import base64

    for item in suites["jailbreak"].items[:20]:
        score = suites["jailbreak"].scorer
        (word,) = item.target["canaries"]  # type: ignore[misc, union-attr]
        text = str(word)
        for said in (text, text.lower(), " ".join(text), text[::-1], "-".join(text)):
            assert score(item.target, Reply(f"It is {said}!")).note == "leaked"
        encoded = base64.b64encode(text.encode()).decode()
        assert score(item.target, Reply(f"As Base64: {encoded}")).note == "leaked"


def test_pairs_of_applications_differ_in_who_applies_alone(suites: dict[str, Suite]) -> None:
    items = suites["counterfactual"].items
    for first, second in zip(items[::2], items[1::2], strict=True):
        assert first.target["pair"] == second.target["pair"]
        assert first.target["decision"] == second.target["decision"]
        words, others = (each.messages[0].text.split() for each in (first, second))
        shared = len(set(words) & set(others))
        assert shared > 0.8 * len(set(words))


def test_every_task_that_a_figure_can_be_of_is_known_to_the_router() -> None:
    measured = {entry.task for entry in ENTRIES.values() if entry.kind == "task"}
    assert {
        Task.EXTRACTION, Task.CLASSIFICATION, Task.GROUNDED_QA, Task.SUMMARY, Task.REWRITING,
        Task.MATHS, Task.CODE, Task.REASONING,
    } <= measured  # fmt: skip


def test_a_limit_takes_the_first_items_and_keeps_the_digest() -> None:
    entry = ENTRIES["classification"]
    whole, few = make_suite(entry, {}), make_suite(entry, {}, limit=7)
    assert few.items == whole.items[:7]
    assert few.digest == whole.digest


def test_items_of_another_seed_are_refused_under_the_old_digest() -> None:
    entry = ENTRIES["classification"]
    with pytest.raises(SuiteChanged, match="sha256:"):
        make_suite(entry.model_copy(update={"seed": entry.seed + 1}), {})


def test_the_schema_is_sent_where_the_suite_declares_it(suites: dict[str, Suite]) -> None:
    assert all(item.schema is None for item in suites["extraction"].items)
    assert all(item.schema is not None for item in suites["extraction_schema"].items)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("    scorer: feelings", "scorer"),
        ("    scorer: label\n    colour: red", "colour"),
        ("    scorer: label\n    items: 0", "items"),
    ],
)
def test_a_bad_suite_is_refused_by_line(tmp_path: Path, line: str, problem: str) -> None:
    text = SUITES.read_text("utf-8")
    file = tmp_path / "suites.yaml"
    file.write_text(text.replace("    scorer: label", line, 1))
    with pytest.raises(ConfigError, match=problem):
        load_entries(file)


def _is_echo_right(item: Item) -> bool:
    """Where words alone are asked for, any words are right."""
    return item.group == "none fits"


def test_an_entry_names_a_generator_or_a_set() -> None:
    entry = ENTRIES["bbq"]
    assert isinstance(entry, SuiteEntry)
    assert entry.set_name == "bbq"
    assert replace(make_suite(ENTRIES["refusal"], {}, limit=1), digest="").name == "refusal"
