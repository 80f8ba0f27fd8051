"""Who asks for what a model cannot do is told so, and which model lacks it."""

import pytest
from policy_tables import clinic, request

from router.domain import Capability, Endpoint, Exclusion, PlanStep, Tier
from router.errors import MissingCapability
from router.policy.requirements import Requirements, capable, requirements_of

RULES = clinic()
USER = {"role": "user", "content": "hello"}


def step(name: str) -> PlanStep:
    return PlanStep(RULES.registry.resolve(name), Tier.FAST)


def needs(endpoint: Endpoint = Endpoint.CHAT, **body: object) -> set[Capability]:
    asked = request(endpoint=endpoint, **({"messages": [USER]} | body))
    return set(requirements_of(asked).capabilities)


@pytest.mark.parametrize(
    ("endpoint", "capability"),
    [
        (Endpoint.CHAT, Capability.CHAT),
        (Endpoint.COMPLETIONS, Capability.COMPLETIONS),
        (Endpoint.EMBEDDINGS, Capability.EMBEDDINGS),
    ],
)
def test_a_plain_request_needs_its_endpoint_alone(endpoint, capability):
    assert needs(endpoint) == {capability}


@pytest.mark.parametrize(
    ("body", "capability"),
    [
        ({"tools": [{"type": "function"}]}, Capability.TOOLS),
        ({"functions": [{"name": "f"}]}, Capability.TOOLS),
        ({"messages": [{"role": "tool", "content": "x"}]}, Capability.TOOLS),
        ({"messages": [{"role": "assistant", "tool_calls": [{}]}]}, Capability.TOOLS),
        ({"response_format": {"type": "json_schema"}}, Capability.JSON_SCHEMA),
        ({"response_format": {"type": "json_object"}}, Capability.JSON_SCHEMA),
        ({"logprobs": True}, Capability.LOGPROBS),
        ({"logprobs": 0}, Capability.LOGPROBS),
        ({"top_logprobs": 3}, Capability.LOGPROBS),
        ({"n": 2}, Capability.MULTIPLE_CHOICES),
        ({"best_of": 2}, Capability.MULTIPLE_CHOICES),
        ({"seed": 0}, Capability.SEED),
        ({"modalities": ["text", "audio"]}, Capability.AUDIO),
        ({"messages": [{"role": "assistant", "audio": {"id": "a"}}]}, Capability.AUDIO),
    ],
)
def test_what_is_asked_for_is_needed(body, capability):
    assert needs(**body) == {Capability.CHAT, capability}


@pytest.mark.parametrize(
    "body",
    [
        {"tools": []},
        {"response_format": {"type": "text"}},
        {"response_format": None},
        {"logprobs": False},
        {"logprobs": None, "top_logprobs": 0},
        {"n": 1},
        {"seed": None},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]},
        {"messages": [{"role": "assistant", "content": [{"type": "refusal", "refusal": "x"}]}]},
        {"messages": [{"role": "assistant", "content": None}]},
    ],
)
def test_what_is_not_asked_for_is_not_needed(body):
    assert needs(**body) == {Capability.CHAT}


@pytest.mark.parametrize(
    ("part", "capability"),
    [
        ({"type": "image_url", "image_url": {"url": "data:"}}, Capability.IMAGES),
        ({"type": "input_audio"}, Capability.AUDIO),
        ({"type": "file"}, Capability.FILES),
        ({"type": "hologram"}, Capability.FILES),
        ({"type": ["text"]}, Capability.FILES),
        ({}, Capability.FILES),
        (7, Capability.FILES),
    ],
)
@pytest.mark.parametrize("role", ["system", "user", "tool"])
def test_a_part_that_is_no_text_is_needed_wherever_it_stands(part, capability, role):
    messages = [USER, {"role": role, "content": [part]}, USER]
    assert capability in needs(messages=messages)


@pytest.mark.parametrize(
    ("endpoint", "body", "tokens"),
    [
        (Endpoint.CHAT, {"messages": [{"role": "user", "content": "x" * 80}]}, 10),
        (Endpoint.CHAT, {"messages": [{"role": "user", "content": " " * 800}]}, 0),
        (Endpoint.CHAT, {"messages": [{"content": [{"type": "text", "text": "x" * 80}]}]}, 10),
        (Endpoint.CHAT, {"messages": [{"content": "x" * 40}] * 4}, 20),
        (Endpoint.CHAT, {"messages": [], "tools": [{"name": "x" * 76}]}, 10),
        (Endpoint.CHAT, {"messages": [], "max_tokens": 7}, 7),
        (Endpoint.CHAT, {"messages": [], "max_tokens": 7, "max_completion_tokens": 9}, 9),
        (Endpoint.CHAT, {"messages": [], "max_tokens": None}, 0),
        (
            Endpoint.CHAT,
            {"messages": [{"content": [{"type": "image_url", "image_url": {"url": "x" * 80}}]}]},
            0,
        ),
        (Endpoint.COMPLETIONS, {"prompt": "x" * 80, "max_tokens": 5}, 15),
        (Endpoint.COMPLETIONS, {"prompt": ["x" * 80, "x" * 16]}, 10),
        (Endpoint.EMBEDDINGS, {"input": [1, 2, 3]}, 3),
        (Endpoint.EMBEDDINGS, {"input": [[1, 2, 3], [1]]}, 3),
        (Endpoint.EMBEDDINGS, {"input": []}, 0),
    ],
)
def test_the_context_needed_is_bounded_from_below(endpoint, body, tokens):
    assert requirements_of(request(endpoint=endpoint, **body)).min_tokens == tokens


def test_models_that_cannot_are_skipped_and_named():
    wanted = Requirements(frozenset({Capability.CHAT, Capability.TOOLS}), 60)
    able, lacking = capable((step("thinker"), step("cloud"), step("ward")), wanted)
    assert [it.model.id for it in able] == ["cloud"]
    assert lacking == (
        Exclusion("thinker@1", "lacks:tools"),
        Exclusion("thinker@1", "context_too_short"),
        Exclusion("ward@1", "lacks:tools"),
    )


def test_where_none_is_left_the_client_is_told_what_each_lacks():
    wanted = Requirements(frozenset({Capability.CHAT, Capability.IMAGES}), 60)
    with pytest.raises(MissingCapability) as caught:
        capable((step("thinker"), step("ward")), wanted)
    message = str(caught.value)
    assert "thinker@1 lacks images, a context of at least 60 tokens (it has 50)" in message
    assert "ward@1 lacks images." in message


def test_an_empty_plan_lacks_nothing():
    assert capable((), Requirements(frozenset({Capability.AUDIO}), 1)) == ((), ())
