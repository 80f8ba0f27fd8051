"""What arrived outside is a leak if it had to stay, whoever says so, and is counted once."""

from __future__ import annotations

import pytest
from leak_cases import arrived, asked, evidence, record

from benchmarks.leak.client import ANSWERED, CONNECTION_LOST, Seen
from benchmarks.leak.count import (
    Evidence,
    LeakKind,
    detection_leaks,
    enforcement_leaks,
    unrecorded_answers,
)
from benchmarks.leak.tally import tally
from router.domain import Basis, DataClass

RESTRICTED = {"data_class": DataClass.RESTRICTED, "basis": frozenset({Basis.DETECTED})}
LOST = Seen(CONNECTION_LOST)

LEAKS = {
    LeakKind.CLASSIFIED: evidence([asked(sensitive=True)], {0: record(**RESTRICTED)}, arrived(0)),
    LeakKind.DEMANDED: evidence([asked(private=True)], {0: record()}, arrived(0)),
    LeakKind.STUCK: evidence([asked(sticks=True)], {0: record()}, arrived(0)),
    LeakKind.UNRECORDED: evidence([asked(seen=LOST)], {}, arrived(0)),
    LeakKind.NOT_PERMITTED: evidence(
        [asked()], {0: record(permitted=frozenset({"private-model@1"}))}, arrived(0)
    ),
    LeakKind.REPEATED: evidence([asked()], {0: record()}, arrived(0), arrived(0)),
    LeakKind.ASTRAY: evidence([asked(0), asked(1)], {0: record(0), 1: record(1)}, arrived(0, 1)),
    LeakKind.NOBODYS: evidence([asked()], {0: record()}, arrived()),
}


@pytest.mark.parametrize("kind", LeakKind)
def test_every_kind_of_enforcement_leak_is_found(kind: LeakKind) -> None:
    assert [leak.kind for leak in enforcement_leaks(LEAKS[kind])] == [kind]
    assert detection_leaks(LEAKS[kind]) <= {0, 1}
    assert tally(LEAKS[kind]).enforcement.by_kind[kind] == 1


@pytest.mark.parametrize(
    "demand",
    [
        {"declared": DataClass.CONFIDENTIAL},
        {"floor": DataClass.RESTRICTED},
        {"purpose": "casework"},
        {"private": True},
    ],
)
def test_what_its_sender_wants_to_stay_has_to(demand: dict[str, object]) -> None:
    found = evidence([asked(**demand)], {0: record()}, arrived(0))
    assert [leak.kind for leak in enforcement_leaks(found)] == [LeakKind.DEMANDED]


def test_what_the_answer_s_header_says_counts_as_the_record_does() -> None:
    said = Seen(ANSWERED, "id-0", DataClass.RESTRICTED)
    found = evidence([asked(seen=said)], {0: record()}, arrived(0))
    assert [leak.kind for leak in enforcement_leaks(found)] == [LeakKind.CLASSIFIED]


def test_a_request_that_leaked_twice_is_one_leak() -> None:
    found = evidence(
        [asked(sensitive=True)], {0: record(**RESTRICTED)}, arrived(0), arrived(0), arrived(0)
    )
    assert len(enforcement_leaks(found)) == 1
    assert tally(found).enforcement.leaks.hits == 1


def test_what_was_missed_and_sent_outside_is_a_detection_leak_and_no_other() -> None:
    found = evidence([asked(sensitive=True)], {0: record()}, arrived(0))
    assert enforcement_leaks(found) == []
    assert detection_leaks(found) == {0}
    overall, structured = tally(found).detection
    assert (overall.leaks.hits, overall.leaks.n, overall.missed.hits) == (1, 1, 1)
    assert structured.category == "structured"


def test_what_was_missed_and_stayed_is_a_miss_and_no_leak() -> None:
    overall, *_ = tally(evidence([asked(sensitive=True)], {0: record()})).detection
    assert (overall.leaks.hits, overall.missed.hits) == (0, 1)


def test_a_detector_is_not_credited_with_what_others_kept_inside() -> None:
    kept = {"data_class": DataClass.RESTRICTED}
    found = evidence(
        [asked(number, sensitive=True, private=number == 0) for number in range(3)],
        {
            0: record(0),
            1: record(1, **kept, basis=frozenset({Basis.UNDETERMINED})),
            2: record(2, **kept, basis=frozenset({Basis.KEY_FLOOR})),
        },
    )
    overall, *_ = tally(found).detection
    assert (overall.leaks.n, overall.missed.n) == (3, 0)


def test_harmless_requests_that_went_outside_or_were_kept_are_counted() -> None:
    found = evidence(
        [asked(0), asked(1), asked(2)],
        {
            0: record(0),
            1: record(1, **RESTRICTED),
            2: record(2, data_class=DataClass.RESTRICTED, basis=frozenset({Basis.UNDETERMINED})),
        },
        arrived(0),
    )
    harmless = tally(found).harmless
    assert (harmless.outside.hits, harmless.outside.n) == (1, 3)
    assert (harmless.forced.hits, harmless.forced.n) == (1, 2)
    assert harmless.undetermined == 1


def test_a_conversation_may_bring_its_earlier_turns_along() -> None:
    found = evidence([asked(0), asked(1, earlier=0)], {0: record(0), 1: record(1)}, arrived(0, 1))
    assert enforcement_leaks(found) == []


def test_an_earlier_turn_that_had_to_stay_leaks_with_a_later_one() -> None:
    found = evidence(
        [asked(0, sensitive=True), asked(1, earlier=0)],
        {0: record(0, **RESTRICTED), 1: record(1)},
        arrived(0, 1),
    )
    assert [(leak.number, leak.kind) for leak in enforcement_leaks(found)] == [
        (0, LeakKind.CLASSIFIED)
    ]


def test_what_is_asked_again_without_the_demand_to_stay_may_leave() -> None:
    found = evidence(
        [asked(0, private=True), asked(1, earlier=0)], {0: record(0), 1: record(1)}, arrived(0, 1)
    )
    assert enforcement_leaks(found) == []


def test_half_a_request_without_a_mark_is_nobody_s_and_no_leak() -> None:
    found = evidence([asked()], {0: record()}, arrived(complete=False), arrived(has_body=False))
    assert enforcement_leaks(found) == []


def test_without_an_outcome_the_policy_s_own_bound_holds_for_tries() -> None:
    open_record = record(status=None, attempts=None)
    within = evidence([asked(seen=LOST)], {0: open_record}, *[arrived(0)] * 2)
    beyond = evidence([asked(seen=LOST)], {0: open_record}, *[arrived(0)] * 3)
    assert enforcement_leaks(within) == []
    assert [leak.kind for leak in enforcement_leaks(beyond)] == [LeakKind.REPEATED]


@pytest.mark.parametrize(
    ("found", "count"),
    [
        (evidence([asked()], {0: record()}), 0),
        (evidence([asked()], {}), 1),
        (evidence([asked()], {0: record(status=None)}), 1),
        (evidence([asked()], {0: record(request_id="another")}), 1),
        (evidence([asked(seen=LOST)], {}), 0),
    ],
)
def test_a_whole_answer_without_its_record_is_counted(found: Evidence, count: int) -> None:
    assert len(unrecorded_answers(found)) == count
