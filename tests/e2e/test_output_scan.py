"""Answers are scanned where the policy says so, and findings go no further than it lets them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

from router.domain import Finding, JsonObject, Segment
from router.errors import DetectorCrashed
from router.protocols import Dispatch
from serving.detection.fake import MARKER, FakePatternDetector
from serving.simulator.process import SimulatorProcess
from tests.bodies import CHAT, COMPLETIONS, RESTRICTED, chat, completion
from tests.stack import Stack, running_stack

SSN = "123-45-6789"
CARD = "4111 1111 1111 1111"
SAID = f"So the number is {SSN}, and the card is {CARD} as far as anybody knows here."
MASKED = SAID.replace(SSN, "[US_SSN]").replace(CARD, "[CREDIT_CARD]")
FOUND = {"US_SSN": 1, "CREDIT_CARD": 1}
CLEAN = "There is nothing here that anybody could not know, and that is all of it."


class Scripted:
    """A backend that answers with what the test gave it, and says whether it was cancelled."""

    def __init__(self) -> None:
        self.script: Sequence[JsonObject] = []
        self.sent = 0
        self.ended = True

    async def attempt(self, _dispatch: Dispatch) -> AsyncIterator[JsonObject]:
        self.sent, self.ended = 0, False
        try:
            for event in self.script:
                self.sent += 1
                yield event
                await asyncio.sleep(0)
        finally:
            self.ended = True


class Breaking(FakePatternDetector):
    """A detector that breaks when it was asked about as many answers as it stands."""

    stands: int | None = None

    async def detect(
        self, segments: Sequence[Segment], settling: Any = None
    ) -> tuple[Finding, ...]:
        if self.stands is not None and any(it.path.startswith(".answer") for it in segments):
            self.stands -= 1
            if self.stands < 0:
                raise DetectorCrashed("it broke")
        return await super().detect(segments, settling)


class Gateways:
    """Makes one gateway for each rule about answers that tests ask for, all over one backend."""

    def __init__(
        self, directory: Path, providers: Mapping[str, SimulatorProcess], running: ExitStack
    ) -> None:
        self.scripted, self._detector = Scripted(), Breaking()
        self._directory, self._providers, self._running = directory, providers, running
        self._made: dict[tuple[Any, ...], Stack] = {}

    def __call__(
        self,
        action: str | None,
        *,
        models: Sequence[str] = ("any",),
        tools: Sequence[str] = (),
        stands: int | None = None,
    ) -> Stack:
        self._detector.stands = stands
        wanted = (action, *models, "tools", *tools)
        if wanted not in self._made:

            def edit(_models: dict[str, Any], policy: dict[str, Any]) -> None:
                rule = {"models": list(models), "from_data_class": "restricted", "action": action}
                policy["output"] = [] if action is None else [rule]
                policy["tools"] = {"external": list(tools), "stop_from_data_class": "restricted"}

            directory = self._directory / str(len(self._made))
            directory.mkdir()
            self._made[wanted] = self._running.enter_context(
                running_stack(
                    directory,
                    providers=self._providers,
                    edit=edit,
                    wrap=lambda _real: self.scripted,
                    detector=self._detector,
                )
            )
        return self._made[wanted]


@pytest.fixture(scope="module")
def run(
    tmp_path_factory: pytest.TempPathFactory, providers: Mapping[str, SimulatorProcess]
) -> Iterator[Gateways]:
    with ExitStack() as running:
        yield Gateways(tmp_path_factory.mktemp("output"), providers, running)


@pytest.fixture
def scripted(run: Gateways) -> Scripted:
    return run.scripted


def chunk(delta: Any, finish: str | None = None, index: int = 0, **more: Any) -> JsonObject:
    choice: JsonObject = {"index": index, "delta": delta, "finish_reason": finish, **more}
    return {"id": "x", "object": "chat.completion.chunk", "model": "x", "choices": [choice]}


USAGE: JsonObject = {
    "id": "x",
    "object": "chat.completion.chunk",
    "model": "x",
    "choices": [],
    "usage": {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8},
}


def stream_of(text: str, size: int = 3, field: str = "content", index: int = 0) -> list[JsonObject]:
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    return [
        chunk({"role": "assistant", "content": ""}, index=index),
        *(chunk({field: piece}, index=index, logprobs={"content": [piece]}) for piece in pieces),
        chunk({}, "stop", index=index),
    ]


def whole(*messages: JsonObject, finish: str = "stop") -> JsonObject:
    choices: list[Any] = [
        {
            "index": index,
            "message": message,
            "finish_reason": finish,
            "logprobs": {"content": [SSN]},
        }
        for index, message in enumerate(messages)
    ]
    usage: JsonObject = {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}
    return {"id": "x", "object": "chat.completion", "choices": choices, "usage": usage}


def spoken(text: str) -> JsonObject:
    return {"role": "assistant", "content": text}


def events_in(answer: httpx2.Response) -> list[dict[str, Any]]:
    lines = answer.text.splitlines()
    return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: {")]


def said_in(answer: httpx2.Response, field: str = "content", index: int = 0) -> str:
    return "".join(
        choice["delta"].get(field) or ""
        for event in events_in(answer)
        for choice in event.get("choices", [])
        if choice["index"] == index
    )


def outcome_of(stack: Stack, answer: httpx2.Response) -> dict[str, Any]:
    record = stack.closed_record(answer.headers["x-ringfence-request-id"])
    outcome: dict[str, Any] = record["outcome"]
    return outcome


def call(name: str, arguments: str, index: int = 0) -> JsonObject:
    function: JsonObject = {"name": name, "arguments": arguments}
    return {"index": index, "id": f"call_{index}", "type": "function", "function": function}


def streamed_call(name: str, arguments: str, index: int = 0, size: int = 4) -> list[JsonObject]:
    pieces = [arguments[at : at + size] for at in range(0, len(arguments), size)]
    return [
        chunk({"role": "assistant", "content": None, "tool_calls": [call(name, "", index)]}),
        *(
            chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
            for piece in pieces
        ),
    ]


def calls_in(answer: httpx2.Response) -> dict[int, dict[str, str]]:
    """Name and arguments of each call, put together as a client does."""
    calls: dict[int, dict[str, str]] = {}
    for event in events_in(answer):
        for choice in event.get("choices", []):
            for part in choice["delta"].get("tool_calls") or []:
                one = calls.setdefault(part["index"], {"name": "", "arguments": ""})
                for key in one:
                    one[key] += part["function"].get(key) or ""
    return calls


# --- record


def test_record_counts_what_is_in_an_answer_and_changes_nothing(
    run: Gateways, scripted: Scripted
) -> None:
    stack, scripted.script = run("record"), [whole(spoken(SAID))]
    answer = stack.post(CHAT, chat())
    assert answer.json()["choices"][0]["message"]["content"] == SAID
    assert answer.json()["choices"][0]["logprobs"] is not None
    outcome = outcome_of(stack, answer)
    assert (outcome["output_action"], outcome["output_findings"]) == ("record", FOUND)
    assert outcome["output_undetermined"] is False


def test_record_passes_every_chunk_of_a_stream_as_it_was(run: Gateways, scripted: Scripted) -> None:
    stack, scripted.script = run("record"), stream_of(SAID)
    answer = stack.post(CHAT, chat(stream=True))
    assert len(events_in(answer)) == len(scripted.script)
    assert said_in(answer) == SAID
    assert outcome_of(stack, answer)["output_findings"] == FOUND


def test_record_of_a_long_stream_counts_each_thing_once(run: Gateways, scripted: Scripted) -> None:
    stack, scripted.script = run("record"), stream_of(f"{SAID} {CLEAN} " * 60, size=50)
    answer = stack.post(CHAT, chat(stream=True))
    assert outcome_of(stack, answer)["output_findings"] == {"US_SSN": 60, "CREDIT_CARD": 60}


@pytest.mark.parametrize("stream", [False, True])
def test_record_with_a_detector_that_breaks_says_undetermined(
    run: Gateways, scripted: Scripted, stream: bool
) -> None:
    stack = run("record", stands=0)
    scripted.script = stream_of(SAID) if stream else [whole(spoken(SAID))]
    answer = stack.post(CHAT, chat(stream=stream))
    assert answer.status_code == 200
    assert SSN in answer.text or stream
    outcome = outcome_of(stack, answer)
    assert (outcome["output_undetermined"], outcome["output_findings"]) == (True, {})


def test_without_a_rule_nothing_is_scanned(run: Gateways, scripted: Scripted) -> None:
    stack, scripted.script = run(None, stands=0), [whole(spoken(SAID))]
    outcome = outcome_of(stack, stack.post(CHAT, chat()))
    assert (outcome["output_action"], outcome["output_undetermined"]) == (None, False)


def test_a_rule_is_for_the_models_that_it_names(run: Gateways, scripted: Scripted) -> None:
    stack, scripted.script = run("mask", models=["private-model"]), [whole(spoken(SAID))]
    assert SSN in stack.post(CHAT, chat()).text
    assert SSN not in stack.post(CHAT, chat(RESTRICTED)).text


# --- mask


def test_mask_replaces_what_is_found_in_a_whole_answer(run: Gateways, scripted: Scripted) -> None:
    stack = run("mask")
    arguments = json.dumps({"ssn": SSN, "card": 4111111111111111, "n": 1, "deep": [{"a": MARKER}]})
    message: JsonObject = {
        "role": "assistant",
        "content": SAID,
        "refusal": f"no {SSN}",
        "reasoning_content": SAID,
        "tool_calls": [call("look_up", arguments)],
    }
    scripted.script = [whole(message, spoken(CLEAN))]
    answer = stack.post(CHAT, chat(n=2))
    first, second = answer.json()["choices"]
    assert first["message"]["content"] == first["message"]["reasoning_content"] == MASKED
    assert first["message"]["refusal"] == "no [US_SSN]"
    assert json.loads(first["message"]["tool_calls"][0]["function"]["arguments"]) == {
        "ssn": "[US_SSN]",
        "card": "[CREDIT_CARD]",
        "n": 1,
        "deep": [{"a": "[FAKE_SECRET]"}],
    }
    assert second["message"]["content"] == CLEAN
    assert first["logprobs"] is None
    assert answer.json()["usage"]["completion_tokens"] == 5
    assert not any(secret in answer.text for secret in (SSN, CARD, MARKER))
    outcome = outcome_of(stack, answer)
    assert outcome["output_action"] == "mask"
    assert outcome["output_findings"] == {"US_SSN": 4, "CREDIT_CARD": 3, "FAKE_SECRET": 1}


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_a_masked_stream_reads_as_the_masked_whole(
    run: Gateways, scripted: Scripted, size: int
) -> None:
    stack, scripted.script = run("mask"), [*stream_of(SAID, size), USAGE]
    body = chat(stream=True, stream_options={"include_usage": True})
    answer = stack.post(CHAT, body)
    assert said_in(answer) == MASKED
    events = events_in(answer)
    assert len({event["id"] for event in events}) == 1
    assert {event["model"] for event in events} == {"openai-model@1"}
    assert events[0]["choices"][0]["delta"]["role"] == "assistant"
    assert events[-1]["usage"]["completion_tokens"] == 5
    assert [event["choices"][0]["finish_reason"] for event in events if event["choices"]][
        -1
    ] == "stop"
    assert not any(choice.get("logprobs") for event in events for choice in event["choices"])
    assert answer.text.rstrip().endswith("data: [DONE]")
    assert outcome_of(stack, answer)["output_findings"] == FOUND


def test_each_choice_and_field_of_a_stream_is_masked_by_itself(
    run: Gateways, scripted: Scripted
) -> None:
    """Pieces of two numbers that arrive in turns are two numbers."""
    first, second = stream_of(SAID), stream_of(f"{CLEAN} {SSN}", index=1)
    thinking = stream_of(SAID, field="reasoning_content")[1:-1]
    turns = [piece for pair in zip(first, second, strict=False) for piece in pair]
    rest = [*first[len(second) :], *second[len(first) :]]
    stack, scripted.script = run("mask"), [*thinking, *turns, *rest]
    answer = stack.post(CHAT, chat(stream=True, n=2))
    assert said_in(answer) == said_in(answer, "reasoning_content") == MASKED
    assert said_in(answer, index=1) == f"{CLEAN} [US_SSN]"
    finishes = [
        choice["index"]
        for event in events_in(answer)
        for choice in event["choices"]
        if choice["finish_reason"]
    ]
    assert sorted(finishes) == [0, 1]


def test_text_is_let_go_while_the_answer_goes_on(run: Gateways, scripted: Scripted) -> None:
    stack, scripted.script = run("mask"), stream_of(f"{CLEAN} " * 20)
    answer = stack.post(CHAT, chat(stream=True))
    pieces = [event["choices"][0]["delta"].get("content") or "" for event in events_in(answer)]
    assert "".join(pieces) == f"{CLEAN} " * 20
    assert max(map(len, pieces)) < 128
    assert len(pieces) > 20


def test_completions_are_masked_too(run: Gateways, scripted: Scripted) -> None:
    def piece(text: str, finish: str | None = None) -> JsonObject:
        choice: JsonObject = {"index": 0, "text": text, "finish_reason": finish, "logprobs": None}
        return {"id": "x", "object": "text_completion", "model": "x", "choices": [choice]}

    stack = run("mask")
    scripted.script = [piece(SAID[:30]), piece(SAID[30:60]), piece(SAID[60:], "length")]
    answer = stack.post(COMPLETIONS, completion(stream=True))
    events = events_in(answer)
    assert "".join(event["choices"][0]["text"] for event in events) == MASKED
    assert [event["choices"][0]["finish_reason"] for event in events][-1] == "length"
    scripted.script = [{**piece(SAID, "stop"), "usage": USAGE["usage"]}]
    assert stack.post(COMPLETIONS, completion()).json()["choices"][0]["text"] == MASKED


def test_arguments_of_streamed_calls_are_masked_and_are_json(
    run: Gateways, scripted: Scripted
) -> None:
    arguments = json.dumps({"n": 4111111111111111, "who": "ok", "ssn": SSN})
    stack = run("mask")
    scripted.script = [
        *stream_of("Let me see. ")[:-1],
        *streamed_call("look_up", arguments),
        *streamed_call("look_up", "{}", index=1),
        chunk({}, "tool_calls"),
    ]
    answer = stack.post(CHAT, chat(stream=True))
    calls = calls_in(answer)
    assert calls[0]["name"] == "look_up"
    assert json.loads(calls[0]["arguments"]) == {
        "n": "[CREDIT_CARD]",
        "who": "ok",
        "ssn": "[US_SSN]",
    }
    assert calls[1] == {"name": "look_up", "arguments": "{}"}
    assert said_in(answer) == "Let me see. "
    assert SSN not in answer.text


@pytest.mark.parametrize("stream", [False, True])
def test_content_that_is_to_be_json_is_json_after_masking(
    run: Gateways, scripted: Scripted, stream: bool
) -> None:
    content = json.dumps({"card": 4111111111111111, "text": f"it is {SSN}"})
    stack = run("mask")
    scripted.script = stream_of(content) if stream else [whole(spoken(content))]
    answer = stack.post(CHAT, chat(stream=stream, response_format={"type": "json_object"}))
    said = said_in(answer) if stream else answer.json()["choices"][0]["message"]["content"]
    assert json.loads(said) == {"card": "[CREDIT_CARD]", "text": "it is [US_SSN]"}


def test_the_official_client_reads_a_masked_stream(run: Gateways, scripted: Scripted) -> None:
    stack = run("mask")
    scripted.script = [
        *stream_of(SAID)[:-1],
        *streamed_call("look_up", json.dumps({"ssn": SSN})),
        chunk({}, "tool_calls"),
        USAGE,
    ]
    asked: Any = {"messages": [{"role": "user", "content": "Hello"}], "model": "auto"}
    with stack.client() as client, client.chat.completions.stream(**asked) as stream:
        final = stream.get_final_completion()
    message = final.choices[0].message
    assert message.content == MASKED
    assert message.tool_calls is not None
    assert json.loads(message.tool_calls[0].function.arguments) == {"ssn": "[US_SSN]"}
    assert final.choices[0].finish_reason == "tool_calls"


def test_the_masked_text_is_what_sticks(run: Gateways, scripted: Scripted) -> None:
    """What comes back in a later turn is what the client got."""
    stack, scripted.script = run("mask"), [whole(spoken(f"{CLEAN} {SSN}"))]
    got = stack.post(CHAT, chat(RESTRICTED)).json()["choices"][0]["message"]["content"]
    assert SSN not in got
    again = stack.post(CHAT, chat(f"Say it again:\n{got}"))
    assert again.headers["x-ringfence-data-class"] == "restricted"


# --- stop


def test_stop_gives_an_error_in_place_of_a_whole_answer(run: Gateways, scripted: Scripted) -> None:
    stack, scripted.script = run("stop"), [whole(spoken(SAID))]
    answer = stack.post(CHAT, chat())
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "answer_stopped"
    assert SSN not in answer.text
    outcome = outcome_of(stack, answer)
    assert outcome["error_code"] == "answer_stopped"
    assert outcome["output_findings"] == FOUND
    assert outcome["output_tokens"] == 5
    assert stack.record_of(answer)["status"] == "refused"


def test_stop_ends_a_stream_with_an_error_and_the_work_with_it(
    run: Gateways, scripted: Scripted
) -> None:
    stack, scripted.script = run("stop"), stream_of(f"{CLEAN} {SAID} {CLEAN * 20}")
    answer = stack.post(CHAT, chat(stream=True))
    assert answer.status_code == 200
    events = events_in(answer)
    assert events[-1]["error"]["code"] == "answer_stopped"
    assert "[DONE]" not in answer.text
    said = said_in(answer)
    assert said
    assert SAID.startswith(said.removeprefix(f"{CLEAN} ")) or CLEAN.startswith(said)
    assert not any(digit in answer.text.split("chatcmpl")[0] for digit in ("123-", "123"))
    assert "123" not in said
    outcome = outcome_of(stack, answer)
    assert (outcome["error_code"], outcome["http_status"]) == ("answer_stopped", 200)
    assert stack.record_of(answer)["status"] == "partial"
    assert scripted.ended
    assert scripted.sent < len(scripted.script)


@pytest.mark.parametrize("stream", [False, True])
def test_a_clean_answer_passes_whatever_the_action(
    run: Gateways, scripted: Scripted, stream: bool
) -> None:
    stack = run("stop")
    scripted.script = stream_of(CLEAN) if stream else [whole(spoken(CLEAN))]
    answer = stack.post(CHAT, chat(stream=stream))
    said = said_in(answer) if stream else answer.json()["choices"][0]["message"]["content"]
    assert said == CLEAN
    outcome = outcome_of(stack, answer)
    assert (outcome["output_action"], outcome["output_findings"]) == ("stop", {})


@pytest.mark.parametrize("action", ["mask", "stop"])
def test_an_answer_that_cannot_be_scanned_is_stopped(
    run: Gateways, scripted: Scripted, action: str
) -> None:
    stack, scripted.script = run(action, stands=0), [whole(spoken(CLEAN))]
    answer = stack.post(CHAT, chat())
    assert answer.json()["error"]["code"] == "answer_stopped"
    assert outcome_of(stack, answer)["output_undetermined"] is True


@pytest.mark.parametrize("action", ["mask", "stop"])
def test_a_detector_that_breaks_in_the_middle_ends_the_stream(
    run: Gateways, scripted: Scripted, action: str
) -> None:
    stack, scripted.script = run(action, stands=2), stream_of(CLEAN * 5)
    answer = stack.post(CHAT, chat(stream=True))
    assert events_in(answer)[-1]["error"]["code"] == "answer_stopped"
    assert said_in(answer)
    assert len(said_in(answer)) < len(CLEAN)
    outcome = outcome_of(stack, answer)
    assert (outcome["error_code"], outcome["output_undetermined"]) == ("answer_stopped", True)
    assert stack.record_of(answer)["status"] == "partial"


@pytest.mark.parametrize("action", ["mask", "stop"])
def test_speech_and_pictures_are_stopped(run: Gateways, scripted: Scripted, action: str) -> None:
    message: JsonObject = {"role": "assistant", "content": None, "audio": {"id": "a", "data": "AA"}}
    stack, scripted.script = run(action), [whole(message)]
    assert stack.post(CHAT, chat()).json()["error"]["code"] == "answer_stopped"
    scripted.script = [chunk({"audio": {"id": "a", "data": "AA"}}), chunk({}, "stop")]
    assert stack.post(CHAT, chat(stream=True)).json()["error"]["code"] == "answer_stopped"


# --- tools

TOOLS = ("web_*",)
HIDDEN = json.dumps({"q": json.dumps({"a": "\\u0031" + SSN[1:]}).replace("\\\\", "\\")})


@pytest.mark.parametrize("arguments", [json.dumps({"q": f"who has {SSN}"}), HIDDEN, f"{{{SSN}"])
@pytest.mark.parametrize("name", ["web_search", "Web_Search"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_call_to_an_external_tool_is_stopped_before_the_client_has_any_of_it(
    run: Gateways, scripted: Scripted, stream: bool, name: str, arguments: str
) -> None:
    stack = run(None, tools=TOOLS)
    message: JsonObject = {"role": "assistant", "content": None}
    scripted.script = (
        [*streamed_call(name, arguments), chunk({}, "tool_calls")]
        if stream
        else [whole(message | {"tool_calls": [call(name, arguments)]}, finish="tool_calls")]
    )
    answer = stack.post(CHAT, chat(stream=stream))
    error = events_in(answer)[-1]["error"] if stream else answer.json()["error"]
    assert error["code"] == "tool_call_stopped"
    assert "web" not in answer.text.lower()
    assert SSN[1:] not in answer.text
    outcome = outcome_of(stack, answer)
    assert (outcome["error_code"], outcome["output_action"]) == ("tool_call_stopped", "stop")
    assert outcome["output_findings"] == {"US_SSN": 1}


@pytest.mark.parametrize("stream", [False, True])
def test_the_legacy_form_of_a_call_is_stopped_too(
    run: Gateways, scripted: Scripted, stream: bool
) -> None:
    stack = run(None, tools=TOOLS)
    function: JsonObject = {"name": "web_search", "arguments": f'{{"q":"{SSN}"}}'}
    scripted.script = (
        [
            chunk({"role": "assistant", "function_call": {"name": "web_", "arguments": ""}}),
            chunk({"function_call": {"name": "search"}}),
            chunk({"function_call": {"arguments": function["arguments"]}}),
            chunk({}, "function_call"),
        ]
        if stream
        else [whole({"role": "assistant", "content": None, "function_call": function})]
    )
    answer = stack.post(CHAT, chat(stream=stream))
    assert "tool_call_stopped" in answer.text
    assert SSN not in answer.text


def test_harmless_calls_to_external_tools_and_all_calls_to_others_are_made(
    run: Gateways, scripted: Scripted
) -> None:
    stack = run(None, tools=TOOLS)
    inside, outside = json.dumps({"ssn": SSN}), json.dumps({"q": "weather"})
    scripted.script = [
        *streamed_call("look_up", inside),
        *streamed_call("web_search", outside, index=1),
        chunk({}, "tool_calls"),
        USAGE,
    ]
    answer = stack.post(CHAT, chat(stream=True))
    assert calls_in(answer) == {
        0: {"name": "look_up", "arguments": inside},
        1: {"name": "web_search", "arguments": outside},
    }
    *_, last = events_in(answer)
    assert last["choices"][0]["finish_reason"] == "tool_calls"
    pieces = [event for event in events_in(answer) if "look_up" in json.dumps(event)]
    assert len(pieces) == 1
    assert inside not in json.dumps(pieces)  # it streams as it comes
    both = [call("look_up", inside), call("web_search", outside, 1)]
    scripted.script = [whole({"role": "assistant", "content": None, "tool_calls": list(both)})]
    whole_answer = stack.post(CHAT, chat())
    assert whole_answer.json()["choices"][0]["message"]["tool_calls"] == both


def test_a_call_that_cannot_be_scanned_is_stopped(run: Gateways, scripted: Scripted) -> None:
    stack = run(None, tools=TOOLS, stands=0)
    calls: Any = [call("web_search", '{"q": "weather"}')]
    scripted.script = [whole({"role": "assistant", "content": None, "tool_calls": calls})]
    answer = stack.post(CHAT, chat())
    assert answer.json()["error"]["code"] == "tool_call_stopped"
    assert outcome_of(stack, answer)["output_undetermined"] is True


def test_a_call_is_stopped_whatever_the_rule_for_answers(run: Gateways, scripted: Scripted) -> None:
    stack = run("mask", tools=TOOLS)
    scripted.script = [
        *streamed_call("web_search", json.dumps({"q": SSN})),
        chunk({}, "tool_calls"),
    ]
    answer = stack.post(CHAT, chat(stream=True))
    assert "tool_call_stopped" in answer.text
    assert outcome_of(stack, answer)["output_action"] == "stop"


def test_a_client_that_leaves_cancels_the_work_and_leaves_a_record(
    run: Gateways, scripted: Scripted
) -> None:
    for action in ("record", "mask"):
        stack, scripted.script = run(action), stream_of(f"{CLEAN} " * 2_000)
        with (
            stack.client() as client,
            client.chat.completions.create(
                model="auto", messages=[{"role": "user", "content": "Hello"}], stream=True
            ) as stream,
        ):
            first = next(iter(stream))
        record = stack.closed_record(first.id[-36:])
        assert record["status"] == "cancelled"
        assert record["outcome"]["output_action"] == action
        assert scripted.ended
        assert scripted.sent < len(scripted.script)
