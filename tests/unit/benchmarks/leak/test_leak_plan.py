"""What is asked is the same for the same seed, carries its mark, and is varied enough."""

from __future__ import annotations

import json
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from leak_cases import planned, sample

from benchmarks.leak.body import Heard, write
from benchmarks.leak.canary import find_canaries
from benchmarks.leak.plan import FOLLOWS_AFTER, Catalogue, Planned, plan
from benchmarks.leak.samples import drawn, small_samples
from benchmarks.leak.schedule import Kind, schedule
from router.domain import Endpoint

CATALOGUE = Catalogue(("a", "b"), ("a",), ("e",))
ANSWER = "word " * 40


def planned_requests(seed: int = 1, requests: int = 1_000) -> list[Planned]:
    return list(plan(small_samples(seed, 60), CATALOGUE, requests=requests, seed=seed))


def test_a_plan_is_the_same_for_the_same_seed() -> None:
    assert planned_requests() == planned_requests()
    assert planned_requests(1) != planned_requests(2)


def test_every_door_is_tried() -> None:
    requests = planned_requests()
    assert {one.endpoint for one in requests} == set(Endpoint)
    assert {one.choice for one in requests} >= {"auto", "fast", "balanced", "reasoning", "private"}
    assert {one.choice for one in requests} >= {"a", "b", "e"}
    for trait in ("private", "stream", "asks_for_tool"):
        assert {getattr(one, trait) for one in requests} == {True, False}
    assert any(one.leaves_after_s is not None for one in requests)
    assert any(one.has_to_stay for one in requests)
    assert 0.4 < sum(one.sample.is_sensitive for one in requests) / len(requests) < 0.6


def test_a_conversation_goes_on_in_its_own_team() -> None:
    requests = planned_requests()
    later = [one for one in requests if one.continues is not None]
    assert later
    for one in later:
        assert one.continues == one.number - FOLLOWS_AFTER
        assert requests[one.continues].team == one.team


def test_every_sample_is_drawn_as_often_as_every_other() -> None:
    samples = small_samples(1, 7)
    names = [one.id for one in islice(drawn(samples, 1), 21)]
    assert all(names.count(one.id) == 3 for one in samples)
    assert names[:7] != [one.id for one in samples]
    with pytest.raises(ValueError, match="nothing"):
        next(drawn([], 1))


def test_identifiers_and_mark_stand_in_every_body() -> None:
    for one in planned_requests():
        written = write(one, None)
        text = json.dumps(written.body, ensure_ascii=False)
        assert find_canaries(text) == {one.canary}
        unescaped = text.replace("\\n", "\n").replace('\\"', '"')
        assert all(identifier in unescaped for identifier in written.identifiers)
        assert written.body["model"] == one.choice


def test_a_sample_s_own_body_is_left_as_it_was() -> None:
    shared = sample()
    before = json.dumps(shared.body)
    write(planned(), None)
    assert json.dumps(shared.body) == before


def heard(answer: str = ANSWER, *, stays: bool = True) -> Heard:
    return Heard([{"role": "user", "content": "first"}], answer, stays, ("secret",), "structured")


def test_a_whole_conversation_keeps_what_is_in_it() -> None:
    written = write(planned(continuation="resend"), heard())
    assert (written.identifiers, written.category) == (("secret",), "structured")
    assert written.sticks
    assert [m["role"] for m in written.body["messages"]] == ["user", "assistant", "user"]  # type: ignore


def test_a_quoted_answer_is_kept_by_nothing_but_what_sticks_to_it() -> None:
    written = write(planned(continuation="quote"), heard())
    assert written.identifiers == ()
    assert written.sticks
    assert "first" not in json.dumps(written.body)
    assert not write(planned(continuation="quote"), heard(stays=False)).sticks


def test_an_answer_too_short_to_stick_is_not_gone_on_with() -> None:
    assert not write(planned(), heard("Yes.")).continues


KINDS = [Kind(f"k{number}", f"f{number % 3}", 1 + number) for number in range(9)]


@given(st.integers(1, 500), st.integers(1, 60), st.integers(0, 5))
def test_every_fault_comes_at_least_once_and_in_order(requests: int, every: int, seed: int) -> None:
    due = schedule(KINDS, requests=requests, every=every, seed=seed)
    assert {one.kind for one in due} == set(KINDS)
    assert len(due) == max(len(KINDS), requests // every)
    places = [one.at_request for one in due]
    assert places == sorted(places)
    assert places[0] >= 0
    assert places[-1] < requests
    assert due == schedule(KINDS, requests=requests, every=every, seed=seed)


def test_without_kinds_nothing_is_broken() -> None:
    assert schedule([], requests=10, every=1, seed=1) == ()
