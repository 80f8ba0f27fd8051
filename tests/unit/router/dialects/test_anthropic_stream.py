from __future__ import annotations

from typing import Any

from router.dialects.anthropic_stream import ChunkTranslator

START = {
    "type": "message_start",
    "message": {
        "id": "m",
        "model": "c",
        "usage": {"input_tokens": 3, "cache_read_input_tokens": 4, "output_tokens": 1},
    },
}


def translate(*events: Any) -> tuple[list[Any], ChunkTranslator]:
    translator = ChunkTranslator(created_s=9)
    return [chunk for event in events for chunk in translator.chunks(event)], translator


def block(kind: str, index: int = 0, **fields: Any) -> Any:
    return {"type": f"content_block_{kind}", "index": index, **fields}


def test_a_stream_with_text_and_tools() -> None:
    chunks, translator = translate(
        START,
        {"type": "ping"},
        block("start", content_block={"type": "text", "text": ""}),
        block("delta", delta={"type": "text_delta", "text": "hel"}),
        block("delta", delta={"type": "text_delta", "text": "lo"}),
        block("stop"),
        block("start", 1, content_block={"type": "tool_use", "id": "t0", "name": "f"}),
        block("delta", 1, delta={"type": "input_json_delta", "partial_json": ""}),
        block("delta", 1, delta={"type": "input_json_delta", "partial_json": '{"a":1}'}),
        block("stop", 1),
        block("start", 2, content_block={"type": "tool_use", "id": "t1", "name": "g"}),
        block("stop", 2),
        {"type": "something_new"},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "tool_use"},
            "usage": {"output_tokens": 12, "input_tokens": None},
        },
        {"type": "message_stop"},
    )
    assert translator.finished
    *rest, last = chunks
    deltas = [chunk["choices"][0]["delta"] for chunk in rest]
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert "".join(d.get("content", "") for d in deltas) == "hello"
    calls = [call for d in deltas for call in d.get("tool_calls", [])]
    assert [(c["index"], c["function"].get("arguments")) for c in calls] == [
        (0, ""),
        (0, '{"a":1}'),
        (1, ""),
        (1, "{}"),
    ]
    assert (calls[0]["id"], calls[0]["function"]["name"]) == ("t0", "f")
    assert [c["choices"][0]["finish_reason"] for c in rest][-2:] == [None, "tool_calls"]
    assert last["choices"] == []
    assert (last["usage"]["prompt_tokens"], last["usage"]["completion_tokens"]) == (7, 12)
    assert {(c["id"], c["model"], c["created"]) for c in chunks} == {("m", "c", 9)}


def test_a_cut_stream_is_not_finished() -> None:
    _, translator = translate(START, block("delta", delta={"type": "text_delta", "text": "x"}))
    assert not translator.finished
