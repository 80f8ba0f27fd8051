"""What the overhead benchmark asks is what it says: so long, and so much of it new."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.overhead.workload import (
    CHARACTERS_PER_TOKEN,
    PROMPT_TOKENS,
    Case,
    Messages,
    Workload,
    workload,
)

PAIRS, WARM_UP = 40, 5


def texts(requests: tuple[Messages, ...]) -> set[str]:
    return {message["content"] for messages in requests for message in messages}


def made(case: Case, seed: int = 1) -> Workload:
    return workload(case, PAIRS, WARM_UP, seed)


@pytest.mark.parametrize("case", list(Case))
def test_every_prompt_has_about_as_many_tokens_as_it_says(case: Case) -> None:
    work = made(case)
    assert (len(work.warm_up), len(work.timed)) == (WARM_UP, PAIRS)
    for messages in work.timed:
        characters = sum(len(message["content"]) for message in messages)
        assert 0.85 < characters / CHARACTERS_PER_TOKEN / PROMPT_TOKENS <= 1
        assert messages[-1]["role"] == "user"


def test_of_a_seen_conversation_the_last_question_alone_is_new() -> None:
    work = made(Case.SEEN)
    before = texts(work.first)
    questions = set()
    for messages in (*work.warm_up, *work.timed):
        *earlier, last = messages
        assert [message["role"] for message in earlier] == ["user", "assistant"] * 3
        assert texts((tuple(earlier),)) <= before
        assert last["content"] not in before
        questions.add(last["content"])
    assert len(questions) == WARM_UP + PAIRS


def test_what_is_all_seen_has_been_sent_as_it_is() -> None:
    work = made(Case.ALL_SEEN)
    assert all(messages in work.first for messages in (*work.warm_up, *work.timed))


def test_nothing_of_what_is_unseen_has_been_sent() -> None:
    work = made(Case.UNSEEN)
    assert work.first == ()
    assert len(texts((*work.warm_up, *work.timed))) == WARM_UP + PAIRS


@given(seed=st.integers(0, 2**32), other=st.integers(0, 2**32))
def test_a_seed_makes_the_same_requests_and_another_one_others(seed: int, other: int) -> None:
    digests = [workload(Case.SEEN, 2, 1, one).digest for one in (seed, seed, other)]
    assert digests[0] == digests[1]
    assert (digests[0] == digests[2]) is (seed == other)
