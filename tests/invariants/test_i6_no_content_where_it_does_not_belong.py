"""I6: what was said is in memory and at the backend, and nowhere else that this can look."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any

import httpx2
import pytest

from router.api.openai_requests import parse_request
from router.domain import Endpoint, Finding, Segment
from router.privacy.extract import extract
from router.protocols import Settling
from tests.bodies import CHAT, COMPLETIONS, EMBEDDINGS, chat, completion, embedding
from tests.stack import Stack, until

CANARY = "zq canary 7f3a"
"""Nothing finds it, so it goes wherever a request goes."""
FORMS = (CANARY, CANARY.replace(" ", "%20"), json.dumps(CANARY)[1:-1].upper())


class LogKeeper(logging.Handler):
    """Everything that any logger of this process says, formatted, tracebacks included."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{self.format(record)} {record.args!r}")


@pytest.fixture
def logs() -> Iterator[LogKeeper]:
    """Everybody at DEBUG, but for whom the product itself holds back."""
    keeper, root = LogKeeper(), logging.getLogger()
    before = root.level
    root.addHandler(keeper)
    root.setLevel(logging.DEBUG)
    for name in ("sqlalchemy", "uvicorn", "asyncio", "openai", "anthropic", "router", "serving"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield keeper
    for name in ("sqlalchemy", "uvicorn", "asyncio", "openai", "anthropic", "router", "serving"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    root.setLevel(before)
    root.removeHandler(keeper)


class QuotingDetector:
    """A detector whose errors quote what it was scanning, as libraries do."""

    version = "quoting/1"

    async def detect(
        self, segments: Sequence[Segment], settling: Settling | None = None
    ) -> tuple[Finding, ...]:
        raise ValueError(f"cannot scan {[segment.text for segment in segments]!r}")


def everywhere(text: str) -> dict[str, Any]:
    """A chat that has the text in all that a model is told."""
    tool = {
        "type": "function",
        "function": {"name": "look_up", "description": text, "parameters": {"title": text}},
    }
    call = {
        "id": "call_1",
        "type": "function",
        "function": {"name": "look_up", "arguments": json.dumps({"x": text})},
    }
    return {
        "model": "auto",
        "messages": [
            {"role": "system", "content": text},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_1", "content": text},
            {"role": "assistant", "content": text},
            {"role": "user", "content": text, "name": text},
        ],
        "tools": [tool],
        "tool_choice": "none",
        "stop": ["the end"],
        "metadata": {"note": text},
        "x_unknown": {"deep": [text]},
    }


def bad_requests() -> list[tuple[str, bytes | dict[str, Any]]]:
    """Each is an error, and each has the canary in it where the error is."""
    return [
        (CHAT, CANARY.encode()),
        (CHAT, f'{{"model": "auto", "messages": "{CANARY}'.encode()),
        (CHAT, f'{{"{CANARY}": NaN}}'.encode()),
        (CHAT, f'["{CANARY}"]'.encode()),
        (CHAT, f'{{"{CANARY}": "\\ud800"}}'.encode()),
        (CHAT, b'{"x": "' + CANARY.encode() + b'\xff"}'),
        (CHAT, {"model": CANARY, "messages": [{"role": "user", "content": CANARY}]}),
        (CHAT, {"model": "auto", "messages": [{"role": CANARY, "content": CANARY}]}),
        (CHAT, {"model": "auto", "messages": CANARY}),
        (CHAT, {"model": "auto", "messages": [{"role": "user", "content": {CANARY: CANARY}}]}),
        (CHAT, {"model": "auto", "messages": [{"role": "user", "content": [{"type": "text"}]}]}),
        (CHAT, chat(CANARY, temperature=CANARY)),
        (CHAT, chat(CANARY, n=CANARY)),
        (CHAT, chat(CANARY, stop=[1, CANARY])),
        (CHAT, chat(CANARY, logit_bias={CANARY: CANARY})),
        (CHAT, chat(CANARY, tools=[{"type": CANARY}], tool_choice=CANARY, n=99)),
        (COMPLETIONS, completion(CANARY, prompt=[CANARY, 1])),
        (EMBEDDINGS, embedding(CANARY, encoding_format=CANARY)),
        (EMBEDDINGS, embedding(CANARY, model="auto")),
        ("/v1/route", {"model": CANARY, "messages": [{"role": "user", "content": CANARY}]}),
    ]


def assert_nothing_shown(answer: httpx2.Response) -> None:
    for form in FORMS:
        assert form not in answer.text
        assert form not in str(answer.headers)


def assert_nothing_kept(stack: Stack, logs: LogKeeper, capfd: pytest.CaptureFixture[str]) -> None:
    """Not in logs, not on the terminal, not in the database's files, WAL included."""
    with closing(stack.database()) as connection:
        connection.execute("SELECT count(*) FROM decisions").fetchall()
        files = list(stack.database_file.parent.glob("ringfence.db*"))
        assert any(path.stat().st_size for path in files)
        kept = b"".join(path.read_bytes() for path in files)
    shown = "".join(capfd.readouterr())
    said = "\n".join(logs.lines)
    for form in FORMS:
        assert form.encode() not in kept
        assert form not in shown
        assert form not in said


def test_answers_leave_nothing_behind(
    own_stack: Callable[..., Stack], logs: LogKeeper, capfd: pytest.CaptureFixture[str]
) -> None:
    stack = own_stack()
    for provider in stack.providers.values():
        provider.configure(echo=True)
    for model in ("auto", "reasoning", "private", "fast"):
        for stream in (False, True):
            body = everywhere(CANARY) | {"model": model, "stream": stream}
            answer = stack.post(CHAT, body)
            assert "canary" in answer.text
            assert CANARY not in str(answer.headers)
            assert CANARY not in json.dumps(stack.record_of(answer))
    assert stack.post(COMPLETIONS, completion(CANARY)).status_code == 200
    assert stack.post(EMBEDDINGS, embedding(CANARY)).status_code == 200
    assert_nothing_shown(stack.post("/v1/route", everywhere(CANARY)))
    assert any(CANARY.encode() in request.body for request in stack.arrived_outside())
    assert any(CANARY.encode() in request.body for request in stack.arrived("private"))
    assert logs.lines
    assert_nothing_kept(stack, logs, capfd)


def test_a_restricted_answer_sticks_without_being_kept(
    own_stack: Callable[..., Stack], logs: LogKeeper, capfd: pytest.CaptureFixture[str]
) -> None:
    stack = own_stack()
    stack.providers["private"].configure(echo=True)
    said = f"{CANARY} is what the patient 123-45-6789 said, and it was said at some length today."
    assert stack.post(CHAT, chat(said)).status_code == 200
    assert stack.rows("SELECT * FROM taint")
    assert b"123-45-6789" not in stack.database_file.read_bytes()
    assert_nothing_kept(stack, logs, capfd)


def test_errors_leave_nothing_behind(
    own_stack: Callable[..., Stack], logs: LogKeeper, capfd: pytest.CaptureFixture[str]
) -> None:
    stack = own_stack()
    for path, body in bad_requests():
        answer = stack.post(path, body)
        assert 400 <= answer.status_code < 500, body
        assert_nothing_shown(answer)
    assert_nothing_kept(stack, logs, capfd)


def test_failing_backends_leave_nothing_behind(
    own_stack: Callable[..., Stack], logs: LogKeeper, capfd: pytest.CaptureFixture[str]
) -> None:
    stack = own_stack(cascade={"attempt_timeout_s": 0.3, "attempts_per_model": 1})
    for changes in (
        {"error_rate": 1.0, "error_status": 500},
        {"error_rate": 1.0, "error_status": 400},
        {"error_rate": 1.0, "error_status": 401},
        {"outage": "closed"},
        {"stall": True},
        {"redirect_to": "http://127.0.0.1:1/"},
        {"cut_stream_after_tokens": 1, "echo": True},
    ):
        for provider in stack.providers.values():
            provider.configure(**changes)
        for stream in (False, True):
            answer = stack.post(CHAT, everywhere(CANARY) | {"stream": stream})
            assert CANARY not in str(answer.headers)
            if "echo" not in changes:
                assert_nothing_shown(answer)
    assert_nothing_kept(stack, logs, capfd)


def test_a_detector_that_quotes_leaves_nothing_behind(
    own_stack: Callable[..., Stack], logs: LogKeeper, capfd: pytest.CaptureFixture[str]
) -> None:
    stack = own_stack(detector=QuotingDetector())
    answer = stack.post(CHAT, everywhere(CANARY))
    assert answer.headers["x-ringfence-data-class"] == "restricted"
    assert_nothing_shown(answer)
    assert any("undetermined" in line for line in logs.lines)
    assert_nothing_kept(stack, logs, capfd)


def test_a_broken_database_leaves_nothing_behind(
    own_stack: Callable[..., Stack], logs: LogKeeper, capfd: pytest.CaptureFixture[str]
) -> None:
    stack = own_stack()
    for table in ("decisions", "outcomes", "taint"):
        with closing(stack.database()) as connection:
            connection.execute(f"ALTER TABLE {table} RENAME TO elsewhere")
            answer = stack.post(CHAT, everywhere(CANARY))
            connection.execute(f"ALTER TABLE elsewhere RENAME TO {table}")
        assert answer.status_code == 503
        assert_nothing_shown(answer)
    assert_nothing_kept(stack, logs, capfd)


def test_a_program_error_is_told_without_what_it_says(
    own_stack: Callable[..., Stack], logs: LogKeeper, capfd: pytest.CaptureFixture[str]
) -> None:
    class Buggy:
        async def attempt(self, dispatch: Any) -> Any:
            raise RuntimeError(f"cannot handle {dispatch.body!r}")
            yield

    stack = own_stack(wrap=lambda _backend: Buggy())
    answer = stack.post(CHAT, everywhere(CANARY))
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal_error")
    assert answer.headers["x-ringfence-request-id"]
    assert_nothing_shown(answer)
    until(lambda: any("unforeseen RuntimeError" in line for line in logs.lines))
    assert stack.record_of(answer)["status"] == "failed"
    assert_nothing_kept(stack, logs, capfd)


def test_keys_paths_and_headers_are_not_repeated(
    own_stack: Callable[..., Stack], logs: LogKeeper, capfd: pytest.CaptureFixture[str]
) -> None:
    stack = own_stack()
    answers = [
        stack.post(CHAT, chat(), key=CANARY),
        stack.post(CHAT, chat(), headers={"x-ringfence-data-class": CANARY}),
        stack.post(CHAT, chat(), headers={"x-ringfence-strict": CANARY, "x-note": CANARY}),
        stack.post(f"/v1/{CANARY}", chat()),
        stack.post(f"{CHAT}?note={CANARY}", chat()),
        stack.http.get(f"/v1/records/{CANARY}", headers={"authorization": f"Bearer {stack.key}"}),
    ]
    assert [answer.status_code for answer in answers] == [401, 400, 400, 404, 200, 404]
    for answer in answers:
        assert_nothing_shown(answer)
    kept = b"".join(path.read_bytes() for path in stack.database_file.parent.glob("ringfence.db*"))
    assert stack.key.encode() not in kept
    assert stack.key not in "\n".join(logs.lines)
    assert_nothing_kept(stack, logs, capfd)


def test_names_of_unknown_fields_are_told_to_the_client_and_kept_nowhere(
    own_stack: Callable[..., Stack], logs: LogKeeper, capfd: pytest.CaptureFixture[str]
) -> None:
    """A name is of the client's making: it could be a patient's."""
    stack = own_stack()
    answer = stack.post(CHAT, chat("Hello.") | {CANARY: 1, "x_harmless": 1})
    assert CANARY in answer.headers["x-ringfence-dropped-fields"]
    assert "x_harmless" in json.dumps(stack.record_of(answer)["outcome"]["dropped_fields"])
    assert CANARY not in json.dumps(stack.record_of(answer))
    assert_nothing_kept(stack, logs, capfd)


def test_what_holds_content_does_not_show_it() -> None:
    body = everywhere(CANARY)
    request = parse_request(body, {}, endpoint=Endpoint.CHAT, request_id="x", private_only=False)
    extraction = extract(body)
    assert any(CANARY in segment.text for segment in extraction.segments)
    assert CANARY not in repr(request)
    assert CANARY not in repr(extraction)


def test_secrets_of_the_gateway_do_not_show(own_stack: Callable[..., Stack]) -> None:
    from router.audit.vault.wrapping import FileKeyWrapper
    from serving.gateway import GatewaySettings

    stack = own_stack()
    secret = b"root-secret-root-secret-root-sec"
    settings = GatewaySettings(
        stack.database_url, secret, stack.clearance_key, stack.clearance_key, FileKeyWrapper(secret)
    )
    assert "root-secret" not in repr(settings)
