"""What is kept of an answer (I9), and what becomes of it when the same words are marked again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine

from router.domain import DataClass
from router.privacy.taint_store import Sticking, TaintMarks, TaintStore, add_marks, prune, taint
from router.store.database import connect

A, B, C = (bytes([number]) * 16 for number in range(3))
SECRET, RESTRICTED = DataClass.CONFIDENTIAL, DataClass.RESTRICTED
PERSON, PHONE = frozenset({"PERSON"}), frozenset({"PHONE_NUMBER"})


@pytest.fixture
def engine(migrated_sqlite: Path) -> Iterator[Engine]:
    engine = connect(f"sqlite:///{migrated_sqlite}")
    yield engine
    engine.dispose()


def mark(engine: Engine, *marks: TaintMarks) -> None:
    with engine.begin() as connection:
        for each in marks:
            add_marks(connection, each)


def marks(
    *keys: bytes,
    data_class: DataClass = RESTRICTED,
    expires_at_s: float = 100,
    cause: frozenset[str] | None = None,
) -> TaintMarks:
    return TaintMarks(frozenset(keys), data_class, expires_at_s, cause)


def test_everything_different_that_sticks_is_found(engine: Engine) -> None:
    mark(
        engine,
        marks(A, cause=PERSON),
        marks(B, data_class=SECRET, cause=PERSON | PHONE),
        marks(C),
    )
    store = TaintStore(engine)
    assert store.inherited(frozenset({A, B}), 0) == {
        Sticking(RESTRICTED, PERSON),
        Sticking(SECRET, PERSON | PHONE),
    }
    assert store.inherited(frozenset({C, b"x" * 16}), 0) == {Sticking(RESTRICTED, None)}
    assert store.inherited(frozenset({b"x" * 16}), 0) == frozenset()
    assert store.inherited(frozenset({A, B}), 100) == frozenset()


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((SECRET, PERSON), (SECRET, PHONE), (SECRET, PERSON | PHONE)),
        ((SECRET, PERSON), (RESTRICTED, PHONE), (RESTRICTED, PERSON | PHONE)),
        ((SECRET, PERSON), (SECRET, None), (SECRET, None)),
        # If only the higher one counted, excepting that would take away the other one too.
        ((SECRET, None), (RESTRICTED, PERSON), (RESTRICTED, None)),
    ],
)
def test_marked_twice_it_is_due_to_both_whichever_came_first(
    engine: Engine,
    first: tuple[DataClass, frozenset[str] | None],
    second: tuple[DataClass, frozenset[str] | None],
    expected: tuple[DataClass, frozenset[str] | None],
) -> None:
    one, other = (marks(A, data_class=of[0], cause=of[1]) for of in (first, second))
    mark(engine, one, other)
    assert TaintStore(engine).inherited(frozenset({A}), 0) == {Sticking(*expected)}
    mark(engine, marks(B, data_class=second[0], cause=second[1]))
    mark(engine, marks(A, B, data_class=first[0], cause=first[1]))
    assert TaintStore(engine).inherited(frozenset({B}), 0) == {Sticking(*expected)}


def test_the_later_expiry_counts_whichever_came_first(engine: Engine) -> None:
    mark(engine, marks(A, expires_at_s=100), marks(B, expires_at_s=50))
    mark(engine, marks(A, B, expires_at_s=70, data_class=SECRET))
    with engine.begin() as connection:
        assert prune(connection, 60) == 0
        assert prune(connection, 70) == 1
    assert TaintStore(engine).inherited(frozenset({A, B}), 80) == {Sticking(RESTRICTED, None)}


@pytest.mark.parametrize(
    "cause",
    [frozenset(), frozenset({"TWO WORDS"}), frozenset({""}), frozenset({"X" * 1025})],
    ids=["nothing", "two words", "empty", "too long"],
)
def test_a_cause_that_cannot_be_written_down_is_not_known(
    engine: Engine, cause: frozenset[str]
) -> None:
    mark(engine, marks(A, cause=cause), marks(B, cause=PERSON))
    mark(engine, marks(B, cause=cause))
    assert TaintStore(engine).inherited(frozenset({A, B}), 0) == {Sticking(RESTRICTED, None)}


CAUSES = st.none() | st.frozensets(st.sampled_from(["PERSON", "PHONE_NUMBER", "X"]), min_size=1)
MARKS = st.builds(
    TaintMarks,
    st.frozensets(st.sampled_from([A, B, C]), min_size=1),
    st.sampled_from([SECRET, RESTRICTED]),
    st.integers(1, 9).map(float),
    CAUSES,
)


@given(st.lists(MARKS, max_size=6), st.randoms())
def test_in_whichever_order_answers_are_marked_the_same_sticks(
    given_marks: list[TaintMarks], random: object
) -> None:
    shuffled = list(given_marks)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    kept = []
    for order in (given_marks, shuffled):
        engine = create_engine("sqlite://")
        taint.create(engine)
        mark(engine, *order)
        with engine.connect() as connection:
            kept.append(sorted(map(tuple, connection.execute(taint.select()))))
        engine.dispose()
    assert kept[0] == kept[1]
    for key, data_class, expires_at_s, cause in kept[0]:
        of_key = [each for each in given_marks if key in each.keys]
        assert data_class == max(each.data_class for each in of_key)
        assert expires_at_s == max(each.expires_at_s for each in of_key)
        known = all(each.cause for each in of_key)
        union = frozenset[str]().union(*(each.cause or frozenset() for each in of_key))
        assert cause == (" ".join(sorted(union)) if known else None)
