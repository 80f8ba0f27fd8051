"""Each signal sees what it is there for, and says nothing of what it cannot tell."""

from __future__ import annotations

from decimal import Decimal
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain import Usage
from router.escalation.collected import Collected, TokenLogprob
from router.escalation.signals.agreement import agree, last_number
from router.escalation.signals.logprobs import mean_logprob, min_logprob
from router.escalation.signals.refusal import refuses
from router.escalation.signals.truncation import is_truncated
from router.task import Task

REFUSALS = (
    "I'm sorry, but I can't assist with that.",
    "I\u2019m unable to do this.",
    "Dabei kann ich Ihnen nicht helfen.",
    "Désolé, je ne peux pas répondre à cette question.",
    "Lo siento, no puedo ayudarte con eso.",
    "Mi dispiace, non posso fornire queste informazioni.",
    "Desculpe, não posso ajudar com isso.",
    "Helaas, ik kan je daar niet mee helpen.",
    "Przykro mi, nie mogę pomóc.",
    "抱歉\uff0c我不能回答这个问题。",
    "申し訳ありませんが、お手伝いできません。",
)


@pytest.mark.parametrize("text", REFUSALS, ids=range(len(REFUSALS)))
def test_a_refusal_is_one_in_many_languages(text: str) -> None:
    assert refuses(Collected(text=text))
    assert refuses(Collected(text=text.upper()))


@pytest.mark.parametrize(
    "text",
    [
        "The Rhine, the Danube and the Elbe.",
        "",
        "Dear customer, " + "we thank you. " * 20 + "We are sorry that I cannot help with it.",
        "I can help with that: " + "word " * 300 + "I cannot help with more.",
        "Ich kann Ihnen dabei helfen.",
    ],
    ids=["plain", "empty", "quoted late", "long", "an offer"],
)
def test_what_answers_is_no_refusal(text: str) -> None:
    assert not refuses(Collected(text=text))


def test_a_provider_says_by_itself_that_it_refuses() -> None:
    assert refuses(Collected(refusal="no"))
    assert refuses(Collected(text="a little", finish_reason="content_filter"))


def test_an_answer_that_its_model_could_not_finish_is_truncated() -> None:
    cut = Collected(text="and", finish_reason="length", usage=Usage(1, 10))
    assert is_truncated(cut, {})
    assert is_truncated(cut, {"max_tokens": 100})


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
def test_an_answer_that_its_client_limited_is_not(limit: str) -> None:
    cut = Collected(text="and", finish_reason="length", usage=Usage(1, 10))
    assert not is_truncated(cut, {limit: 10})
    assert not is_truncated(Collected(finish_reason="length"), {limit: 10})
    assert not is_truncated(Collected(finish_reason="stop"), {})


def said(*logprobs: float) -> Collected:
    return Collected(text="x", logprobs=tuple(TokenLogprob(each) for each in logprobs))


def test_log_probabilities_are_of_a_token_in_the_mean_and_of_the_least_likely() -> None:
    assert mean_logprob(said(-1.0, -3.0)) == -2.0
    assert min_logprob(said(-1.0, -3.0)) == -3.0


@pytest.mark.parametrize("answer", [said(), said(-1.0, nan)], ids=["none", "no number"])
def test_without_log_probabilities_nothing_is_told(answer: Collected) -> None:
    assert mean_logprob(answer) is None
    assert min_logprob(answer) is None


@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=20))
def test_log_probabilities_are_finite_and_no_more_than_nought(logprobs: list[float]) -> None:
    mean, least = mean_logprob(said(*logprobs)), min_logprob(said(*logprobs))
    assert mean is not None
    assert least is not None
    assert -inf < least <= mean + 1e-9 <= 1e-9


def texts(first: str, second: str) -> tuple[Collected, Collected]:
    return Collected(text=first), Collected(text=second)


@pytest.mark.parametrize(
    ("first", "second", "task"),
    [
        ("The Rhine.", "the  rhine", Task.OTHER),
        ('{"a": 1, "b": [2]}', '{"b":[2],"a":1}', Task.OTHER),
        ("It is 1,024 in all.", "2 times 512 makes 1024", Task.MATHS),
    ],
    ids=["words", "json", "a result"],
)
def test_two_samples_agree_where_they_say_the_same(first: str, second: str, task: Task) -> None:
    assert agree(*texts(first, second), task)


@pytest.mark.parametrize(
    ("first", "second", "task"),
    [
        ("The Rhine.", "The Elbe.", Task.OTHER),
        ('{"a": 1}', '{"a": 2}', Task.OTHER),
        ('{"a": 1}', '{"a": true}', Task.OTHER),
        ("12 apples", "13 apples", Task.MATHS),
        ("There are 3 rivers: Rhine", "There are 3 rivers: Elbe", Task.OTHER),
    ],
    ids=["words", "json", "truth is no number", "a result", "the same number in other words"],
)
def test_two_samples_disagree_where_they_do_not(first: str, second: str, task: Task) -> None:
    assert not agree(*texts(first, second), task)


@given(st.text(max_size=200), st.text(max_size=200), st.sampled_from(Task))
def test_agreement_has_no_order_and_everything_agrees_with_itself(
    first: str, second: str, task: Task
) -> None:
    one, other = texts(first, second)
    assert agree(one, one, task)
    assert agree(one, other, task) == agree(other, one, task)


def test_the_last_number_is_the_result() -> None:
    assert last_number("2 + 2 = 4") == Decimal(4)
    assert last_number("-1,234.50 or so") == Decimal("-1234.5")
    assert last_number("none") is None
