"""The cheap tier is tried first, over the official client: what is kept, what is asked again, and
what the client, the record and the bill say of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from router.domain import Role
from serving.simulator.process import SimulatorProcess
from tests import metrics_page
from tests.bodies import CHAT, HARMLESS, chat
from tests.cascading import (
    CHEAP,
    STRONG,
    SURE_LOGPROB,
    UNSURE_LOGPROB,
    cascading,
)
from tests.stack import Stack, running_stack
from tests.waiting import until

ALLOW = {"x-ringfence-cascade": "allow"}
SCHEMA: Any = {
    "type": "json_schema",
    "json_schema": {
        "name": "river",
        "schema": {
            "type": "object",
            "properties": {"name": {"type": "string"}},
            "required": ["name"],
        },
    },
}
TOOLS: Any = [
    {
        "type": "function",
        "function": {
            "name": "look_up",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string", "minLength": 3}},
                "required": ["city"],
            },
        },
    }
]


@pytest.fixture(scope="module")
def usual_stack(
    tmp_path_factory: pytest.TempPathFactory, providers: Mapping[str, SimulatorProcess]
) -> Iterator[Stack]:
    directory = tmp_path_factory.mktemp("cascading")
    with running_stack(directory, providers=providers, edit=cascading(directory)) as made:
        yield made
        made.reset()


@pytest.fixture
def stack(usual_stack: Stack) -> Stack:
    usual_stack.reset()
    return usual_stack


@pytest.fixture
def stack_with(
    providers: Mapping[str, SimulatorProcess], tmp_path: Path
) -> Iterator[Callable[..., Stack]]:
    with ExitStack() as running:

        def make(made: Any = None, **pair: Any) -> Stack:
            edit = cascading(tmp_path, made, **pair)
            stack = running.enter_context(running_stack(tmp_path, providers=providers, edit=edit))
            stack.reset()
            return stack

        yield make
        for provider in providers.values():
            provider.configure()


def attempts_of(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(each["model"], each["outcome"]) for each in record["outcome"]["attempts"]]


def test_a_sure_answer_of_the_cheap_model_is_kept(stack: Stack) -> None:
    stack.providers["fast"].configure(logprob=SURE_LOGPROB)
    with stack.client() as client:
        raw = client.chat.completions.with_raw_response.create(
            model="auto", messages=[{"role": "user", "content": HARMLESS}]
        )
    answer, headers = raw.parse(), raw.headers

    assert answer.choices[0].message.content
    assert answer.choices[0].logprobs is None
    assert answer.model == CHEAP
    assert headers["x-ringfence-model"] == "fast-model"
    assert headers["x-ringfence-escalation"] == "kept;signal=mean_logprob"
    assert "cascade:fast>balanced" in headers["x-ringfence-reasons"]
    assert "x-ringfence-held" not in headers
    assert stack.arrived("openai") == []
    record = stack.record(headers["x-ringfence-request-id"])
    assert attempts_of(record) == [(CHEAP, "answered")]
    found = record["outcome"]["escalation"]
    assert (found["cheap_model"], found["strong_model"], found["kept"]) == (CHEAP, STRONG, True)
    assert found["cheap_cost_nano_usd"] == record["outcome"]["cost_nano_usd"] > 0
    assert 0.9 < found["score"] < 0.95


def test_whoever_asks_beforehand_is_told_what_would_be_tried(stack: Stack) -> None:
    told = stack.post("/v1/route", chat()).json()["cascade"]
    assert (told["tried"], told["cheap"], told["strong"]) == (True, CHEAP, [STRONG])
    assert (told["signal"], told["threshold"]) == ("mean_logprob", -1.0)
    never = stack.post("/v1/route", chat(), headers={"x-ringfence-cascade": "never"})
    assert never.json()["cascade"]["code"] == "cascade:declined"
    assert stack.arrived(*stack.providers) == []


def test_an_unsure_one_is_asked_of_the_strong_model(stack: Stack) -> None:
    stack.providers["fast"].configure(logprob=UNSURE_LOGPROB)
    answer = stack.post(CHAT, chat())

    assert answer.json()["model"] == STRONG
    assert answer.headers["x-ringfence-escalation"] == "escalated;signal=mean_logprob"
    assert "x-ringfence-fallbacks" not in answer.headers
    (asked,) = stack.arrived("openai")
    assert "logprobs" not in json.loads(asked.body)
    record = stack.record_of(answer)
    assert attempts_of(record) == [(CHEAP, "discarded"), (STRONG, "answered")]
    outcome, discarded = record["outcome"], record["outcome"]["attempts"][0]
    said = answer.json()["usage"]
    own = said["prompt_tokens"] * 40_000 + said["completion_tokens"] * 80_000
    assert outcome["output_tokens"] == said["completion_tokens"]
    assert outcome["cost_nano_usd"] == own + discarded["cost_nano_usd"]
    assert outcome["escalation"]["cheap_cost_nano_usd"] == discarded["cost_nano_usd"] > 0


@pytest.mark.parametrize(
    ("behaviour", "body", "signal"),
    [
        ({"says": "I'm sorry, but I can't assist with that."}, {}, "refusal"),
        ({"own_limit_tokens": 3}, {}, "truncation"),
        ({"says": '{"name": "Rhi'}, {"response_format": SCHEMA}, "format"),
        ({"says": "   "}, {}, "empty"),
    ],
    ids=["a refusal", "cut short", "broken JSON", "nothing"],
)
def test_what_is_wrong_beyond_doubt_escalates_however_sure(
    stack: Stack, behaviour: dict[str, Any], body: dict[str, Any], signal: str
) -> None:
    stack.providers["fast"].configure(logprob=SURE_LOGPROB, **behaviour)
    answer = stack.post(CHAT, chat(**body))
    assert answer.headers["x-ringfence-escalation"] == f"escalated;signal={signal}"
    assert answer.json()["model"] == STRONG


def test_an_answer_by_its_schema_is_kept(stack: Stack) -> None:
    stack.providers["fast"].configure(logprob=SURE_LOGPROB)
    answer = stack.post(CHAT, chat(response_format=SCHEMA))
    assert answer.headers["x-ringfence-escalation"] == "kept;signal=mean_logprob"


def test_a_tool_is_called_as_it_can_be_or_by_the_strong_model(stack: Stack) -> None:
    stack.providers["fast"].configure(logprob=SURE_LOGPROB)
    body = chat("Use the tool.", tools=TOOLS)
    kept = stack.post(CHAT, body, headers=ALLOW)
    assert kept.headers["x-ringfence-escalation"] == "kept;signal=mean_logprob"
    assert kept.json()["choices"][0]["message"]["tool_calls"]
    unasked = stack.post(CHAT, body)
    assert "x-ringfence-escalation" not in unasked.headers
    assert "cascade:tools" in unasked.headers["x-ringfence-reasons"]


def test_who_asks_for_log_probabilities_gets_them(stack_with: Callable[..., Stack]) -> None:
    def everywhere(models: dict[str, Any], _policy: dict[str, Any]) -> None:
        for entry in models["models"]:
            entry["capabilities"] = sorted({*entry["capabilities"], "logprobs"})

    stack = stack_with(and_then=everywhere)
    stack.providers["fast"].configure(logprob=SURE_LOGPROB)
    answer = stack.post(CHAT, chat(logprobs=True))
    assert answer.headers["x-ringfence-escalation"] == "kept;signal=mean_logprob"
    assert answer.json()["choices"][0]["logprobs"]["content"][0]["logprob"] == SURE_LOGPROB


def test_a_cheap_model_that_is_gone_is_passed_over(stack: Stack) -> None:
    stack.providers["fast"].configure(outage="unavailable")
    answer = stack.post(CHAT, chat())
    assert answer.json()["model"] == STRONG
    assert answer.headers["x-ringfence-fallbacks"] == CHEAP
    assert "x-ringfence-escalation" not in answer.headers


def test_where_no_strong_model_answers_the_cheap_answer_is_better_than_none(stack: Stack) -> None:
    stack.providers["fast"].configure(logprob=UNSURE_LOGPROB)
    stack.providers["openai"].configure(outage="unavailable")
    answer = stack.post(CHAT, chat())
    assert answer.json()["model"] == CHEAP
    assert answer.json()["choices"][0]["logprobs"] is None
    assert answer.headers["x-ringfence-escalation"] == "kept;signal=strong_unavailable"
    record = stack.record_of(answer)
    assert attempts_of(record)[0] == (CHEAP, "answered")
    assert record["outcome"]["cost_nano_usd"] == pytest.approx(
        answer.json()["usage"]["cost_usd"] * 1e9
    )


def test_and_where_it_cannot_be_used_the_rest_of_the_plan_is_tried(stack: Stack) -> None:
    stack.providers["fast"].configure(says="no JSON")
    stack.providers["openai"].configure(outage="unavailable")
    answer = stack.post(CHAT, chat(response_format=SCHEMA))
    assert answer.json()["model"] == "private-model@1"
    assert answer.headers["x-ringfence-escalation"] == "escalated;signal=format"


def test_both_answers_are_within_one_deadline(
    providers: Mapping[str, SimulatorProcess], tmp_path: Path
) -> None:
    timeouts = {"attempts_per_model": 1, "attempt_timeout_s": 3.0, "total_timeout_s": 3.0}
    edit = cascading(tmp_path)
    with running_stack(tmp_path, providers=providers, edit=edit, cascade=timeouts) as stack:
        stack.reset()
        stack.providers["fast"].configure(says="no JSON", ttft_s=0.5)
        for name in ("openai", "private"):
            stack.providers[name].configure(stall=True)
        answer = stack.post(CHAT, chat(response_format=SCHEMA))
        assert answer.status_code == 503
        record = stack.record_of(answer)
        # What the cheap answer took is not there for the strong one, nor anything for the rest.
        assert attempts_of(record) == [(CHEAP, "discarded"), (STRONG, "BackendTimeout")]
        assert record["outcome"]["cost_nano_usd"] > 0
        stack.reset()


def chunks_of(text: str) -> list[dict[str, Any]]:
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def test_a_stream_is_held_until_it_is_judged_and_says_so(
    stack_with: Callable[..., Stack],
) -> None:
    stack = stack_with(streams={"hold_s": 60})
    for logprob, model, kept in (
        (SURE_LOGPROB, CHEAP, "kept"),
        (UNSURE_LOGPROB, STRONG, "escalated"),
    ):
        stack.providers["fast"].configure(logprob=logprob)
        answer = stack.post(CHAT, chat(stream=True))
        assert answer.headers["x-ringfence-held"] == "true"
        assert answer.headers["x-ringfence-escalation"] == f"{kept};signal=mean_logprob"
        chunks = chunks_of(answer.text)
        assert {chunk["model"] for chunk in chunks} == {model}
        assert not any(choice.get("logprobs") for each in chunks for choice in each["choices"])
        assert stack.record_of(answer)["outcome"]["output_tokens"] > 0


def test_what_was_read_ahead_says_nothing_of_how_evenly_its_model_writes(
    stack_with: Callable[..., Stack],
) -> None:
    stack = stack_with(streams={"hold_s": 60})
    for logprob in (SURE_LOGPROB, UNSURE_LOGPROB):
        stack.providers["fast"].configure(logprob=logprob)
        stack.post(CHAT, chat(stream=True))
    key = stack.known_key(roles=frozenset({Role.OPERATOR}), owner="prometheus")

    def latencies_of(model: str) -> float:
        page = stack.http.get("/metrics", headers={"authorization": f"Bearer {key}"}).text
        sample = "ringfence_inter_token_latency_seconds_count"
        return metrics_page.total(page, sample, gen_ai_response_model=model)

    until(lambda: latencies_of(STRONG) > 0)
    assert latencies_of(CHEAP) <= 0


def test_a_stream_of_who_asks_for_it_is_held(stack: Stack) -> None:
    answer = stack.post(CHAT, chat(stream=True), headers=ALLOW)
    assert answer.headers["x-ringfence-held"] == "true"
    assert "x-ringfence-escalation" in answer.headers


def test_a_stream_of_who_did_not_ask_goes_straight(stack: Stack) -> None:
    answer = stack.post(CHAT, chat(stream=True))
    assert "x-ringfence-held" not in answer.headers
    assert {chunk["model"] for chunk in chunks_of(answer.text)} == {STRONG}


@pytest.mark.parametrize(
    ("on_timeout", "model", "said", "outcome"),
    [
        ("release", CHEAP, "kept", "answered"),
        ("escalate", STRONG, "escalated", "discarded"),
    ],
)
def test_a_stream_is_held_no_longer_than_the_policy_says(
    stack_with: Callable[..., Stack], on_timeout: str, model: str, said: str, outcome: str
) -> None:
    stack = stack_with(streams={"hold_s": 0.3, "on_timeout": on_timeout})
    stack.providers["fast"].configure(logprob=SURE_LOGPROB, itl_s=0.1, completion_tokens=10)
    answer = stack.post(CHAT, chat(stream=True))
    assert answer.headers["x-ringfence-held"] == "true"
    assert answer.headers["x-ringfence-escalation"] == f"{said};signal=hold_timeout"
    text = "".join(
        choice["delta"].get("content") or ""
        for chunk in chunks_of(answer.text)
        for choice in chunk["choices"]
    )
    assert len(text.split()) >= 10
    record = stack.record_of(answer)
    assert record["outcome"]["model"] == model
    assert attempts_of(record)[0] == (CHEAP, outcome)


def test_a_second_sample_has_to_agree(stack_with: Callable[..., Stack]) -> None:
    stack = stack_with(second_sample=True)
    stack.providers["fast"].configure(echo=True, logprob=SURE_LOGPROB)
    kept = stack.post(CHAT, chat())
    assert kept.headers["x-ringfence-escalation"] == "kept;signal=mean_logprob"
    assert attempts_of(stack.record_of(kept)) == [(CHEAP, "answered"), (CHEAP, "sampled")]

    stack.providers["fast"].configure(logprob=SURE_LOGPROB)  # other words each time
    escalated = stack.post(CHAT, chat())
    assert escalated.headers["x-ringfence-escalation"] == "escalated;signal=agreement"
    record = stack.record_of(escalated)
    assert attempts_of(record) == [
        (CHEAP, "discarded"),
        (CHEAP, "sampled"),
        (STRONG, "answered"),
    ]
    beside = sum(each.get("cost_nano_usd", 0) for each in record["outcome"]["attempts"])
    assert record["outcome"]["escalation"]["cheap_cost_nano_usd"] == beside > 0


def test_a_judge_has_to_say_yes(stack_with: Callable[..., Stack]) -> None:
    stack = stack_with(judge="private-model")
    stack.providers["fast"].configure(logprob=SURE_LOGPROB)
    for says, came_to in {
        "yes": "kept;signal=mean_logprob",
        "No.": "escalated;signal=judge",
        "It depends": "escalated;signal=judge",
    }.items():
        stack.providers["private"].configure(says=says)
        answer = stack.post(CHAT, chat())
        assert answer.headers["x-ringfence-escalation"] == came_to
        assert ("private-model@1", "judged") in attempts_of(stack.record_of(answer))
    asked = stack.arrived("private")
    assert all(HARMLESS in each.body.decode() for each in asked)

    # One that is gone has not said it.
    stack.providers["private"].configure(outage="unavailable")
    answer = stack.post(CHAT, chat())
    assert answer.headers["x-ringfence-escalation"] == "escalated;signal=judge"
