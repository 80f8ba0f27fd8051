"""Around its words everything is found as by a PatternMatcher; elsewhere nothing is looked for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from router.privacy.recognisers.gated import GatedMatcher
from router.privacy.recognisers.match import PatternMatcher
from router.privacy.recognisers.pattern import Pattern

PATTERN = Pattern(
    name="owner", entity_type="OWNER", regex=r"(?-i:[A-Z][a-z]+) owns a (?:boat|yacht)", score=0.9
)
GATED = GatedMatcher("boat|yacht", [PATTERN], before=40, after=10)
UNGATED = PatternMatcher([PATTERN])
PARTS = st.sampled_from(
    [
        "Ada owns a boat",
        "Bo owns a yacht",
        " ",
        ". ",
        "the boat ",
        "é",
        "ß ",
        "\ud800",
        "x" * 50,
        "\n",
    ]
)


@given(st.lists(PARTS, max_size=30).map(" ".join))
def test_it_finds_what_a_search_of_the_whole_text_finds(text: str) -> None:
    assert set(GATED.find(text)) == set(UNGATED.find(text))


def test_a_word_in_another_word_is_no_trigger() -> None:
    assert GATED.find("Ada owns a boathouse") == []
