"""A marker planted anywhere is found; what cannot be read is named; paths hold no content."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.errors import TextTooLong
from router.privacy.extract import extract
from router.privacy.vocabulary import KNOWN_KEYS, KNOWN_VALUES

MARKER = "Zq7-marker"

keys = st.one_of(st.sampled_from(sorted(KNOWN_KEYS)), st.text(max_size=8))
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=12),
    st.sampled_from(sorted(KNOWN_VALUES)),
)
bodies = st.dictionaries(
    keys,
    st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=25,
    ),
    max_size=6,
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key or index) in `value`."""
    found: list[tuple[Any, Any]] = []
    stack = [value]
    while stack:
        node = stack.pop()
        items = node.items() if isinstance(node, dict) else enumerate(node)
        for key, child in items:
            found.append((node, key))
            if isinstance(child, dict | list):
                stack.append(child)
    return found


def texts(body: Any) -> list[str]:
    return [segment.text for segment in extract(body).segments]


@given(bodies, st.data())
def test_a_marker_planted_as_any_value_is_found(body: dict[str, Any], data: st.DataObject) -> None:
    body["messages"] = body.get("messages", [])
    container, key = data.draw(st.sampled_from(places(body)))
    container[key] = f"before {MARKER} after"
    assert f"before {MARKER} after" in texts(body)


@given(bodies, st.data())
def test_a_marker_planted_as_any_key_is_found_and_in_no_path(
    body: dict[str, Any], data: st.DataObject
) -> None:
    objects = [body, *(c for c, _ in places(body) if isinstance(c, dict))]
    data.draw(st.sampled_from(objects))[MARKER] = ["x", {"y": 1}]
    extraction = extract(body)
    assert MARKER in [segment.text for segment in extraction.segments]
    assert not any(MARKER in segment.path for segment in extraction.segments)


@given(bodies, st.data(), st.integers(10**4, 10**18))
def test_a_long_number_planted_anywhere_is_found(
    body: dict[str, Any], data: st.DataObject, number: int
) -> None:
    body["seed"] = body.get("seed")
    container, key = data.draw(st.sampled_from(places(body)))
    container[key] = number
    assert any(str(number) in text for text in texts(body))


@given(bodies)
def test_paths_are_made_of_the_schema_and_nothing_else(body: dict[str, Any]) -> None:
    for segment in extract(body).segments:
        words = segment.path.replace("(json)", "").replace("[", ".").replace("]", "").split(".")
        assert all(w in KNOWN_KEYS or w.isdigit() or w in {"", "*"} for w in words)


@given(bodies, st.data())
def test_a_marker_in_json_in_strings_is_found_to_depth_two(
    body: dict[str, Any], data: st.DataObject
) -> None:
    inner = json.dumps({"note": f"{MARKER}é"})  # escaped in the string: the raw text has \u00e9
    outer = json.dumps([{"arguments": inner}])
    body["metadata"] = body.get("metadata", {})
    container, key = data.draw(st.sampled_from(places(body)))
    container[key] = outer
    found = texts(body)
    assert outer in found
    assert inner in found
    assert f"{MARKER}é" in found


def test_order_and_paths() -> None:
    body = {
        "model": "auto",
        "messages": [
            {"role": "user", "content": "one"},
            {"role": "tool", "content": [{"type": "text", "text": "two"}], "secret_key": "three"},
        ],
    }
    assert [(s.path, s.text) for s in extract(body).segments] == [
        (".messages[0].content", "one"),
        (".messages[1].*", "secret_key"),  # an object's own keys come before what is in it
        (".messages[1].content[0].text", "two"),
        (".messages[1].*", "three"),
    ]
    assert extract(body).unscannable == ()


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
        {"type": "file", "file": {"file_id": "file-1"}},
        {"type": "hologram", "text": "readable"},
        {"text": "without a type"},
        {"type": ["text"], "text": "a"},
    ],
)
def test_parts_that_cannot_be_read_are_named_and_their_strings_still_yielded(part: Any) -> None:
    extraction = extract({"messages": [{"role": "user", "content": [part]}]})
    assert extraction.unscannable == (".messages[0].content[0]",)
    assert extract({"messages": [{"content": [{"type": "hologram", "text": "t"}]}]}).segments


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"messages": [{"content": "see data:image/png;base64,iVBOR"}]}, ".messages[0].content"),
        ({"metadata": {"x": "data:;base64,AAAA"}}, ".metadata.*"),
        ({"metadata": {"x": {"type": "image_url"}}}, ".metadata.*"),
        ({"prompt": [1, 2, 3]}, ".prompt"),
        ({"input": [[15496, 995]]}, ".input[0]"),
        ({"messages": [{"role": "assistant", "audio": {"id": "a"}}]}, ".messages[0].audio"),
        ({"n": 10**5000}, ".n"),
    ],
)
def test_more_that_cannot_be_read(body: Any, path: str) -> None:
    assert extract(body).unscannable == (path,)


@pytest.mark.parametrize(
    "body",
    [
        {"messages": [{"content": "the data: a, b and c/d, e"}]},
        {"tools": [{"function": {"parameters": {"properties": {"file": {"type": "string"}}}}}]},
        {"messages": [{"role": "tool", "content": '{"type": "file", "name": "a.txt"}'}]},
        {"messages": [{"content": [{"type": "text", "text": "a"}]}], "audio": {"voice": "x"}},
        {"prompt": ["a", "b"], "stop": ["\n"]},
    ],
)
def test_what_can_be_read_is_not_called_unreadable(body: Any) -> None:
    assert extract(body).unscannable == ()


def test_digits_spread_over_a_list_are_read_as_one() -> None:
    assert "4111 1111 1111 1111" in texts({"metadata": {"card": [4111, 1111, 1111, 1111]}})


def test_deep_and_wide_bodies() -> None:
    deep: Any = "bottom"
    for _ in range(50_000):
        deep = {"a": [deep]}
    found = extract({"messages": deep})
    assert found.segments[-1].text == "bottom"
    assert all(len(segment.path) < 250 for segment in found.segments)
    assert texts({"x": "[" * 200_000}) == ["x", "[" * 200_000]


def test_more_text_than_may_be_is_refused() -> None:
    body: Any = {"messages": [{"content": "x" * 60}, {"content": "y" * 41}]}
    assert extract(body, max_characters=101).segments
    with pytest.raises(TextTooLong):
        extract(body, max_characters=100)


def test_unscannable_paths_are_few() -> None:
    assert len(extract({"prompt": [[1]] * 1000}).unscannable) == 32


def test_json_nested_deeper_in_strings_than_is_decoded_cannot_be_scanned():
    text = '{"a": "\\u0073ecret"}'
    for _ in range(3):
        text = json.dumps({"a": text})
    assert extract({"messages": [{"role": "user", "content": text}]}).unscannable
