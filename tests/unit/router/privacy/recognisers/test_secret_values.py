"""What stands where a secret would stand is one, or a placeholder, a variable, a word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.privacy.recognisers import secret_values as values

CHECKS = [
    values.is_placeholder,
    values.is_quoted_password,
    values.is_unquoted_password,
    values.is_stated_password,
    values.is_adjacent_password,
    values.is_random,
    values.is_token_body,
    values.is_basic_credentials,
    values.is_url_with_password,
    values.is_seed_phrase,
    values.is_base32_secret,
]


@pytest.mark.parametrize(
    "value",
    [
        "xxxx",
        "****",
        "<password>",
        "${DB_PASSWORD}",
        "{{ secret }}",
        "%(pw)s",
        "your-api-key",
        "changeme",
        "None",
        "YOUR_TOKEN_HERE",
        "......",
        "insert key here",
    ],
)
def test_it_is_a_placeholder(value: str) -> None:
    assert values.is_placeholder(value)


@pytest.mark.parametrize("value", ["hunter2", "Tr0ub4dor&3", "correct horse battery staple"])
def test_it_is_a_password(value: str) -> None:
    assert values.is_quoted_password(value)


@pytest.mark.parametrize("value", ["os.environ[x]", "get_pw()", "args.password", "userPassword"])
def test_it_is_code(value: str) -> None:
    assert not values.is_unquoted_password(value)


@pytest.mark.parametrize("value", ["required", "too", "8", "incorrect.", "wrong", "user's"])
def test_it_is_said_about_passwords(value: str) -> None:
    assert not values.is_stated_password(value)


@given(st.text())
def test_any_text_gets_a_verdict(value: str) -> None:
    for check in CHECKS:
        assert check(value) in {True, False}


@given(st.text())
def test_entropy_is_bounded_by_that_of_different_characters(value: str) -> None:
    assert 0 <= values.entropy_bits(value) <= max(0, len(value)).bit_length()
