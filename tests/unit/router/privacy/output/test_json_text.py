"""Masked JSON is JSON, of the same shape, and without what was found in it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain import DataClass
from router.privacy.output.json_text import JsonText
from router.privacy.output.mask import Hit

SECRET = re.compile(r"secret|4111")
KEYS = st.sampled_from(["a", "b", "a secret", "4111"])
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=10),
    st.sampled_from(["it is secret.", "4111", 94111, "secret", 1.4111]),
)


def nested(below: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    texts = below.map(json.dumps)
    return st.one_of(st.lists(below, max_size=4), st.dictionaries(KEYS, below, max_size=4), texts)


VALUES = st.one_of(
    st.lists(st.recursive(LEAVES, nested, max_leaves=20), max_size=4),
    st.dictionaries(KEYS, st.recursive(LEAVES, nested, max_leaves=20), max_size=4),
)


def hits(text: str) -> list[Hit]:
    return [Hit(*match.span(), "X", DataClass.RESTRICTED) for match in SECRET.finditer(text)]


@given(VALUES, st.booleans())
def test_masked_json_is_json_without_what_was_found(value: Any, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    parsed = JsonText(text)
    out = parsed.masked([hits(each) for each in parsed.texts])
    json.loads(out)
    if SECRET.search(text):
        assert not SECRET.search(out)
    else:
        assert out == text


@given(VALUES)
def test_without_findings_not_a_character_changes(value: Any) -> None:
    text = f"  {json.dumps(value, indent=3)}\n"
    parsed = JsonText(text)
    assert parsed.masked([[] for _ in parsed.texts]) == text


def test_what_only_the_neighbours_give_away_is_masked_where_it_stands() -> None:
    text = '{"ssn": 123456789, "first": "Jane", "last": "Roe", "n": 7}'
    parsed = JsonText(text)
    whole = [
        Hit(text.index("123"), text.index(","), "US_SSN", DataClass.RESTRICTED),
        Hit(text.index("Jane"), text.index("Roe") + 3, "PERSON", DataClass.CONFIDENTIAL),
    ]
    out = json.loads(parsed.masked([whole, *([] for _ in parsed.texts[1:])]))
    assert out["ssn"] == "[US_SSN]"
    assert "Jane" not in str(out)
    assert "Roe" not in str(out)
    assert out["n"] == 7


def test_escapes_hide_nothing() -> None:
    parsed = JsonText('{"a": "s\\u0065cret"}')
    assert json.loads(parsed.masked([hits(each) for each in parsed.texts])) == {"a": "[X]"}


@pytest.mark.parametrize("text", ["", "7", '"a"', "{", "[1,", "so {}"])
def test_what_is_no_object_or_list_is_not_taken_for_json(text: str) -> None:
    with pytest.raises(ValueError, match="no JSON"):
        JsonText(text)
