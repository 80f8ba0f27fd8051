"""What a request inherits (I9), and when an exception takes a past false positive off it."""

from __future__ import annotations

from exception_tables import exception

from router.domain import DataClass
from router.privacy.exceptions import LiveExceptions, PolicyException
from router.privacy.stickiness import Inheritance, inheritance_of
from router.privacy.taint_store import Sticking

PERSON, PHONE = frozenset({"PERSON"}), frozenset({"PHONE_NUMBER"})
CONFIDENTIAL, RESTRICTED = DataClass.CONFIDENTIAL, DataClass.RESTRICTED


def inherited(sticking: set[Sticking], *exceptions: PolicyException) -> Inheritance:
    return inheritance_of(frozenset(sticking), LiveExceptions(exceptions))


def test_nothing_sticks_to_what_nobody_answered() -> None:
    assert inherited(set(), exception("PERSON")) == Inheritance(None, complete=True)


def test_the_highest_counts() -> None:
    both = {Sticking(CONFIDENTIAL, PERSON), Sticking(RESTRICTED, PHONE)}
    assert inherited(both) == Inheritance(
        RESTRICTED, complete=True, exceptions=(), cause=PERSON | PHONE
    )


def test_what_is_due_to_an_excepted_type_alone_is_lowered_and_says_by_what() -> None:
    found = inherited({Sticking(CONFIDENTIAL, PERSON)}, exception("PERSON"))
    assert found.data_class is DataClass.INTERNAL
    assert found.exceptions == ("ticket-1",)


def test_what_is_due_to_another_type_as_well_is_not() -> None:
    found = inherited({Sticking(CONFIDENTIAL, PERSON | PHONE)}, exception("PERSON"))
    assert (found.data_class, found.exceptions) == (CONFIDENTIAL, ())


def test_what_nobody_knows_the_cause_of_is_not() -> None:
    found = inherited({Sticking(CONFIDENTIAL, None)}, exception("PERSON"))
    assert (found.data_class, found.exceptions, found.cause) == (CONFIDENTIAL, (), None)


def test_an_exception_for_some_paths_says_nothing_about_the_past() -> None:
    found = inherited({Sticking(CONFIDENTIAL, PERSON)}, exception("PERSON", paths=["*"]))
    assert (found.data_class, found.exceptions) == (CONFIDENTIAL, ())


def test_one_past_that_is_lowered_lowers_no_other() -> None:
    both = {Sticking(RESTRICTED, PERSON), Sticking(CONFIDENTIAL, PHONE)}
    found = inherited(both, exception("PERSON"))
    assert found == Inheritance(
        CONFIDENTIAL, complete=True, exceptions=("ticket-1",), cause=PERSON | PHONE
    )


def test_one_unknown_cause_makes_the_whole_unknown() -> None:
    assert inherited({Sticking(RESTRICTED, PERSON), Sticking(CONFIDENTIAL, None)}).cause is None
