"""What findings mean together, and how little of that an exception takes away."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from exception_tables import exception
from hypothesis import given
from hypothesis import strategies as st

from router.domain import DataClass, Finding, Segment
from router.privacy.assess import Assessment, assess
from router.privacy.exceptions import LiveExceptions, PolicyException
from router.privacy.rules import Combination, DetectionRules

RULES = DetectionRules(
    default_class=DataClass.INTERNAL,
    team_floors={},
    entity_classes={
        "CITY": DataClass.PUBLIC,
        "DATE_OF_BIRTH": DataClass.INTERNAL,
        "PERSON": DataClass.CONFIDENTIAL,
        "US_SSN": DataClass.RESTRICTED,
    },
    min_score=0.4,
    max_characters=1_000,
    combinations=(
        Combination(frozenset({"PERSON", "DATE_OF_BIRTH"}), DataClass.RESTRICTED),
        Combination(frozenset({"CITY", "DATE_OF_BIRTH"}), DataClass.CONFIDENTIAL),
    ),
)
SEGMENTS = (Segment(".messages[0].content", "…"), Segment(".tools[0].function.description", "…"))
TYPES = [*RULES.entity_classes, "NEVER_HEARD_OF"]


def found(*places: tuple[str, int] | str) -> list[Finding]:
    named = [place if isinstance(place, tuple) else (place, 0) for place in places]
    return [Finding(entity_type, segment, 0, 1, 0.9) for entity_type, segment in named]


def assessed(findings: Sequence[Finding], *exceptions: PolicyException) -> Assessment:
    return assess(findings, SEGMENTS, RULES, LiveExceptions(exceptions))


@pytest.mark.parametrize(
    ("findings", "data_class", "cause"),
    [
        (found(), None, set()),
        (found("CITY"), DataClass.PUBLIC, set()),
        (found("PERSON", "CITY"), DataClass.CONFIDENTIAL, {"PERSON"}),
        (found("PERSON", "US_SSN"), DataClass.RESTRICTED, {"PERSON", "US_SSN"}),
        (found("PERSON", "DATE_OF_BIRTH"), DataClass.RESTRICTED, {"PERSON", "DATE_OF_BIRTH"}),
        (found("CITY", "DATE_OF_BIRTH"), DataClass.CONFIDENTIAL, {"CITY", "DATE_OF_BIRTH"}),
        (found("NEVER_HEARD_OF"), DataClass.RESTRICTED, {"NEVER_HEARD_OF"}),
    ],
)
def test_without_exceptions(
    findings: list[Finding], data_class: DataClass | None, cause: set[str]
) -> None:
    assert assessed(findings) == Assessment(data_class, (), frozenset(cause))


def test_a_covered_finding_counts_for_less_and_is_no_cause() -> None:
    assert assessed(found("PERSON"), exception("PERSON")) == Assessment(
        DataClass.INTERNAL, ("ticket-1",), frozenset()
    )


def test_one_that_still_counts_for_something_stays_a_cause() -> None:
    to_confidential = exception("US_SSN", lowers_to=DataClass.CONFIDENTIAL)
    assert assessed(found("US_SSN"), to_confidential) == Assessment(
        DataClass.CONFIDENTIAL, ("ticket-1",), frozenset({"US_SSN"})
    )


def test_a_covered_finding_takes_no_part_in_a_combination() -> None:
    findings = found("PERSON", "DATE_OF_BIRTH")
    without_person = assessed(findings, exception("PERSON"))
    assert without_person.data_class is DataClass.INTERNAL
    without_date = assessed(findings, exception("DATE_OF_BIRTH"))
    assert without_date.data_class is DataClass.CONFIDENTIAL
    assert without_date.cause == {"PERSON"}


def test_the_same_type_elsewhere_counts_in_full() -> None:
    in_tools = exception("PERSON", paths=[".tools*"])
    assert assessed(found(("PERSON", 1)), in_tools).data_class is DataClass.INTERNAL
    both = assessed(found(("PERSON", 1), ("PERSON", 0)), in_tools)
    assert both == Assessment(DataClass.CONFIDENTIAL, ("ticket-1",), frozenset({"PERSON"}))


def test_another_finding_keeps_its_class() -> None:
    both = assessed(found("PERSON", "US_SSN"), exception("PERSON"))
    assert both == Assessment(DataClass.RESTRICTED, ("ticket-1",), frozenset({"US_SSN"}))


def test_a_finding_in_no_segment_is_covered_by_no_path() -> None:
    assert assessed(found(("PERSON", 7)), exception("PERSON", paths=["*"])).exceptions == ()


FINDINGS = st.lists(
    st.tuples(st.sampled_from(TYPES), st.integers(0, 1)).map(lambda place: found(place)[0]),
    max_size=6,
)
EXCEPTIONS = st.builds(
    lambda types, lowers_to, paths: exception(*types, lowers_to=lowers_to, paths=paths),
    st.sets(st.sampled_from(TYPES), min_size=1),
    st.sampled_from(DataClass),
    st.sampled_from([None, [".tools*"], [".messages[*].content"]]),
)


@given(FINDINGS, st.lists(EXCEPTIONS, max_size=3))
def test_exceptions_only_lower_and_only_what_they_cover(
    findings: list[Finding], exceptions: list[PolicyException]
) -> None:
    full, less = assessed(findings), assessed(findings, *exceptions)
    assert (full.data_class is None) == (less.data_class is None) == (not findings)
    if full.data_class is None or less.data_class is None:
        return
    assert less.data_class <= full.data_class
    uncovered = [
        finding
        for finding in findings
        if not any(e.covers(finding.entity_type, SEGMENTS[finding.segment]) for e in exceptions)
    ]
    alone = assessed(uncovered).data_class
    assert alone is None or less.data_class >= alone
    assert bool(less.exceptions) == (len(uncovered) < len(findings))
    if not less.exceptions:
        assert less == full


@given(FINDINGS)
def test_what_is_above_the_default_has_a_cause_whose_absence_takes_it_away(
    findings: list[Finding],
) -> None:
    result = assessed(findings)
    assert bool(result.cause) == ((result.data_class or 0) > RULES.default_class)
    rest = assessed([finding for finding in findings if finding.entity_type not in result.cause])
    assert (rest.data_class or 0) <= RULES.default_class
