from __future__ import annotations

import pytest
from dialect_cases import model, parsed, request

from router.dialects.openai import STEERING_FIELDS, render
from router.domain import Endpoint, Location
from router.errors import InvalidRequest

FUNCTION = {"type": "function", "function": {"name": "f"}}
SEARCH = {"type": "web_search"}
ON_PREM = {"location": Location.ON_PREM, "origin": None}


def test_the_bytes_are_compact_canonical_json() -> None:
    rendered = render(request(messages=[{"role": "user", "content": "é😀"}]), model(**ON_PREM))
    assert rendered.body.decode() == (
        '{"model":"upstream","messages":[{"role":"user","content":"é😀"}]}'
    )
    assert rendered.path == "/v1/chat/completions"


@pytest.mark.parametrize("endpoint", list(Endpoint))
def test_the_path_is_the_models_base_path_and_the_endpoint(endpoint: Endpoint) -> None:
    sent = request(endpoint=endpoint, input="x", prompt="x")
    assert render(sent, model(base_path="/api/v2")).path == f"/api/v2/{endpoint.value}"
    assert render(sent, model(**ON_PREM)).path == f"/v1/{endpoint.value}"


def test_a_stream_always_asks_for_usage() -> None:
    sent = request(stream=True, stream_options={"include_usage": False, "x": 1})
    body = parsed(render(sent, model()).body)
    assert body["stream"] is True
    assert body["stream_options"] == {"include_usage": True}


def test_without_a_stream_there_are_no_options_of_one() -> None:
    body = parsed(render(request(stream_options={"include_usage": True}), model()).body)
    assert "stream_options" not in body


def test_unknown_fields_are_dropped_and_named_unless_declared() -> None:
    sent = request(top_k=5, min_p=0.1)
    rendered = render(sent, model(accepts_fields=frozenset({"top_k"})))
    assert parsed(rendered.body)["top_k"] == 5
    assert rendered.dropped_fields == ("min_p",)


@pytest.mark.parametrize("name", sorted(STEERING_FIELDS))
def test_what_steers_a_body_is_never_sent_outside(name: str) -> None:
    declared = frozenset({name})
    rendered = render(request(**{name: "x"}), model(accepts_fields=declared))
    assert name not in parsed(rendered.body)
    assert rendered.dropped_fields == (name,)
    inside = render(request(**{name: "x"}), model(accepts_fields=declared, **ON_PREM))
    assert parsed(inside.body)[name] == "x"


def test_cache_salt_is_the_servers() -> None:
    declares = model(accepts_fields=frozenset({"cache_salt"}), **ON_PREM)
    rendered = render(request(cache_salt="mine"), declares)
    assert "cache_salt" not in parsed(rendered.body)
    assert rendered.dropped_fields == ("cache_salt",)
    salted = render(request(cache_salt="mine"), declares, cache_salt="tenant")
    assert parsed(salted.body)["cache_salt"] == "tenant"


def test_tools_that_the_provider_runs_are_dropped_and_named() -> None:
    rendered = render(
        request(tools=[FUNCTION, SEARCH], tool_choice={"type": "web_search"}), model()
    )
    body = parsed(rendered.body)
    assert body["tools"] == [FUNCTION]
    assert "tool_choice" not in body
    assert rendered.dropped_fields == ("tools[1]", "tool_choice")


def test_no_tool_left_means_no_choice_of_one() -> None:
    sent = request(tools=[SEARCH, "x"], tool_choice="required", parallel_tool_calls=False)
    rendered = render(sent, model())
    assert parsed(rendered.body).keys() == {"model", "messages"}
    assert rendered.dropped_fields == ("tools[0]", "tools[1]")


def test_the_request_is_not_changed() -> None:
    sent = request(stream=True, tools=[FUNCTION, SEARCH], stream_options={})
    before = parsed(render(request(), model()).body)
    render(sent, model())
    assert sent.body["tools"] == [FUNCTION, SEARCH]
    assert sent.body["stream_options"] == {}
    assert before["messages"] == sent.body["messages"]


@pytest.mark.parametrize("bad", ["\ud800", float("nan"), float("inf")])
def test_what_json_cannot_hold_is_an_invalid_request_that_quotes_nothing(bad: object) -> None:
    with pytest.raises(InvalidRequest) as caught:
        render(request(seed=bad), model())
    assert caught.value.__context__ is None
