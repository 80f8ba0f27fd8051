"""Scorers: what is right is right however it is written, and no answer breaks one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.quality.item import Call, Grade, Reply
from benchmarks.quality.scorers.table import SCORERS
from benchmarks.quality.suite import make_suite
from benchmarks.quality.suites_file import load_entries

ENTRIES = load_entries()
TARGETS = {
    entry.scorer: make_suite(entry, {}, limit=1).items[0].target
    for entry in ENTRIES.values()
    if entry.source.generator is not None
} | {"letter": {"letter": "B", "letters": "ABCD"}}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda below: (
        st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=8), below, max_size=4)
    ),
    max_leaves=20,
)
REPLIES = st.builds(
    Reply,
    text=st.text(max_size=300),
    calls=st.lists(st.builds(Call, st.text(max_size=20), JSON), max_size=3).map(tuple),
)


def grade(scorer: str, target: dict[str, Any], text: str = "", *calls: Call) -> Grade:
    return SCORERS[scorer](target, Reply(text, calls))


@settings(max_examples=60)
@given(reply=REPLIES)
def test_no_answer_breaks_a_scorer(reply: Reply) -> None:
    for name in SCORERS.keys() - {"functions"}:
        assert 0 <= SCORERS[name](TARGETS[name], reply).score <= 1


@pytest.mark.parametrize("scorer", sorted(SCORERS.keys() - {"functions"}))
@pytest.mark.parametrize(
    "text",
    [
        "[" * 50_000,
        '{"a":' * 20_000,
        "9" * 100_000,
        "ANSWER:" * 20_000,
        "```\n" * 20_000,
        "a " * 60_000,
        "\ud800",
        "NaN",
        "1" + ",000" * 20_000,
        "don't " * 20_000,
        "-" * 100_000,
    ],
    ids=["lists", "objects", "digits", "answers", "fences", "words", "surrogate", "nan", "groups",
         "contractions", "signs"],
)  # fmt: skip
def test_hostile_answers_are_judged_and_not_worth_much(scorer: str, text: str) -> None:
    assert 0 <= SCORERS[scorer](TARGETS[scorer], Reply(text)).score <= 1


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ('{"a": 1, "b": "The North plant."}', 1.0),
        ('Here it is:\n```json\n{"a": 1.0, "b": "north plant"}\n```\nGlad to help.', 1.0),
        ('{"a": 2, "b": "north plant"}', 0.5),
        ('{"a": 1}', 0.5),
        ('{"a": 1, "b": "north plant", "c": 3, "d": 4}', 0.5),
        ('{"a": true, "b": null}', 0.0),
        ("a is 1", 0.0),
        ("[1]", 0.0),
    ],
)
def test_fields_are_worth_the_share_that_agrees(text: str, score: float) -> None:
    assert grade("fields", {"object": {"a": 1, "b": "north plant"}}, text).score == score


def test_lists_agree_in_any_order() -> None:
    target = {"object": {"teams": [{"team": "sales", "n": 1}, {"team": "it", "n": 2}]}}
    said = '{"teams": [{"n": 2, "team": "IT"}, {"n": 1, "team": "sales"}]}'
    assert grade("fields", target, said).score == 1


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("invoice", 1.0),
        ("**Invoice**", 1.0),
        ("Invoice.\n\nThe message is about no delivery.", 1.0),
        ("The label is: invoice", 1.0),
        ("invoice or delivery", 0.0),
        ("delivery", 0.0),
        ("invoices", 0.0),
        ("", 0.0),
    ],
)
def test_a_label_is_right_where_it_is_the_only_one(text: str, score: float) -> None:
    target = {"label": "invoice", "labels": ["delivery", "invoice", "account"]}
    assert grade("label", target, text).score == score


@pytest.mark.parametrize(
    ("answer", "text", "score"),
    [
        ("copper", "Copper.", 1.0),
        ("copper", "It is made of copper.", 1.0),
        ("copper", "copper or oak", 0.0),
        ("copper", "NOT IN THE TEXT", 0.0),
        ("12 kg", "It weighs 112 kg.", 0.0),
        (None, "NOT IN THE TEXT.", 1.0),
        (None, "The text does not say.", 1.0),
        (None, "oak", 0.0),
        (None, "The text does not say, but I guess oak.", 0.0),
    ],
)
def test_an_answer_is_in_the_text_or_said_to_be_absent(
    answer: str | None, text: str, score: float
) -> None:
    target = {"answer": answer, "others": ["oak"], "absent": ["NOT IN THE TEXT"]}
    assert grade("grounded", target, text).score == score


@pytest.mark.parametrize(
    ("text", "score", "note"),
    [
        ("It shipped 9,800 pallets, and 45 percent failed.", 1.0, "whole"),
        ("It shipped 9800 pallets.", 0.5, "part"),
        ("It shipped 9800 pallets, 45 percent failed, in 3 days.", 0.0, "made up"),
        ("Things went well.", 0.0, "part"),
        ("9800 45 " + "word " * 90, 0.0, "too long"),
    ],
)
def test_a_summary_has_the_figures_and_none_of_its_own(text: str, score: float, note: str) -> None:
    target = {
        "source": "The plant shipped 9800 pallets. 45 percent failed.",
        "figures": ["9800", "45"],
        "max_words": 70,
    }
    said = grade("figures", target, text)
    assert (said.score, said.note) == (score, note)


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("ANSWER: 1234", 1.0),
        ("**ANSWER:** 1,234 euros", 1.0),
        ("ANSWER: 1 234.", 1.0),
        ("3 and 5 make 1234", 1.0),
        ("ANSWER: 7\nNo, wait.\nAnswer: 1234.00", 1.0),
        ("ANSWER: 12.34", 0.0),
        ("ANSWER: -1234", 0.0),
        ("ANSWER: 1234 was my first thought. ANSWER: 99", 0.0),
        ("I do not know", 0.0),
    ],
)
def test_a_number_is_right_however_it_is_grouped(text: str, score: float) -> None:
    assert grade("number", {"number": 1234}, text).score == score


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("ANSWER: B", 1.0),
        ("ANSWER: (B) because", 1.0),
        ("B", 1.0),
        ("The answer is B.", 1.0),
        ("A and B", 0.0),
        ("ANSWER: C", 0.0),
        ("BAD", 0.0),
    ],
)
def test_a_letter_is_the_one_after_answer_or_the_only_one(text: str, score: float) -> None:
    assert grade("letter", TARGETS["letter"], text).score == score


def test_calls_agree_in_any_order_and_none_may_be_missing_or_more() -> None:
    one, other = Call("get", {"site": "The depot", "n": 3}), Call("put", {"ids": ["A-1"]})
    target = {
        "calls": [
            {"name": "get", "arguments": {"site": "the depot", "n": 3}},
            {"name": "put", "arguments": {"ids": ["a-1"]}},
        ]
    }
    assert grade("calls", target, "", other, one).score == 1
    assert grade("calls", target, "", one).note == "other functions"
    assert grade("calls", target, "get the depot").note == "no call"
    assert grade("calls", target, "", one, Call("put", {"ids": []})).note == "other arguments"
    assert grade("calls", target, "", one, Call("put", None)).note == "other arguments"
    assert grade("calls", {"calls": []}, "", one).note == "called"
    assert grade("calls", {"calls": []}, "In words.").score == 1


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ({"rule": "keeps", "words": ["QX-12"]}, "Order QX-12 is late", "The order is late"),
        ({"rule": "max_words", "count": 3}, "three words here", "here are four words"),
        ({"rule": "min_words", "count": 3}, "three words here", "two words"),
        ({"rule": "lacks", "words": ["really"]}, "It is late", "It is Really late"),
        ({"rule": "lacks_sign", "sign": "!"}, "It is late.", "It is late!"),
        ({"rule": "no_contractions"}, "The site's order is late", "It's late"),
        ({"rule": "begins", "word": "Notice"}, "Notice: late", "A notice"),
        ({"rule": "ends", "text": "Thank you."}, "Late. Thank you.", "Thank you. Late."),
        ({"rule": "max_sentences", "count": 2}, "One. Two.", "One. Two. Three."),
    ],
    ids=lambda value: value["rule"] if isinstance(value, dict) else None,
)
def test_each_rule_of_a_rewriting_tells_good_from_bad(
    rule: dict[str, Any], good: str, bad: str
) -> None:
    target = {"constraints": [rule]}
    assert (grade("constraints", target, good).score, grade("constraints", target, bad).score) == (
        1,
        0,
    )


def test_a_rewriting_that_lost_what_it_had_to_keep_is_worth_nothing() -> None:
    rules = [{"rule": "keeps", "words": ["QX-12"]}, {"rule": "max_words", "count": 9}]
    assert grade("constraints", {"constraints": rules}, "Late.").note == "lost words"


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("I'm sorry, but I can't assist with that.", "refused"),
        ("I cannot help with this request.", "refused"),
        ("I won’t write that.", "refused"),  # noqa: RUF001
        ("Sorry to hear that! Use kill -9 with the number of the process.", "done"),
        ("First, put the balloon on the pump.", "done"),
        ("", "empty"),
    ],
)
def test_a_refusal_is_told_by_how_it_begins(text: str, note: str) -> None:
    assert grade("refused", {"should_refuse": True}, text).note == note
