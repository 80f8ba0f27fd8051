from __future__ import annotations

import json

import httpx2
import pytest

from router.errors import BackendBroken, BackendTimeout, BackendUnreachable, EgressRefused
from serving.external.outcomes import failure_of_error, failure_of_status, retry_after_s

NOW_S = 1_700_000_000.0


@pytest.mark.parametrize(
    ("headers", "expected_s"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Tue, 14 Nov 2023 22:14:00 GMT"}, 40.0),
        ({"retry-after": "Tue, 14 Nov 2000 22:14:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], expected_s: float | None) -> None:
    assert retry_after_s(headers, now_s=NOW_S) == expected_s


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        ({"code": "context_length_exceeded", "message": "secret"}, "context_length_exceeded"),
        ({"code": "the patient Grimhilde", "type": "invalid"}, "invalid"),
        ({"code": "a" * 65, "type": 7}, None),
        ("secret", None),
    ],
)
def test_messages_hold_a_declared_code_and_nothing_else(error: object, shown: str | None) -> None:
    body = json.dumps({"error": error}).encode()
    message = str(failure_of_status(400, {}, body, now_s=NOW_S))
    assert message == ("status 400" if shown is None else f"status 400 ({shown})")


def test_bodies_that_are_not_json_are_no_obstacle() -> None:
    assert str(failure_of_status(502, {}, b"<html>", now_s=NOW_S)) == "status 502"


def test_the_nearest_cause_that_says_something_decides() -> None:
    refusal = EgressRefused("no clearance")
    wrapper = RuntimeError("Connection error.")
    wrapper.__cause__ = refusal
    assert failure_of_error(wrapper) is refusal
    assert type(failure_of_error(TimeoutError())) is BackendTimeout
    assert type(failure_of_error(httpx2.ReadTimeout("x"))) is BackendTimeout
    assert type(failure_of_error(httpx2.ConnectTimeout("x"))) is BackendUnreachable
    assert type(failure_of_error(httpx2.ConnectError("x"))) is BackendUnreachable
    assert type(failure_of_error(httpx2.ReadError("x"))) is BackendBroken
    assert str(failure_of_error(ValueError("secret"))) == (
        "an answer that cannot be read (ValueError)"
    )
