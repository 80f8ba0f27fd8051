"""What callers say in headers is taken as it is meant, or refused without being quoted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.api.openai_requests import parse_request
from router.domain import Endpoint, InferenceRequest
from router.errors import InvalidRequest
from router.task import Preference, Task
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


TASK, PREFER = "x-ringfence-task", "x-ringfence-prefer"
MAX_LATENCY, CASCADE = "x-ringfence-max-latency-ms", "x-ringfence-cascade"


def test_what_a_request_is_for_and_what_is_preferred_may_be_said() -> None:
    nothing = parsed({})
    assert (nothing.task, nothing.prefer, nothing.max_latency_ms, nothing.cascade) == (None,) * 4
    for task in Task:
        assert parsed({TASK: task.value}).task is task
    for preference in Preference:
        assert parsed({PREFER: preference.value}).prefer is preference
    assert parsed({MAX_LATENCY: "1"}).max_latency_ms == 1
    assert parsed({MAX_LATENCY: "600000"}).max_latency_ms == 600_000
    assert parsed({CASCADE: "allow"}).cascade is True
    assert parsed({CASCADE: "never"}).cascade is False


@pytest.mark.parametrize(
    ("header", "names"),
    [(TASK, "classification, extraction"), (PREFER, "cost, quality"), (CASCADE, "allow, never")],
)
def test_a_word_that_there_is_not_is_refused_with_those_that_there_are(
    header: str, names: str
) -> None:
    for unknown in ("zq-canary", "", "CODE", "code, maths", "allow,"):
        with pytest.raises(InvalidRequest) as caught:
            parsed({header: unknown})
        assert str(caught.value).startswith(f"{header} must be one of {names}")
        assert "zq-canary" not in str(caught.value)


@pytest.mark.parametrize("said", ["0", "600001", "-1", "1.5", "1e3", " 5", "", "٣", "9" * 5_000])
def test_a_latency_is_whole_milliseconds(said: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parsed({MAX_LATENCY: said})
    assert str(caught.value) == f"{MAX_LATENCY} must be whole milliseconds from 1 to 600000."
