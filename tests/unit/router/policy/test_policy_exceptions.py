"""An exception that was not reviewed, does not end or may not be is refused, with line and cure."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from policy_tables import LABELS, document, model, policy, refused, rules_of

from router.config.yaml_document import parse_yaml
from router.domain import DataClass
from router.errors import ConfigError
from router.policy.exceptions import warnings
from router.privacy.exceptions import NEVER_EXCEPTED, PolicyException

MODELS = [model("home", on_prem=True, approved=LABELS)]
TICKET = {
    "id": "ticket-4711",
    "team": "claims",
    "entity_types": ["PERSON", "DATE_OF_BIRTH"],
    "paths": [".messages[*].content", ".tools*"],
    "lowers_to": "internal",
    "reason": "Claim numbers have the form of names.",
    "approved_by": ["A. Author", "R. Reviewer"],
    "approved_on": "2026-07-04",
    "expires": "2026-12-31",
}


def written(*exceptions: dict[str, object]) -> dict[str, object]:
    made = policy({"private": ["home"]}, {label: {"any": ["private"]} for label in LABELS})
    made["detection"] |= {  # type: ignore[operator]
        "entity_types": {
            "CITY": "public",
            "DATE_OF_BIRTH": "internal",
            "PERSON": "confidential",
            "US_SSN": "restricted",
            **dict.fromkeys(NEVER_EXCEPTED, "restricted"),
        },
        "combinations": [{"entity_types": ["PERSON", "DATE_OF_BIRTH"], "data_class": "restricted"}],
    }
    return made | {"exceptions": list(exceptions)}


def loaded(*exceptions: dict[str, object]) -> tuple[PolicyException, ...]:
    rules = rules_of(MODELS, written(*exceptions)).policy
    assert rules.detection.exceptions is rules.taint.exceptions
    return rules.detection.exceptions


def test_a_policy_needs_none() -> None:
    made = written()
    del made["exceptions"]
    assert rules_of(MODELS, made).policy.detection.exceptions == ()


def test_what_is_written_is_what_holds() -> None:
    (excepted,) = loaded(TICKET)
    assert excepted.team == "claims"
    assert excepted.entity_types == {"PERSON", "DATE_OF_BIRTH"}
    assert [path.text for path in excepted.paths or ()] == [".messages[*].content", ".tools*"]
    assert excepted.lowers_to is DataClass.INTERNAL
    assert excepted.approved_by == ("A. Author", "R. Reviewer")
    assert (excepted.approved_on, excepted.expires) == (date(2026, 7, 4), date(2026, 12, 31))


def test_without_paths_it_holds_everywhere() -> None:
    everywhere = {key: value for key, value in TICKET.items() if key != "paths"}
    assert loaded(everywhere)[0].paths is None


def test_an_exception_changes_the_digest() -> None:
    without, with_it = (rules_of(MODELS, written(*each)) for each in ((), (TICKET,)))
    assert without.policy.digest != with_it.policy.digest


@pytest.mark.parametrize(
    ("key", "value", "says", "cure"),
    [
        ("id", "Ticket 4711", "no id", "ticket-4711"),
        ("team", "*", "no team", "a-z"),
        ("team", ["claims", "sales"], "not text", "quotes"),
        ("entity_types", [], "not valid", "at least 1"),
        ("entity_types", ["PERSN"], "does not say what", "write `PERSON`"),
        ("entity_types", ["FACE"], "does not say what", "detection.entity_types"),
        ("entity_types", ["CITY"], "does not lower CITY", "remove CITY"),
        *(
            ("entity_types", ["PERSON", entity_type], "may not be excepted", "remove")
            for entity_type in sorted(NEVER_EXCEPTED)
        ),
        ("entity_types", ["UNREADABLE_BLOB"], "may not be excepted", "remove"),
        ("lowers_to", "restricted", "never means more than restricted", "class below"),
        ("lowers_to", "secret", "allowed", "public"),
        ("paths", [], "not valid", "at least 1"),
        ("paths", ["messages"], "no pattern of paths", "begin with"),
        ("paths", [".messages[0-3]"], "no pattern of paths", "[*]"),
        ("paths", [".mesages[*].content"], "the key mesages", "write `messages`"),
        ("paths", [".metadata.ticket"], "the key ticket", "write `*`"),
        ("reason", " \n", "is empty", "say why"),
        ("approved_by", ["A. Author"], "one person", "somebody else"),
        ("approved_by", ["A. Author", " a.  author "], "one person", "somebody else"),
        ("approved_by", ["A. Author", ""], "is empty", "name whoever"),
        ("approved_on", "2026-07-03", "more than 180 days", "2026-12-30"),
        ("approved_on", "2027-01-01", "before it was approved", "from 2027-01-01"),
        ("approved_on", "July", "not valid", "date"),
        ("approved_on", 20260704, "not valid", "date"),
        ("expires", "2026-12-31T23:59", "not valid", "date"),
        ("expires", None, "not valid", "date"),
        ("until", "2026-12-31", "unknown key", "expires"),
    ],
)
def test_what_must_not_start_is_refused_with_line_and_cure(
    key: str, value: object, says: str, cure: str
) -> None:
    made = written(TICKET | {key: value})
    problems = refused(MODELS, made).problems
    matching = [problem for problem in problems if says in problem.problem and cure in problem.cure]
    assert matching, [str(problem) for problem in problems]
    blamed = matching[0].line or 0
    read = document(made, "policy.yaml")
    # What is wrong between two keys is blamed on either of them.
    keys = {key, *(("entity_types",) if key == "lowers_to" else ()), "expires"}
    assert any(0 <= blamed - read.line(("exceptions", 0, each)) <= 3 for each in keys)


@pytest.mark.parametrize("key", [key for key in TICKET if key != "paths"])
def test_nothing_of_it_can_be_left_out(key: str) -> None:
    problems = refused(
        MODELS, written({name: value for name, value in TICKET.items() if name != key})
    ).problems
    assert [problem.cure for problem in problems] == [f"add the key `{key}`"]


def test_two_of_one_name_are_refused() -> None:
    assert "two exceptions are called" in str(refused(MODELS, written(TICKET, TICKET)))


def test_a_date_without_quotes_is_told_to_get_some() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_yaml(b"exceptions:\n  - expires: 2026-12-31\n", "policy.yaml")
    assert caught.value.problems[0].cure == "quote it"
    assert caught.value.problems[0].line == 2


@pytest.mark.parametrize(
    ("day", "says"),
    [
        ("2026-07-03", "lowers nothing before 2026-07-04"),
        ("2026-07-04", None),
        ("2026-12-31", None),
        ("2027-01-01", "expired on 2026-12-31"),
    ],
)
def test_one_that_does_nothing_starts_and_is_warned_of(day: str, says: str | None) -> None:
    made = written(TICKET)
    read = document(made, "policy.yaml")
    now_s = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=UTC).timestamp()
    warned = list(warnings(loaded(TICKET), read, now_s))
    assert [says in warning.problem for warning in warned] == ([True] if says else [])
    assert all(warning.cure and (warning.line or 0) > 60 for warning in warned)
