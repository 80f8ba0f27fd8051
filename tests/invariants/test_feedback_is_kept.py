"""What callers say of answers, through a whole gateway: their own alone, and never in clear."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.bodies import CHAT, chat
from tests.stack import Stack

FEEDBACK = "/v1/feedback"
SECRET = "the river is called Vltava"


def keeping(_models: dict[str, Any], policy: dict[str, Any]) -> None:
    kept = {"keep": "both", "max_days": 30}
    classes = dict.fromkeys(("public", "internal", "confidential", "restricted"), kept)
    policy["vault"] = {"classes": classes}
    policy["feedback"] = {"labels": ["off_brand"], "max_per_request": 2}


def asked(stack: Stack, **how: Any) -> str:
    answer = stack.post(CHAT, chat(), **how)
    assert answer.status_code == 200
    request_id: str = answer.headers["x-ringfence-request-id"]
    return request_id


@pytest.mark.parametrize("path", [FEEDBACK, "/private/v1/feedback"])
def test_a_record_shows_what_was_said_of_its_answer(stack: Stack, path: str) -> None:
    answer = stack.post(CHAT, chat())
    request_id = answer.headers["x-ringfence-request-id"]
    assert stack.record(request_id)["feedback"] == []
    # Either id will do: that of the request, or that of the answer.
    said = {"request_id": answer.json()["id"], "score": 1, "label": "right", "comment": SECRET}
    taken = stack.post(path, said)
    assert taken.status_code == 200
    assert (taken.json()["request_id"], taken.json()["text_kept"]) == (request_id, False)
    (shown,) = stack.record(request_id)["feedback"]
    assert shown["id"] == taken.json()["id"]
    assert (shown["score"], shown["label"], shown["text_kept"]) == (1.0, "right", False)
    assert SECRET not in stack.database_file.read_bytes().decode("latin-1")


def test_a_text_is_kept_where_the_policy_keeps_the_answer_s(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack(edit=keeping)
    request_id = asked(stack)
    said = {"request_id": request_id, "label": "off_brand", "correction": SECRET}
    first, again = stack.post(FEEDBACK, said), stack.post(FEEDBACK, said)
    assert first.json()["text_kept"] is True
    assert again.json() == first.json()
    texts = "SELECT part FROM vault_texts WHERE request_id = ?"
    assert {part for (part,) in stack.rows(texts, request_id)} == {"input", "output", "note1"}
    assert stack.post(FEEDBACK, said | {"score": 0.5}).status_code == 200
    full = stack.post(FEEDBACK, said | {"score": 0.75})
    assert (full.status_code, full.json()["error"]["code"]) == (409, "feedback_full")
    for file in stack.database_file.parent.iterdir():
        if file.is_file():
            assert SECRET.encode() not in file.read_bytes()


def test_what_another_team_asked_is_not_there_to_be_judged(stack: Stack) -> None:
    request_id = asked(stack)
    payments = stack.known_key(team="payments")
    said = {"request_id": request_id, "score": 0}
    refused = stack.post(FEEDBACK, said, key=payments)
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "record_not_found")
    unknown = stack.post(FEEDBACK, said | {"request_id": "never-was"})
    assert unknown.status_code == 404
    assert stack.record(request_id)["feedback"] == []


def one_request_a_minute(_models: dict[str, Any], policy: dict[str, Any]) -> None:
    policy["limits"] = {"each_key": {"requests_per_minute": 1}}


def test_it_is_under_the_limits_of_its_key(own_stack: Callable[..., Stack]) -> None:
    stack = own_stack(edit=one_request_a_minute)
    said = {"request_id": asked(stack), "score": 0}
    # A minute may begin in between, and with it one more request; two do not.
    answers = [stack.post(FEEDBACK, said) for _ in range(2)]
    refused = next(answer for answer in answers if answer.status_code != 200)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limit_exceeded")
    assert 1 <= int(refused.headers["retry-after"]) <= 60


def test_nobody_without_a_key_is_heard(stack: Stack) -> None:
    said = {"request_id": asked(stack), "score": 0}
    assert stack.post(FEEDBACK, said, key="rf-nobody").status_code == 401


def test_it_is_in_the_log_before_it_is_acknowledged(stack: Stack) -> None:
    request_id = asked(stack)
    taken = stack.post(FEEDBACK, {"request_id": request_id, "score": 0.5}).json()
    acts = "SELECT body FROM audit_entries WHERE kind = 'act'"
    bodies = [body.decode() for (body,) in stack.rows(acts)]
    assert any("feedback.given" in body and taken["id"] in body for body in bodies)


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({}, "one of score"),
        ({"score": 1.5}, "score"),
        ({"score": True}, "score"),
        ({"label": "awful"}, "label"),
        ({"comment": ""}, "comment"),
        ({"score": 1, "stars": 5}, "no other fields"),
    ],
)
def test_what_is_no_feedback_is_refused_and_not_quoted(
    stack: Stack, said: dict[str, Any], what: str
) -> None:
    refused = stack.post(FEEDBACK, {"request_id": "a"} | said)
    assert refused.status_code == 400
    message = refused.json()["error"]["message"]
    assert what in message
    assert "awful" not in message
    assert "stars" not in message


def test_it_is_short(stack: Stack) -> None:
    said = {"request_id": "a", "comment": "a" * 16 * 1024}
    assert stack.post(FEEDBACK, said).status_code == 413
