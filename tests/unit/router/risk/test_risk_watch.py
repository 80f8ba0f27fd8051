"""Feedback can show that a promise is broken, and never that it holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.risk.certificate import Promise
from router.risk.watch import watched
from tests.unit.router.risk.risk_cases import certificate

CERTIFICATE = certificate()


def test_one_wrong_answer_of_many_refutes_nothing() -> None:
    assert not watched(CERTIFICATE, [False, *[True] * 30]).is_refuted
    assert not watched(CERTIFICATE, [False]).is_refuted


def test_many_wrong_answers_refute_what_was_promised() -> None:
    found = watched(CERTIFICATE, [False] * 10 + [True] * 40)
    assert (found.told, found.wrong) == (50, 10)
    assert found.limit == 0.05 < found.low < 0.2
    assert found.is_refuted


def test_without_feedback_there_is_nothing_to_say() -> None:
    assert watched(CERTIFICATE, []).low == 0.0


def test_a_share_of_all_that_is_tried_is_a_larger_one_of_what_is_kept() -> None:
    of_tried = certificate(promise=Promise.OF_TRIED)
    found = watched(of_tried, [True])
    assert found.limit == pytest.approx(0.05 / of_tried.evidence.coverage)


@given(st.lists(st.booleans(), max_size=60))
def test_one_more_wrong_answer_never_speaks_for_a_promise(are_right: list[bool]) -> None:
    before, after = (watched(CERTIFICATE, said) for said in (are_right, [*are_right, False]))
    assert after.low >= before.low
