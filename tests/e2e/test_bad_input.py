"""Whatever is sent, the answer is an error in OpenAI's shape that says what to do, or an answer."""

from __future__ import annotations

import gzip
import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bodies import CHAT, COMPLETIONS, EMBEDDINGS, HARMLESS, chat, completion, embedding
from tests.stack import Stack, until

CANARY = "zq canary 7f3a"
LIMIT = 10 * 1024 * 1024


def assert_error(
    answer: httpx2.Response, status: int, code: str, *says: str, param: str | None = None
) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "code", "param"}
    assert error["code"] == code
    assert error["type"]
    for word in says:
        assert word in error["message"]
    if param is not None:
        assert error["param"] == param
    assert CANARY not in answer.text
    assert answer.headers["x-ringfence-request-id"]


def nested(depth: int, inner: str = "1") -> str:
    return '{"a":' * depth + inner + "}" * depth


def with_field(name: str, value: str) -> bytes:
    body = f'{{"model": "auto", "messages": [{{"role": "user", "content": "{CANARY}"}}], '
    return f'{body}"{name}": {value}}}'.encode()


NOT_JSON: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "not JSON"),
    "text": (CANARY.encode(), "not JSON"),
    "cut off": (b'{"model": "auto", "messages": [', "not JSON"),
    "form data": (b"model=auto&prompt=x", "not JSON"),
    "two objects": (b"{}{}", "not JSON"),
    "a list": (b"[]", "JSON object"),
    "a string": (f'"{CANARY}"'.encode(), "JSON object"),
    "null": (b"null", "JSON object"),
    "invalid UTF-8": (with_field("user", '"\\u00e9"').replace(b"\\u00e9", b"\xe9"), "UTF-8"),
    "UTF-16": (json.dumps(chat(CANARY)).encode("utf-16"), "UTF-8"),
    "a BOM": (b"\xef\xbb\xbf" + json.dumps(chat(CANARY)).encode(), "not JSON"),
    "NaN": (with_field("temperature", "NaN"), "NaN"),
    "Infinity": (with_field("x_new", "[-Infinity]"), "Infinity"),
    "NUL": (with_field("user", '"a\\u0000b"'), "NUL"),
    "a lone surrogate": (with_field("user", '"\\ud800"'), "surrogates"),
    "a surrogate in a key": (with_field("\\udfff", "1"), "surrogates"),
    "deep objects": (with_field("x_new", nested(100)), "nested deeper"),
    "very deep objects": (with_field("x_new", nested(100_000)), "nested deeper"),
    "very deep lists": (b"[" * 1_000_000, "nested deeper"),
    "an integer of thousands of digits": (with_field("seed", "9" * 5_000), "JSON"),
}


@pytest.mark.parametrize("kind", NOT_JSON)
def test_a_body_that_is_not_json_of_ours(stack: Stack, kind: str) -> None:
    body, says = NOT_JSON[kind]
    started_s = time.process_time()
    for path in (CHAT, COMPLETIONS, EMBEDDINGS, "/v1/route", f"/private{CHAT}"):
        assert_error(stack.post(path, body), 400, "invalid_request", says)
    assert time.process_time() - started_s < 5.0
    assert stack.arrived(*stack.providers) == []


def said(role: Any = "user", content: Any = CANARY, **more: Any) -> dict[str, Any]:
    return {"model": "auto", "messages": [{"role": role, "content": content, **more}]}


DEEP_SCHEMA: dict[str, Any] = {}
_level = DEEP_SCHEMA
for _ in range(200):
    _level["properties"] = {"a": {"type": "object"}}
    _level = _level["properties"]["a"]

WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    "no model": (CHAT, {"messages": [{"role": "user", "content": CANARY}]}, "model"),
    "an empty model": (CHAT, chat(CANARY, ""), "model"),
    "a model that is a list": (CHAT, chat(CANARY) | {"model": ["auto"]}, "model"),
    "a model that is endless": (CHAT, chat(CANARY, "x" * 300), "model"),
    "no messages": (CHAT, {"model": "auto"}, "messages"),
    "an empty conversation": (CHAT, {"model": "auto", "messages": []}, "messages"),
    "messages that are text": (CHAT, {"model": "auto", "messages": CANARY}, "messages"),
    "messages that are null": (CHAT, {"model": "auto", "messages": None}, "messages"),
    "a message that is text": (CHAT, {"model": "auto", "messages": [CANARY]}, "messages.0"),
    "10,000 messages": (
        CHAT,
        {"model": "auto", "messages": [{"role": "user", "content": CANARY}] * 10_000},
        "messages",
    ),
    "a role that does not exist": (CHAT, said(role=CANARY), "messages.0.role"),
    "a role in capitals": (CHAT, said(role="User"), "messages.0.role"),
    "no role": (CHAT, {"model": "auto", "messages": [{"content": CANARY}]}, "messages.0.role"),
    "a user without words": (CHAT, said(content=None), "messages.0"),
    "content that is a number": (CHAT, said(content=7), "messages.0.content"),
    "content that is an object": (CHAT, said(content={CANARY: 1}), "messages.0.content"),
    "a text part without text": (CHAT, said(content=[{"type": "text"}]), "messages.0.content"),
    "a part without a type": (CHAT, said(content=[{"text": CANARY}]), "messages.0.content"),
    "a tool's result of no call": (CHAT, said(role="tool"), "messages.0"),
    "a call without a function": (
        CHAT,
        said(role="assistant", tool_calls=[{"id": "x"}]),
        "messages.0.tool_calls.0.function",
    ),
    "a stream that is a word": (CHAT, chat(CANARY, stream="yes"), "stream"),
    "a temperature that is text": (CHAT, chat(CANARY, temperature="1"), "temperature"),
    "a temperature that is true": (CHAT, chat(CANARY, temperature=True), "temperature"),
    "a temperature out of range": (CHAT, chat(CANARY, temperature=9), "temperature"),
    "n that is zero": (CHAT, chat(CANARY, n=0), "n"),
    "n that is huge": (CHAT, chat(CANARY, n=10**30), "n"),
    "max_tokens that is huge": (CHAT, chat(CANARY, max_tokens=10**4_299), "max_tokens"),
    "a seed that is huge": (CHAT, chat(CANARY, seed=2**63), "seed"),
    "max_tokens that is negative": (CHAT, chat(CANARY, max_tokens=-1), "max_tokens"),
    "max_tokens that is a float": (CHAT, chat(CANARY, max_tokens=1.5), "max_tokens"),
    "stops that are numbers": (CHAT, chat(CANARY, stop=[1]), "stop"),
    "too many stops": (CHAT, chat(CANARY, stop=["x"] * 99), "stop"),
    "tools that are an object": (CHAT, chat(CANARY, tools={}), "tools"),
    "a function without a name": (
        CHAT,
        chat(CANARY, tools=[{"type": "function", "function": {}}]),
        "tools.0.function.name",
    ),
    "a thousand tools": (
        CHAT,
        chat(CANARY, tools=[{"type": "function", "function": {"name": "x"}}] * 1_000),
        "tools",
    ),
    "a response format that is text": (
        CHAT,
        chat(CANARY, response_format="json"),
        "response_format",
    ),
    "stream options that are a list": (CHAT, chat(CANARY, stream_options=[]), "stream_options"),
    "an empty prompt": (COMPLETIONS, completion(""), "prompt"),
    "no prompt": (COMPLETIONS, {"model": "auto"}, "prompt"),
    "a prompt in token ids": (COMPLETIONS, completion(CANARY, prompt=[1, 2]), "prompt"),
    "no input": (EMBEDDINGS, {"model": "embedding-model"}, "input"),
    "an empty input": (EMBEDDINGS, embedding(""), "input"),
    "an empty list of inputs": (EMBEDDINGS, embedding(CANARY, input=[]), "input"),
    "an unknown encoding": (EMBEDDINGS, embedding(CANARY, encoding_format="hex"), "encoding"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_field_that_is_wrong_is_named(stack: Stack, kind: str) -> None:
    path, body, place = WRONG[kind]
    started_s = time.process_time()
    answer = stack.post(path, body)
    assert time.process_time() - started_s < 2.0
    assert_error(answer, 400, "invalid_request", place)
    assert answer.json()["error"]["param"].startswith(place)
    assert stack.arrived(*stack.providers) == []


def test_a_deeply_nested_schema(stack: Stack) -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "x", "schema": DEEP_SCHEMA}}
    tool = {"type": "function", "function": {"name": "x", "parameters": DEEP_SCHEMA}}
    for more in ({"response_format": schema}, {"tools": [tool]}):
        assert_error(stack.post(CHAT, chat(CANARY, **more)), 400, "invalid_request", "nested")
    assert stack.arrived(*stack.providers) == []


def test_json_that_is_deep_inside_a_string_is_just_text(stack: Stack) -> None:
    for text in (nested(200_000), "[" * 100_000, '{"a": "' * 1000):
        answer = stack.post(CHAT, chat(text[:150_000], "private"))
        assert answer.status_code == 200


def test_an_unknown_model_is_told_the_known_ones(stack: Stack) -> None:
    answer = stack.post(CHAT, chat(CANARY, "gpt-99"))
    assert_error(answer, 404, "model_not_found", "gpt-99", "auto", "private-model", param="model")
    assert_error(stack.post(CHAT, chat(CANARY, CANARY)), 404, "model_not_found", "auto")
    assert_error(stack.post(CHAT, chat(CANARY, "openai-model@9")), 404, "model_not_found")


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
        {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
        {"type": "file", "file": {"file_id": "file-1"}},
    ],
    ids=lambda part: str(part["type"]),
)
def test_media_is_refused_where_no_model_inside_takes_it(
    stack: Stack, part: dict[str, Any]
) -> None:
    answer = stack.post(CHAT, said(content=[{"type": "text", "text": CANARY}, part]))
    assert_error(answer, 400, "missing_capability", "lacks")
    assert stack.arrived(*stack.providers) == []


def test_a_body_over_the_limit(stack: Stack) -> None:
    body = json.dumps(chat("x" * LIMIT)).encode()
    assert_error(stack.post(CHAT, body), 413, "body_too_large", str(LIMIT))

    def in_pieces() -> Iterator[bytes]:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    headers = {"authorization": f"Bearer {stack.key}"}
    answer = stack.http.post(CHAT, content=in_pieces(), headers=headers)
    assert_error(answer, 413, "body_too_large", str(LIMIT))
    assert stack.arrived(*stack.providers) == []
    assert stack.post(CHAT, chat()).status_code == 200


def test_a_body_that_only_claims_to_be_large_is_not_waited_for(stack: Stack) -> None:
    head = (
        f"POST {CHAT} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {stack.key}\r\n"
        f"Content-Length: {LIMIT * 100}\r\n\r\n"
    )
    assert b" 413 " in raw_exchange(stack, head.encode()).split(b"\r\n")[0]


def raw_exchange(stack: Stack, sent: bytes) -> bytes:
    """The first of what comes back for these bytes."""
    host, port = stack.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(sent)
        return connection.recv(65_536)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": "Bearer , Bearer"},
        {"authorization": "Basic dXNlcjpwYXNz"},
        {"authorization": f"Bearer {CANARY}"},
        {"authorization": "Bearer rf-wrong"},
        {"authorization": b"Bearer \xff\xfe\x80".decode("latin-1").encode("latin-1")},
        {"authorization": "Bearer " + "x" * 8_000},
        {"x-api-key": "rf-wrong"},
        {"api-key": "rf-wrong"},
    ],
)
def test_without_a_key_that_is_known_nothing_is_open(stack: Stack, headers: Any) -> None:
    for method, path in (
        ("POST", CHAT),
        ("POST", f"/private{CHAT}"),
        ("POST", "/v1/route"),
        ("GET", "/v1/models"),
        ("GET", "/v1/records/x"),
        ("GET", "/v1/nothing"),
        ("GET", "/docs"),
        ("GET", "/openapi.json"),
        ("GET", "/"),
    ):
        answer = stack.http.request(method, path, content=b"{}", headers=headers)
        assert_error(answer, 401, "invalid_api_key", "Authorization: Bearer", "keys create")
    assert stack.http.get("/healthz", headers=headers).status_code == 200
    assert stack.arrived(*stack.providers) == []


def test_a_wrong_key_is_the_clients_authentication_error(stack: Stack) -> None:
    with stack.client(key="rf-wrong") as client, pytest.raises(openai.AuthenticationError):
        client.chat.completions.create(model="auto", messages=[{"role": "user", "content": "x"}])


def test_a_revoked_key_is_refused_within_a_second(stack: Stack) -> None:
    # The best of some: on a machine that stood still it takes longer once.
    assert min(seconds_to_revoke(stack) for _ in range(3)) < 1.0


def seconds_to_revoke(stack: Stack) -> float:
    entry, key = stack.keys.create(team="leaving")
    until(lambda: stack.post(CHAT, chat(), key=key).status_code == 200)
    stack.keys.revoke(entry.id)
    revoked_at_s = time.monotonic()
    until(lambda: stack.post(CHAT, chat(), key=key).status_code == 401)
    took_s = time.monotonic() - revoked_at_s
    assert_error(stack.post(CHAT, chat(), key=key), 401, "invalid_api_key", "revoked")
    return took_s


def test_an_expired_key_is_refused(stack: Stack) -> None:
    _, key = stack.keys.create(team="visiting", lifetime_s=3.0)
    until(lambda: stack.post(CHAT, chat(), key=key).status_code == 200)
    until(lambda: stack.post(CHAT, chat(), key=key).status_code == 401)


def test_a_private_endpoint_whose_model_is_down(stack: Stack) -> None:
    stack.providers["private"].configure(outage="unavailable")
    answer = stack.post(f"/private{CHAT}", chat(CANARY))
    assert_error(answer, 503, "nothing_available", "try again")
    assert int(answer.headers["retry-after"]) >= 1
    assert stack.arrived_outside() == stack.arrived("fast") == []


def test_paths_and_methods_that_are_not_there(stack: Stack) -> None:
    mine = {"authorization": f"Bearer {stack.key}"}
    for method, path, status in (
        ("GET", CHAT, 405),
        ("DELETE", "/v1/models", 405),
        ("PUT", "/v1/records/x", 405),
        ("POST", "/v1/chat", 404),
        ("POST", "/chat/completions", 404),
        ("POST", f"{CHAT}/", 404),
        ("POST", "/v1//chat/completions", 404),
        ("POST", "/V1/chat/completions", 404),
        ("GET", "/private/private/v1/models", 404),
        ("GET", "/v1/models/", 404),
        ("GET", "/v1/records/", 404),
        ("GET", "/healthz/", 404),
        ("GET", f"/v1/{CANARY}", 404),
        ("GET", "/v1/../v1/models%00", 404),
    ):
        answer = stack.http.request(method, path, content=b"{}", headers=mine)
        assert answer.status_code == status, (method, path, answer.text)
        assert "not_found" in answer.json()["error"]["code"]
        assert CANARY not in answer.text
        assert answer.headers["x-ringfence-request-id"]


@pytest.mark.parametrize("path", [CHAT, f"/private{CHAT}"])
def test_weird_headers_change_nothing_or_are_refused(stack: Stack, path: str) -> None:
    for name, value, status in (
        ("x-ringfence-data-class", "secret", 400),
        ("x-ringfence-data-class", "", 400),
        ("x-ringfence-data-class", "PUBLIC", 400),
        ("x-ringfence-strict", "perhaps", 400),
        ("content-type", "text/plain", 200),
        ("content-type", "multipart/form-data; boundary=x", 200),
        ("content-encoding", "gzip", 400),
        ("x-forwarded-for", "10.0.0.1, " * 100 + "10.0.0.2", 200),
        ("x-long", "y" * 10_000, 200),
        ("accept", "text/html", 200),
        ("expect", "100-continue", 200),
        ("origin", "https://example.com", 200),
    ):
        body = json.dumps(chat(CANARY)).encode()
        body = gzip.compress(body) if name == "content-encoding" else body
        answer = stack.post(path, body, headers={name: value})
        assert answer.status_code == status, (name, answer.text)
        if status != 200:
            assert_error(answer, status, "invalid_request")


def test_of_two_fields_of_one_name_one_is_used_for_everything(stack: Stack) -> None:
    raw = b'{"model": "private", "model": "fast", "messages": [{"role": "user", "content": "x"}]}'
    answer = stack.post(CHAT, raw)
    assert answer.json()["model"] == "fast-model@1"
    (arrived,) = stack.arrived("fast")
    assert arrived.body.count(b'"model"') == 1


@pytest.mark.parametrize(
    "value", ["1e400", "-1e400", "1" * 400, "9" * 4_300, "-0.0", "1E5", "0.1e-400"]
)
@pytest.mark.parametrize("name", ["seed", "max_tokens", "temperature", "x_new", "top_k"])
def test_numbers_beyond_reason_are_no_accident(stack: Stack, name: str, value: str) -> None:
    answer = stack.post(CHAT, with_field(name, value))
    assert answer.status_code in (200, 400), answer.text
    if answer.status_code == 400:
        assert_error(answer, 400, answer.json()["error"]["code"])
        assert value not in answer.text or len(value) < 10


@pytest.mark.parametrize("path", [CHAT, COMPLETIONS, EMBEDDINGS])
@pytest.mark.parametrize("name", ["best_of", "max_completion_tokens", "temperature", "n", "seed"])
def test_numbers_that_no_schema_looks_at_are_no_accident_either(
    stack: Stack, path: str, name: str
) -> None:
    bodies = {
        CHAT: chat(),
        COMPLETIONS: completion(model="fast"),
        EMBEDDINGS: {"model": "embedding-model", "input": "x"},
    }
    for value in (10**30, 4 * 10**14, float("inf")):
        answer = stack.post(path, bodies[path] | {name: value})
        assert answer.status_code in (200, 400), answer.text


def test_a_client_that_leaves_in_the_middle_of_its_body_is_no_error_of_ours(
    stack: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    head = (
        f"POST {CHAT} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {stack.key}\r\n"
        "Content-Length: 1000\r\n\r\n"
        '{"model":'
    )
    host, port = stack.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(head.encode())
        time.sleep(0.1)  # so that it has begun to be read
    assert stack.post(CHAT, chat()).status_code == 200
    time.sleep(0.1)
    assert "unforeseen" not in caplog.text


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(
        ["user", "assistant", "tool", "text", "auto", "fast", "function", "image_url"]
    ),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["role", "content", "type", "text", "function", "name", "id", "arguments"]
            )
            | st.text(max_size=8),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
FIELDS = [
    "model",
    "messages",
    "prompt",
    "input",
    "stream",
    "stream_options",
    "n",
    "stop",
    "seed",
    "tools",
    "tool_choice",
    "response_format",
    "logprobs",
    "top_logprobs",
    "logit_bias",
    "max_tokens",
    "max_completion_tokens",
    "temperature",
    "user",
    "metadata",
    "best_of",
    "audio",
    "modalities",
    "functions",
    "function_call",
    "echo",
    "suffix",
    "dimensions",
    "encoding_format",
    "cache_salt",
]
TURNS = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["system", "developer", "user", "assistant", "tool", "function"]),
        "content": st.text(max_size=30) | JSON_VALUES,
    },
    optional={
        "tool_calls": JSON_VALUES,
        "tool_call_id": st.text(max_size=5),
        "name": st.text(max_size=5),
        "audio": JSON_VALUES,
        "refusal": JSON_VALUES,
    },
)
NEARLY = st.builds(
    lambda body, extra: extra | body,
    st.fixed_dictionaries(
        {
            "model": st.sampled_from(["auto", "fast", "reasoning", "private", "openai-model"]),
            "messages": st.lists(TURNS, min_size=1, max_size=4),
            "prompt": st.text(max_size=20) | JSON_VALUES,
            "input": st.text(max_size=20) | JSON_VALUES,
        }
    ),
    st.dictionaries(st.sampled_from(FIELDS), JSON_VALUES, max_size=5),
)
ANYTHING = st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), JSON_VALUES, max_size=6)
PATHS = st.sampled_from([CHAT, COMPLETIONS, EMBEDDINGS, "/v1/route", f"/private{CHAT}"])

FUZZ = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@FUZZ
@given(path=PATHS, body=NEARLY | ANYTHING | JSON_VALUES)
def test_no_json_whatsoever_is_an_internal_error(wired_stack: Stack, path: str, body: Any) -> None:
    assert_answered_or_refused(wired_stack.post(path, json.dumps(body).encode()))


@FUZZ
@given(path=PATHS, body=st.binary(max_size=200))
def test_no_bytes_whatsoever_are_an_internal_error(
    wired_stack: Stack, path: str, body: bytes
) -> None:
    assert_answered_or_refused(wired_stack.post(path, body))


def assert_answered_or_refused(answer: httpx2.Response) -> None:
    assert answer.status_code in (200, 400, 403, 404), answer.text
    if answer.headers["content-type"].startswith("text/event-stream"):
        assert answer.text.rstrip().endswith("data: [DONE]")
        return
    told = answer.json()
    assert isinstance(told, dict)
    assert ("error" in told) == (answer.status_code != 200)


def test_after_all_of_that_it_still_answers(stack: Stack) -> None:
    assert stack.post(CHAT, chat(HARMLESS)).status_code == 200
