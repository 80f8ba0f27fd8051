"""A prompt sent in place of a model's name is not repeated."""

import pytest

from router.registry.names import speakable


def test_what_looks_like_an_id_may_be_repeated_in_part():
    assert speakable("gpt-5-mini@2025-08-07") == "gpt-5-mini@2025-08-07"
    assert speakable("a" * 500) == "a" * 64


@pytest.mark.parametrize("name", ["", "My SSN is 078-05-1120", "Ünï", "a\n", "a\x00", "\ud800"])
def test_anything_else_is_not_repeated(name):
    assert speakable(name) is None
