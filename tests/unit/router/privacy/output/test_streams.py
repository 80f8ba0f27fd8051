"""Streams under each action: whatever they say and however they are cut."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from answers import CHAT, Watched, chunk, cut, of, said, scanner
from hypothesis import given
from hypothesis import strategies as st

from router.domain import DataClass, JsonObject, OutputAction
from router.errors import AnswerStopped, ToolCallStopped
from router.privacy.output.listen import HeardStream
from router.privacy.output.pauses import with_pauses
from router.privacy.output.report import OutputReport
from router.privacy.output.rules import ToolRules
from router.privacy.output.stream import HeldStream
from router.privacy.output.tool_gate import ToolGate

SSN, CARD = "123-45-6789", "4111 1111 1111 1111"
WORDS = st.lists(st.sampled_from(["please ", "to ", "The ", "7, ", "so\n", "é. "]), max_size=20)
CUTS = st.lists(st.integers(0, 10_000), max_size=40)
PLACES = st.sampled_from([(0, "content"), (0, "reasoning_content"), (1, "content"), (2, "refusal")])
SPOKEN = st.lists(
    st.tuples(PLACES, WORDS, st.sampled_from(["", f"{SSN} so ", f"so {CARD}, ", f"{SSN}. "]), CUTS),
    max_size=5,
)


async def passed(stage: Any, events: list[JsonObject]) -> list[JsonObject]:
    return [event async for event in stage.pass_on(of(events))]


def held(action: OutputAction, report: OutputReport, **more: Any) -> HeldStream:
    return HeldStream(scanner(report, **more), action, CHAT)


def written(spoken: Any, finished: bool) -> tuple[list[JsonObject], dict[tuple[int, str], str]]:
    """The chunks of a stream, and the whole of what it says in each place."""
    events: list[JsonObject] = []
    texts: dict[tuple[int, str], str] = {}
    for (index, field), words, secret, at in spoken:
        text = "".join(words) + secret
        texts[index, field] = texts.get((index, field), "") + text
        events += [chunk({field: piece}, index=index) for piece in cut(text, at)]
    if finished:
        events += [chunk({}, "stop", index) for index in range(3)]
    return events, texts


def cleaned(text: str) -> str:
    return text.replace(SSN, "[US_SSN]").replace(CARD, "[CREDIT_CARD]")


@given(SPOKEN, st.booleans())
def test_a_masked_stream_says_what_the_masked_whole_says(spoken: Any, finished: bool) -> None:
    events, texts = written(spoken, finished)
    report = OutputReport()
    shown = asyncio.run(passed(held(OutputAction.MASK, report), events))
    assert said(shown) == {place: cleaned(text) for place, text in texts.items() if text}
    found = {
        kind: sum(text.count(secret) for text in texts.values())
        for kind, secret in (("US_SSN", SSN), ("CREDIT_CARD", CARD))
    }
    assert report.findings == {kind: count for kind, count in found.items() if count}


@given(SPOKEN, st.booleans())
def test_a_stopped_stream_has_said_nothing_of_what_stopped_it(spoken: Any, finished: bool) -> None:
    events, texts = written(spoken, finished)
    shown: list[JsonObject] = []
    stopped = False

    async def run() -> None:
        async for event in held(OutputAction.STOP, OutputReport()).pass_on(of(events)):
            shown.append(event)

    try:
        asyncio.run(run())
    except AnswerStopped:
        stopped = True
    assert stopped is any(secret in text for text in texts.values() for secret in (SSN, CARD))
    for place, text in said(shown).items():
        assert texts[place].startswith(text)
        assert "123" not in text
        assert "4111" not in text


@given(SPOKEN, st.booleans())
def test_recording_changes_nothing_and_counts_the_same(spoken: Any, finished: bool) -> None:
    events, _ = written(spoken, finished)
    recorded, masked = OutputReport(), OutputReport()
    assert asyncio.run(passed(HeardStream(scanner(recorded), CHAT), events)) == events
    asyncio.run(passed(held(OutputAction.MASK, masked), events))
    assert recorded.findings == masked.findings


@given(st.integers(0, 300), CUTS)
def test_a_number_in_pieces_around_a_tool_call_is_one_number(at: int, places: list[int]) -> None:
    text = f"My card is {CARD}, you know."
    at %= len(text)
    call = {"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}
    events = [
        *(chunk({"content": piece}) for piece in cut(text[:at], places)),
        chunk({"tool_calls": [call]}),
        *(chunk({"content": piece}) for piece in cut(text[at:], places)),
        chunk({}, "tool_calls"),
    ]
    shown = asyncio.run(passed(held(OutputAction.MASK, OutputReport()), events))
    assert said(shown)[0, "content"] == cleaned(text)


def test_what_counts_is_of_the_class_and_score_that_the_policy_says() -> None:
    events = [chunk({"content": "write jane@example.com, or a weak one. "}), chunk({}, "stop")]
    weak = Watched(WEAK=("weak", 0.4))
    shown = asyncio.run(passed(held(OutputAction.MASK, OutputReport(), detector=weak), events))
    assert said(shown)[0, "content"] == "write jane@example.com, or a weak one. "
    lower = held(OutputAction.MASK, OutputReport(), from_data_class=DataClass.CONFIDENTIAL)
    assert "[EMAIL_ADDRESS]" in said(asyncio.run(passed(lower, events)))[0, "content"]


def test_what_is_restricted_only_together_counts_once_both_are_there() -> None:
    text = "born on monday the first, she reads jane@example.com. "
    together = Watched(DATE=("monday", 0.9))
    stage = held(OutputAction.MASK, OutputReport(), detector=together)
    shown = asyncio.run(passed(stage, [chunk({"content": text}), chunk({}, "stop")]))
    assert "jane@example.com" not in said(shown)[0, "content"]


def test_a_detector_is_not_asked_about_every_token() -> None:
    text = "there is nothing in here that anybody could not know. " * 100
    detector = Watched()
    stage = held(OutputAction.MASK, OutputReport(), detector=detector)
    events = [chunk({"content": text[at : at + 4]}) for at in range(0, len(text), 4)]
    asyncio.run(passed(stage, events))
    assert len(detector.shown) < len(text) / 35
    assert sum(map(len, detector.shown)) < 9 * len(text)


def test_text_is_let_go_when_the_stream_pauses() -> None:
    async def run() -> None:
        resume = asyncio.Event()

        async def events() -> AsyncGenerator[JsonObject, None]:
            yield chunk({"content": "well, so"})
            yield chunk({"content": " it is"})
            await resume.wait()
            yield chunk({}, "stop")

        stage = held(OutputAction.MASK, OutputReport())
        shown = stage.pass_on(events(), pause_s=0.01)
        first = await anext(shown)  # comes although the stream has stopped
        assert said([first]) == {(0, "content"): "well, so "}
        resume.set()
        assert said([event async for event in shown]) == {(0, "content"): "it is"}

    asyncio.run(run())


def test_closing_a_stream_that_pauses_closes_what_it_reads() -> None:
    async def run() -> list[str]:
        closed: list[str] = []

        async def events() -> AsyncGenerator[JsonObject, None]:
            try:
                yield chunk({"content": "so"})
                await asyncio.Event().wait()
            finally:
                closed.append("closed")

        heard = with_pauses(events(), 0.01, lambda: True)
        assert await anext(heard)
        assert await anext(heard) is None
        await heard.aclose()
        return closed

    assert asyncio.run(run()) == ["closed"]


# --- tools


def call(arguments: str | None, name: str = "", index: Any = 0, **more: Any) -> JsonObject:
    function: JsonObject = {} if arguments is None else {"arguments": arguments}
    if name:
        function["name"] = name
    one: JsonObject = {"function": function, **more}
    return one if index is None else {"index": index, **one}


def calls_of(events: list[JsonObject]) -> dict[int, list[str]]:
    calls: dict[int, list[str]] = {}
    for event in events:
        choices: Any = event["choices"]
        for choice in choices:
            for each in choice["delta"].get("tool_calls") or []:
                one = calls.setdefault(each.get("index"), ["", ""])
                one[0] += each["function"].get("name") or ""
                one[1] += each["function"].get("arguments") or ""
    return calls


def gate(report: OutputReport, *globs: str) -> ToolGate:
    return ToolGate(ToolRules(globs or ("web_*",)), scanner(report))


ARGUMENTS = st.dictionaries(
    st.sampled_from(["q", "n"]), st.one_of(st.text(max_size=20), st.just(f"for {SSN}"))
).map(json.dumps)


@given(st.sampled_from(["web_search", "look_up"]), ARGUMENTS, CUTS, st.booleans())
def test_only_external_calls_with_findings_are_stopped(
    name: str, arguments: str, at: list[int], finished: bool
) -> None:
    events = [
        chunk({"role": "assistant", "tool_calls": [call("", name, id="c")]}),
        *(chunk({"tool_calls": [call(piece)]}) for piece in cut(arguments, at)),
        *([chunk({}, "tool_calls")] if finished else []),
    ]
    report, shown = OutputReport(), []

    async def run() -> None:
        async for event in gate(report).pass_on(of(events)):
            shown.append(event)

    if name == "web_search" and SSN in arguments:
        with pytest.raises(ToolCallStopped):
            asyncio.run(run())
        assert calls_of(shown) == {}
        assert set(report.findings) == {"US_SSN"}
    else:
        asyncio.run(run())
        assert calls_of(shown) == {0: [name, arguments]}


@pytest.mark.parametrize(
    "pieces",
    [
        [call("", "web_"), call(None, "search"), call(f'"{SSN}"')],
        [call(None, "look"), call('"a"'), call(f'"{SSN}"', "web_search")],
        [
            call("", "look_up", None, id="a"),
            call("", "web_search", None, id="b"),
            call(SSN, "", None),
        ],
        [call(SSN)],
        [call('"ok"', "look_up", id="a"), call(SSN, "web_search", id="b")],
        [{"index": 0, "type": "custom", "custom": {"name": "web_search", "input": SSN}}],
        [{"index": 0, "type": "new", "thing": {"text": SSN}}],
    ],
)
def test_no_way_of_writing_a_call_gets_around_the_gate(pieces: list[JsonObject]) -> None:
    events = [*(chunk({"tool_calls": [piece]}) for piece in pieces), chunk({}, "tool_calls")]
    globs = ("web_*", "look*web*")
    with pytest.raises(ToolCallStopped):
        asyncio.run(passed(gate(OutputReport(), *globs), events))
    whole: JsonObject = {"choices": [{"index": 0, "message": {"tool_calls": [pieces[-1]]}}]}
    if pieces[-1].get("function", {}).get("name", "?") != "":  # type: ignore[union-attr]
        with pytest.raises(ToolCallStopped):
            asyncio.run(passed(gate(OutputReport(), *globs), [whole]))


def test_calls_without_numbers_are_told_apart_by_their_ids() -> None:
    pieces = [
        call("", "look_up", None, id="a"),
        call("{1}", "", None),
        call("", "look_out", None, id="b"),
        call("{2}", "", None),
    ]
    events = [*(chunk({"tool_calls": [piece]}) for piece in pieces), chunk({}, "tool_calls")]
    shown = asyncio.run(passed(gate(OutputReport()), events))
    assert json.dumps(shown).count("look_up") == json.dumps(shown).count("look_out") == 1
    assert json.dumps(shown).count("{1}") == json.dumps(shown).count("{2}") == 1


def test_text_and_finish_around_a_kept_call_go_on_as_they_were() -> None:
    events = [
        chunk({"role": "assistant", "content": "Let me see."}),
        chunk({"tool_calls": [call('{"q": "weather"}', "web_search", id="c")]}),
        chunk({}, "tool_calls"),
    ]
    shown = asyncio.run(passed(gate(OutputReport()), events))
    assert shown[0] == events[0]
    assert shown[-1] == events[-1]
    assert calls_of(shown) == {0: ["web_search", '{"q": "weather"}']}
