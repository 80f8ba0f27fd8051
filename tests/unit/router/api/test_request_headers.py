"""What callers say in headers is taken as it is meant, or refused without being quoted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.api.openai_requests import parse_request
from router.domain import Endpoint, InferenceRequest
from router.errors import InvalidRequest
from tests.bodies import chat

SUBJECT, STAKES = "x-ringfence-subject", "x-ringfence-stakes"


def parsed(
    headers: dict[str, str], known: tuple[str, ...] = ("legal", "medical")
) -> InferenceRequest:
    return parse_request(
        chat(),
        headers,
        endpoint=Endpoint.CHAT,
        request_id="r",
        private_only=False,
        known_stakes=known,
    )


def test_nothing_said_is_nothing_meant() -> None:
    request = parsed({})
    assert (request.subject, request.stakes) == (None, None)


@given(st.text(max_size=300))
def test_a_subject_is_printable_and_short_or_refused_unseen(subject: str) -> None:
    if 1 <= len(subject) <= 256 and subject.isprintable():
        request = parsed({SUBJECT: subject})
        assert request.subject == subject
        assert "subject=" not in repr(request)
        return
    with pytest.raises(InvalidRequest) as caught:
        parsed({SUBJECT: subject})
    assert str(caught.value) == f"{SUBJECT} must be 1 to 256 printable characters."


def test_stakes_are_one_that_the_policy_knows() -> None:
    assert parsed({STAKES: "legal"}).stakes == "legal"
    for unknown in ("zq-canary", "", "legal, medical", "LEGAL"):
        with pytest.raises(InvalidRequest) as caught:
            parsed({STAKES: unknown})
        assert str(caught.value) == f"{STAKES} must be one of legal, medical."


def test_where_the_policy_knows_none_that_is_said() -> None:
    with pytest.raises(InvalidRequest, match="knows no stakes"):
        parsed({STAKES: "legal"}, known=())
