"""Feedback comes from outside: whatever it is, it is taken as it is meant, or refused unseen."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.api.feedback import parse_feedback
from router.errors import InvalidRequest

REQUEST_ID = "0199d2c4-7b1e-7c55-9a51-0e2d5a1f6b3c"
_LETTERS = "ЖЩЮЯ"
"""None of which is in any message of ours."""
_TEXT = st.text(_LETTERS, max_size=20)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=5,
)
_FIELDS = ("score", "label", "correction", "comment")


@given(
    st.dictionaries(st.sampled_from(("request_id", *_FIELDS, _LETTERS)), _JSON, max_size=6),
)
def test_any_object_is_feedback_or_is_refused_without_being_quoted(body: dict[str, Any]) -> None:
    said, refusal = None, ""
    try:
        said = parse_feedback(body)
    except InvalidRequest as refused:
        refusal = str(refused)
    assert not set(_LETTERS) & set(refusal)
    if said is not None:
        assert set(body) <= {"request_id", *_FIELDS}
        assert said.score is None or 0 <= said.score <= 1
        assert any(body.get(name) is not None for name in _FIELDS)
        assert repr(said).count("=") == 3, "a text is in no representation"


@pytest.mark.parametrize("name", ["chatcmpl-", ""])
def test_the_id_of_an_answer_is_that_of_its_request(name: str) -> None:
    assert parse_feedback({"request_id": name + REQUEST_ID, "score": 0}).request_id == REQUEST_ID


def test_one_thing_is_said_at_least() -> None:
    for nothing in ({}, {"score": None}, dict.fromkeys(_FIELDS)):
        with pytest.raises(InvalidRequest, match="one of score, label, correction, comment"):
            parse_feedback({"request_id": REQUEST_ID, **nothing})
