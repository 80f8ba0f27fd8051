"""What an exception covers, when, and that it lowers nothing else."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta

import pytest
from exception_tables import APPROVED_ON, EXPIRED_S, EXPIRES, LIVE_S, exception
from hypothesis import assume, given
from hypothesis import strategies as st

from router.domain import DataClass, Segment
from router.privacy.exceptions import LiveExceptions, Lowered, PathPattern, live

CONTENT = Segment(".messages[3].content", "…")


def at(day: date, **time: int) -> float:
    return (
        datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
        + timedelta(**time).total_seconds()
    )


@pytest.mark.parametrize(
    ("now_s", "is_live", "days_left"),
    [
        (at(APPROVED_ON, seconds=-1), False, 122),
        (at(APPROVED_ON), True, 122),
        (at(EXPIRES), True, 1),
        (at(EXPIRES, hours=23, minutes=59, seconds=59), True, 1),
        (at(EXPIRES, hours=24), False, 0),
        (at(EXPIRES, days=400), False, 0),
    ],
)
def test_it_holds_from_its_approval_to_the_end_of_its_last_day(
    now_s: float, is_live: bool, days_left: int
) -> None:
    excepted = exception("PERSON")
    assert excepted.is_live(now_s) is is_live
    assert excepted.days_left(now_s) == days_left


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        (".messages[*].content", ".messages[3].content", True),
        (".messages[*].content", ".messages[31].content", True),
        (".messages[*].content", ".messages[3].content[0].text", False),
        (".messages[*].content", ".messages[3].tool_calls[0].content", False),
        (".messages[*].content", ".messages[*].content", False),
        (".messages[0].content", ".messages[0].content", True),
        (".messages[0].content", ".messages[10].content", False),
        (".messages[*].content*", ".messages[3].content[0].text", True),
        (".tools*", ".tools[0].function.description", True),
        (".tools*", ".messages[0].tools", False),
        ("*.text", ".messages[3].content[0].text", True),
        ("*", ".anything(json).*[2]", True),
        (".metadata.*", ".metadata.*", True),
        (".metadata.*", ".metadatas*", False),
        (".tools**name", ".tools[0].function.name", True),
        ("*[*].name*", ".tools[0].function.name", False),
        ("*[*].name*", ".messages[4].name", True),
        (".a*b[*]*c", ".axbb[1]xc", True),
        (".a*b*b*c", ".abc", False),
        (".a*b*b*c", ".abbc", True),
        (".a.b", ".aXb", False),
        (".x", ".x\n", False),
        (".x*", ".x\n.y", True),
    ],
)
def test_a_pattern_of_paths(pattern: str, path: str, matches: bool) -> None:
    assert PathPattern.parse(pattern).matches(path) is matches


FIXED, ANYTHING = st.text("ab.[]12(\n", max_size=6), st.text("ab.[]12*(\n", max_size=12)


@given(st.lists(st.tuples(FIXED, ANYTHING), max_size=4), FIXED)
def test_any_text_may_stand_for_a_star(parts: list[tuple[str, str]], last: str) -> None:
    pattern = "".join(f"{fixed}*" for fixed, _ in parts) + last
    assume("[*]" not in pattern)  # which means something else
    path = "".join(fixed + anything for fixed, anything in parts) + last
    assert PathPattern.parse(pattern).matches(path)
    if parts and parts[0][0]:
        assert not PathPattern.parse(pattern).matches("#" + path)


def test_many_stars_do_not_make_a_path_slow() -> None:
    pattern = PathPattern.parse("." + "*a" * 90)
    assert not pattern.matches("." + "a" * 89 + "b" * 200)
    assert pattern.matches("." + "ba" * 90)


def test_it_covers_its_types_where_its_paths_say() -> None:
    limited = exception("PERSON", paths=[".tools*", ".messages[*].content"])
    assert limited.covers("PERSON", CONTENT)
    assert not limited.covers("PHONE_NUMBER", CONTENT)
    assert not limited.covers("PERSON", Segment(".prompt", "…"))


def test_where_something_stands_that_has_no_place_only_unlimited_ones_hold() -> None:
    seam = Segment(CONTENT.path, "…", joined=True)
    for nowhere in (None, seam):
        assert not exception("PERSON", paths=["*"]).covers("PERSON", nowhere)
        assert exception("PERSON").covers("PERSON", nowhere)


def test_of_several_the_lowest_counts_and_all_are_named() -> None:
    both = LiveExceptions(
        (
            exception("US_SSN", lowers_to=DataClass.CONFIDENTIAL, name="b"),
            exception("US_SSN", lowers_to=DataClass.INTERNAL, name="a", paths=[".messages*"]),
            exception("PERSON", name="c"),
        )
    )
    lowered = both.lowered("US_SSN", CONTENT, DataClass.RESTRICTED)
    assert lowered == Lowered(DataClass.INTERNAL, ("a", "b"))
    elsewhere = both.lowered("US_SSN", Segment(".prompt", "…"), DataClass.RESTRICTED)
    assert elsewhere == Lowered(DataClass.CONFIDENTIAL, ("b",))
    assert both.lowered("EMAIL_ADDRESS", CONTENT, DataClass.CONFIDENTIAL) is None


@given(st.sampled_from(DataClass), st.sampled_from(DataClass))
def test_nothing_is_ever_raised(meant: DataClass, lowers_to: DataClass) -> None:
    excepted = LiveExceptions((exception("PERSON", lowers_to=lowers_to),))
    lowered = excepted.lowered("PERSON", CONTENT, meant)
    assert lowered is not None
    assert lowered.data_class <= meant


def test_only_those_of_the_team_and_the_day_count() -> None:
    ours = exception("PERSON", name="ours")
    theirs = exception("PERSON", team="another", name="theirs")
    assert live([ours, theirs], "claims", LIVE_S).exceptions == (ours,)
    assert live([ours, theirs], "another", LIVE_S).exceptions == (theirs,)
    assert live([ours, theirs], "nobody", LIVE_S).exceptions == ()
    assert live([ours, theirs], "claims", EXPIRED_S).exceptions == ()


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        ({"PERSON"}, Lowered(DataClass.INTERNAL, ("ticket-1",))),
        ({"PERSON", "DATE"}, Lowered(DataClass.CONFIDENTIAL, ("other", "ticket-1"))),
        ({"PERSON", "US_SSN"}, None),
        ({"PHONE_NUMBER"}, None),  # limited to paths, and nobody knows where it stood
        (set(), None),
        (None, None),
    ],
)
def test_what_is_inherited_is_lowered_if_all_of_its_cause_is_known_and_covered(
    cause: set[str] | None, expected: Lowered | None
) -> None:
    excepted = LiveExceptions(
        (
            exception("PERSON"),
            exception("DATE", lowers_to=DataClass.CONFIDENTIAL, name="other"),
            exception("PHONE_NUMBER", paths=["*"], name="limited"),
        )
    )
    assert excepted.lowered_cause(cause, DataClass.RESTRICTED) == expected


def test_it_travels_to_another_process() -> None:
    excepted = exception("PERSON", paths=[".tools*"])
    assert pickle.loads(pickle.dumps(excepted)) == excepted
