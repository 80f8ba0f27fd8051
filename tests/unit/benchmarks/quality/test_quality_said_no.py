"""Why an item has no answer: a code of the gateway's, found in a log, and no text beside it."""

from __future__ import annotations

import traceback

import pytest

from benchmarks.quality.inspected.said_no import NO_ANSWER, NotAnswered, code_in


def raised(error: Exception) -> str:
    try:
        raise error
    except Exception:
        return traceback.format_exc()


def test_the_code_is_found_in_a_traceback() -> None:
    assert code_in(raised(NotAnswered(503, "no_model_available"))) == "no_model_available"


@pytest.mark.parametrize(
    "text",
    [
        "",
        raised(ValueError("NotAnswered: of something")),
        "NotAnswered: a text with spaces",
        "NotAnswered: " + "x" * 100,
    ],
    ids=["nothing", "another", "spaces", "long"],
)
def test_nothing_else_is_taken_for_one(text: str) -> None:
    assert code_in(text) == NO_ANSWER
