"""The official client, sync and async, against the wired gateway: change the base URL, no more."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI

from tests.bodies import HARMLESS, RESTRICTED
from tests.stack import Stack

USER: Any = [{"role": "user", "content": HARMLESS}]
SENSITIVE: Any = [{"role": "user", "content": RESTRICTED}]
LOOK_UP: Any = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Looks a city up.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "minLength": 3}},
            "required": ["city"],
        },
    },
}
SCHEMA: Any = {
    "type": "json_schema",
    "json_schema": {
        "name": "river",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {"name": {"const": "Rhine"}, "km": {"type": "integer", "minimum": 5}},
            "required": ["name", "km"],
            "additionalProperties": False,
        },
    },
}


@pytest.fixture
def client(stack: Stack) -> Iterator[OpenAI]:
    with stack.client() as made:
        yield made


@pytest.fixture
async def async_client(stack: Stack) -> AsyncIterator[AsyncOpenAI]:
    async with stack.async_client() as made:
        yield made


@pytest.mark.parametrize(
    ("choice", "model"),
    [
        ("auto", "openai-model@1"),
        ("fast", "fast-model@1"),
        ("balanced", "openai-model@1"),
        ("reasoning", "anthropic-model@1"),
        ("private", "private-model@1"),
        ("private-model", "private-model@1"),
        ("anthropic-model@1", "anthropic-model@1"),
    ],
)
def test_a_chat_names_the_model_that_answered(client: OpenAI, choice: str, model: str) -> None:
    raw = client.chat.completions.with_raw_response.create(model=choice, messages=USER)
    answer = raw.parse()
    assert answer.model == model
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    name, version = model.split("@")
    assert raw.headers["x-ringfence-model"] == name
    assert raw.headers["x-ringfence-version"] == version
    assert raw.headers["x-ringfence-data-class"] == "internal"
    assert raw.headers["x-ringfence-policy-digest"].startswith("sha256:")
    assert "class:internal" in raw.headers["x-ringfence-reasons"]
    assert raw.headers["x-ringfence-tier"] in ("fast", "balanced", "reasoning", "private")
    assert answer.id == f"chatcmpl-{raw.headers['x-ringfence-request-id']}"


def test_a_sensitive_chat_is_answered_on_prem_with_nothing_changed_in_the_client(
    client: OpenAI, stack: Stack
) -> None:
    answer = client.chat.completions.create(model="openai-model", messages=SENSITIVE)
    assert answer.model == "private-model@1"
    assert stack.arrived_outside() == []


@pytest.mark.parametrize("choice", ["openai-model", "anthropic-model", "private-model"])
def test_a_streamed_chat_has_a_role_text_and_one_finish(client: OpenAI, choice: str) -> None:
    chunks = list(client.chat.completions.create(model=choice, messages=USER, stream=True))
    assert {chunk.model for chunk in chunks} == {f"{choice}@1"}
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert len(text.split()) == 16
    finishes = [c.choices[0].finish_reason for c in chunks if c.choices[0].finish_reason]
    assert finishes == ["stop"]
    assert all(chunk.usage is None for chunk in chunks)


@pytest.mark.parametrize("choice", ["openai-model", "anthropic-model", "private-model"])
def test_usage_and_cost_come_last_if_they_are_asked_for(
    client: OpenAI, stack: Stack, choice: str
) -> None:
    stream = client.chat.completions.create(
        model=choice, messages=USER, stream=True, stream_options={"include_usage": True}
    )
    *others, last = list(stream)
    assert last.choices == []
    assert all(chunk.choices for chunk in others)
    usage = last.usage
    assert usage is not None
    assert usage.completion_tokens == 16
    expected = (usage.prompt_tokens * 1.0 + usage.completion_tokens * 2.0) / 1e6
    assert usage.model_extra is not None
    assert usage.model_extra["cost_usd"] == pytest.approx(expected)
    record = stack.record(last.id)
    assert record["outcome"]["cost_usd"] == pytest.approx(expected)
    assert record["outcome"]["output_tokens"] == 16


async def test_the_async_client(async_client: AsyncOpenAI) -> None:
    answer = await async_client.chat.completions.create(model="auto", messages=USER)
    assert answer.choices[0].message.content
    stream = await async_client.chat.completions.create(model="fast", messages=USER, stream=True)
    chunks = [chunk async for chunk in stream]
    assert chunks[-1].choices[0].finish_reason == "stop"
    completion = await async_client.completions.create(model="fast", prompt="Once")
    assert completion.choices[0].text
    embedding = await async_client.embeddings.create(model="embedding-model", input="Once")
    assert len(embedding.data[0].embedding) == 64
    models = [model.id async for model in async_client.models.list()]
    assert models.index("auto") == 0


def test_completions_whole_and_streamed(client: OpenAI) -> None:
    whole = client.completions.create(model="fast", prompt=["Once", "Twice"], max_tokens=5)
    assert whole.model == "fast-model@1"
    assert [choice.index for choice in whole.choices] == [0, 1]
    assert {choice.finish_reason for choice in whole.choices} == {"length"}
    stream = client.completions.create(
        model="fast", prompt="Once", stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert "".join(chunk.choices[0].text for chunk in chunks[:-1])
    assert chunks[-1].usage is not None
    assert chunks[-2].choices[0].finish_reason == "stop"


def test_embeddings_in_either_encoding(client: OpenAI) -> None:
    answer = client.embeddings.create(model="embedding-model", input=["one", "two"], dimensions=8)
    assert answer.model == "embedding-model@1"
    assert [len(item.embedding) for item in answer.data] == [8, 8]
    floats = client.embeddings.create(
        model="embedding-model", input="one", dimensions=8, encoding_format="float"
    )
    assert floats.data[0].embedding == pytest.approx(answer.data[0].embedding, abs=1e-6)


def test_an_embedding_of_a_tier_is_an_error_that_names_the_models(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="embedding-model"):
        client.embeddings.create(model="fast", input="one")


def test_models_lists_tiers_and_models(client: OpenAI, stack: Stack) -> None:
    names = [model.id for model in client.models.list()]
    assert names[:5] == ["auto", "fast", "balanced", "reasoning", "private"]
    assert {"private-model@1", "openai-model@1", "embedding-model@1"} <= set(names)
    with stack.client(private=True) as private:
        inside = {model.id for model in private.models.list()}
    assert "openai-model@1" not in inside
    assert {"private", "private-model@1"} <= inside
    for name in inside:
        with stack.client(private=True) as private:
            assert private.chat.completions.create(model=name, messages=USER).choices
    assert stack.arrived_outside() == []


@pytest.mark.parametrize("choice", ["openai-model", "anthropic-model", "fast-model"])
@pytest.mark.parametrize("stream", [False, True])
def test_tools_are_called_and_their_results_answered(
    client: OpenAI, choice: str, stream: bool
) -> None:
    asked: list[Any] = [{"role": "user", "content": "Use the tool, please."}]
    if stream:
        chunks = client.chat.completions.create(
            model=choice, messages=asked, tools=[LOOK_UP], stream=True
        )
        name, arguments, call_id, finish = "", "", "", ""
        for chunk in chunks:
            for call in chunk.choices[0].delta.tool_calls or []:
                call_id = call.id or call_id
                assert call.function is not None
                name += call.function.name or ""
                arguments += call.function.arguments or ""
            finish = chunk.choices[0].finish_reason or finish
    else:
        answer = client.chat.completions.create(model=choice, messages=asked, tools=[LOOK_UP])
        finish = answer.choices[0].finish_reason
        (made,) = answer.choices[0].message.tool_calls or []
        assert made.type == "function"
        name, arguments, call_id = made.function.name, made.function.arguments, made.id
    assert (name, finish) == ("look_up", "tool_calls")
    assert json.loads(arguments) == {"city": "xxx"}
    call_made = {
        "id": call_id,
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }
    answered = client.chat.completions.create(
        model=choice,
        messages=[
            *asked,
            {"role": "assistant", "tool_calls": [call_made]},  # type: ignore[list-item]
            {"role": "tool", "tool_call_id": call_id, "content": "It is sunny."},
        ],
        tools=[LOOK_UP],
    )
    assert answered.model == f"{choice}@1"
    assert answered.choices[0].message.content


def test_an_answer_follows_a_json_schema(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="fast", messages=USER, response_format=SCHEMA)
    assert json.loads(answer.choices[0].message.content or "") == {"name": "Rhine", "km": 5}


def test_a_schema_goes_where_a_model_can_follow_it(client: OpenAI) -> None:
    """The reasoning tier's model here has no schemas: the next of its route has."""
    raw = client.chat.completions.with_raw_response.create(
        model="reasoning", messages=USER, response_format=SCHEMA
    )
    assert raw.headers["x-ringfence-model"] == "openai-model"


def test_what_no_model_can_do_is_a_400_that_names_what_is_lacking(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="images") as caught:
        client.chat.completions.create(
            model="auto",
            messages=[
                {
                    "role": "user",
                    "content": [
                        {"type": "image_url", "image_url": {"url": "https://example.com/x.png"}}
                    ],
                }
            ],
        )
    assert caught.value.code == "missing_capability"
    with pytest.raises(openai.BadRequestError, match="context"):
        client.chat.completions.create(model="auto", messages=USER, max_tokens=1_000_000)


def test_n_choices(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="fast", messages=USER, n=3)
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    chunks = list(client.chat.completions.create(model="fast", messages=USER, n=2, stream=True))
    finished = [c.choices[0].index for c in chunks if c.choices[0].finish_reason]
    assert sorted(finished) == [0, 1]


def test_a_seed_repeats_and_a_stop_ends(client: OpenAI) -> None:
    def ask(**more: Any) -> str:
        answer = client.chat.completions.create(model="fast", messages=USER, seed=7, **more)
        return answer.choices[0].message.content or ""

    text = ask()
    assert ask() == text
    word = text.split()[5]
    for stop in (word, [word]):
        assert ask(stop=stop) == text[: text.index(word)]


def test_logprobs_where_the_model_has_them(client: OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(
        model="auto", messages=USER, logprobs=True
    )
    answer = raw.parse()
    assert raw.headers["x-ringfence-model"] == "fast-model"
    assert answer.choices[0].logprobs is not None
    assert len(answer.choices[0].logprobs.content or []) == 16
    completion = client.completions.create(model="fast", prompt="Once", logprobs=1)
    assert completion.choices[0].logprobs is not None


def test_the_private_endpoint_is_the_same_api(stack: Stack) -> None:
    with stack.client(private=True) as client:
        for choice in ("auto", "balanced", "openai-model"):
            raw = client.chat.completions.with_raw_response.create(model=choice, messages=USER)
            assert raw.parse().model == "private-model@1"
            assert "private_endpoint" in raw.headers["x-ringfence-reasons"]
        stream = client.chat.completions.create(model="auto", messages=USER, stream=True)
        assert {chunk.model for chunk in stream} == {"private-model@1"}
        assert client.completions.create(model="auto", prompt="Once").model == "private-model@1"
        with pytest.raises(openai.PermissionDeniedError):
            client.embeddings.create(model="embedding-model", input="one")
    assert stack.arrived_outside() == []


def test_route_explains_without_running(stack: Stack) -> None:
    explained = stack.post("/v1/route", {"model": "openai-model", "messages": SENSITIVE}).json()
    assert explained["data_class"] == "restricted"
    assert explained["entity_counts"] == {"US_SSN": 1}
    assert explained["plan"] == ["private-model@1"]
    by_model = {model["model"]: model for model in explained["models"]}
    assert by_model["openai-model@1"]["excluded_by"] == ["class_not_approved", "residency"]
    assert by_model["private-model@1"]["order"] == 1
    assert stack.post("/private/v1/route", {"model": "auto", "messages": USER}).json()["plan"] == [
        "private-model@1"
    ]
    assert stack.post("/v1/route", {"model": "fast", "prompt": "x"}).status_code == 200
    assert stack.arrived(*stack.providers) == []


def test_a_record_is_found_by_request_and_by_answer_and_only_by_its_team(
    client: OpenAI, stack: Stack
) -> None:
    raw = client.chat.completions.with_raw_response.create(model="auto", messages=USER)
    request_id, answer_id = raw.headers["x-ringfence-request-id"], raw.parse().id
    record = stack.record(request_id)
    assert record == stack.record(answer_id)
    assert (record["status"], record["team"], record["data_class"]) == (
        "answered",
        "default",
        "internal",
    )
    assert record["outcome"]["model"] == "openai-model@1"
    assert record["outcome"]["cost_usd"] > 0
    assert record["policy_digest"] == raw.headers["x-ringfence-policy-digest"]
    other = {"authorization": f"Bearer {stack.known_key(team='another')}"}
    mine = {"authorization": f"Bearer {stack.key}"}
    for found_id, headers in ((request_id, other), (answer_id, other), ("no-such-id", mine)):
        refused = stack.http.get(f"/v1/records/{found_id}", headers=headers)
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "record_not_found")


def test_errors_carry_the_headers_too(client: OpenAI, stack: Stack) -> None:
    key = stack.known_key(tiers=("fast",))
    with stack.client(key=key) as limited, pytest.raises(openai.PermissionDeniedError) as caught:
        limited.chat.completions.create(model="auto", messages=SENSITIVE)
    headers = caught.value.response.headers
    assert headers["x-ringfence-data-class"] == "restricted"
    assert "basis:detected" in headers["x-ringfence-reasons"]
    assert headers["x-ringfence-policy-digest"].startswith("sha256:")
    record = stack.record(headers["x-ringfence-request-id"], key=key)
    assert (record["status"], record["outcome"]["http_status"]) == ("refused", 403)
    with pytest.raises(openai.NotFoundError) as unknown:
        client.chat.completions.create(model="gpt-99", messages=USER)
    assert unknown.value.response.headers["x-ringfence-request-id"]
    assert unknown.value.code == "model_not_found"


def test_the_models_list_carries_a_request_id(client: OpenAI) -> None:
    raw = client.models.with_raw_response.list()
    assert raw.headers["x-ringfence-request-id"]


def test_unknown_fields_are_passed_dropped_or_rejected(client: OpenAI, stack: Stack) -> None:
    def ask(model: str, **headers: str) -> Any:
        return client.chat.completions.with_raw_response.create(
            model=model,
            messages=USER,
            extra_body={"top_k": 5, "x_new": {"a": 1}},
            extra_headers=headers,
        )

    raw = ask("fast")
    assert raw.headers["x-ringfence-dropped-fields"] == "x_new"
    (arrived,) = stack.arrived("fast")
    sent = json.loads(arrived.body)
    assert sent["top_k"] == 5
    assert "x_new" not in sent
    assert ask("balanced").headers["x-ringfence-dropped-fields"] == "top_k,x_new"
    stack.reset()
    with pytest.raises(openai.BadRequestError, match="x_new") as caught:
        ask("fast", **{"x-ringfence-strict": "true"})
    assert caught.value.code == "unknown_fields"
    assert stack.arrived(*stack.providers) == []


def test_a_fallback_is_named_in_the_headers(stack: Stack) -> None:
    stack.providers["openai"].configure(error_rate=1.0, error_status=400)
    with stack.client() as client:
        raw = client.chat.completions.with_raw_response.create(model="auto", messages=USER)
    assert raw.headers["x-ringfence-fallbacks"] == "openai-model@1"
    assert raw.parse().model == "fast-model@1"


def test_a_stream_that_breaks_raises_in_the_client(stack: Stack) -> None:
    stack.providers["openai"].configure(cut_stream_after_tokens=3)
    with stack.client() as client:
        stream = client.chat.completions.create(model="auto", messages=USER, stream=True)
        with pytest.raises(openai.APIError, match="broke off"):
            list(stream)


def test_one_model_can_be_asked_for(stack: Stack) -> None:
    client = stack.client()
    assert client.models.retrieve("fast-model").id == "fast-model@1"
    assert client.models.retrieve("auto").id == "auto"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("another")
    with pytest.raises(openai.NotFoundError):
        stack.client(private=True).models.retrieve("openai-model")


def test_a_strictness_that_is_none_is_refused(stack: Stack) -> None:
    with pytest.raises(openai.BadRequestError, match="true or false"):
        stack.client().chat.completions.create(
            model="fast",
            messages=[{"role": "user", "content": "hi"}],
            extra_headers={"x-ringfence-strict": "yes"},
        )
