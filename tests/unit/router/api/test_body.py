"""Bodies from outside are bounded before anything looks at them, and never quoted."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.api.body import MAX_DEPTH, MAX_VALUES, parse_json
from router.errors import InvalidRequest

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    # No surrogates and no NUL: those are what is refused.
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text("ab"), below, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text("xyz"), JSON, max_size=4))
def test_what_is_json_is_taken_as_it_is(body: dict[str, object]) -> None:
    assert parse_json(json.dumps(body).encode()) == body


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"secret",
        b"[]",
        b'"secret"',
        b"{",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": "\xff"}',
        b'{"a": "secret\\u0000"}',
        b'{"a": "secret\\ud800"}',
        b'{"secret\\udfff": 1}',
        b'{"a": ' + b"9" * 10_000 + b"}",
        b'{"a":' * 100_000,
        b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1),
        b'{"a":' + b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1) + b"}",
    ],
    ids=range(15),
)
def test_what_is_not_is_refused_without_being_quoted(raw: bytes) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_json(raw)
    assert "secret" not in str(refused.value)


@given(st.binary(max_size=200))
def test_no_bytes_at_all_do_anything_but_parse_or_be_refused(raw: bytes) -> None:
    with suppress(InvalidRequest):
        assert isinstance(parse_json(raw), dict)


def test_a_body_of_very_many_values_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="values"):
        parse_json(json.dumps({"a": [""] * MAX_VALUES}).encode())
