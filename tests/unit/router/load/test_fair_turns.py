"""Teams take turns by what they have had; inside a team who came first goes first."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from router.load.fair_queue import FairQueue, Visitor
from router.load.rules import Lane


def visitor(team: str, cost: float = 1.0, weight: float = 1.0) -> Visitor:
    return Visitor(Lane.MUST_STAY, team, cost, weight)


def anybody(_: str) -> bool:
    return True


def popped(queue: FairQueue, count: int) -> list[str]:
    return [queue.pop(anybody).team for _ in range(count)]  # type: ignore[union-attr]


def filled(*visitors: Visitor) -> FairQueue:
    queue = FairQueue()
    for each in visitors:
        queue.push(each)
    return queue


WEIGHTS = {"a": 1.0, "b": 2.0, "c": 0.5}
VISITORS = st.lists(
    st.builds(
        lambda team, cost: visitor(team, cost, WEIGHTS[team]),
        st.sampled_from(sorted(WEIGHTS)),
        st.integers(1, 5_000),
    ),
    max_size=60,
)


@given(VISITORS)
def test_everybody_goes_once_and_in_order_within_a_team(visitors: list[Visitor]) -> None:
    queue = filled(*visitors)
    went = [queue.pop(anybody) for _ in visitors]
    assert queue.pop(anybody) is None
    for team in WEIGHTS:
        assert [v for v in went if v and v.team == team] == [v for v in visitors if v.team == team]


@given(VISITORS)
def test_teams_that_wait_have_had_the_same_by_weight(visitors: list[Visitor]) -> None:
    """Goyal, Vin and Cheng, theorem 1: apart by no more than the largest request of each."""
    queue = filled(*visitors)
    largest = {
        team: max((v.cost for v in visitors if v.team == team), default=0.0) for team in WEIGHTS
    }
    left = {team: sum(v.team == team for v in visitors) for team in WEIGHTS}
    had = dict.fromkeys(WEIGHTS, 0.0)
    for _ in visitors:
        went = queue.pop(anybody)
        assert went is not None
        left[went.team] -= 1
        had[went.team] += went.cost / went.weight
        for one, other in combinations([team for team in WEIGHTS if left[team]], 2):
            allowed = largest[one] / WEIGHTS[one] + largest[other] / WEIGHTS[other]
            assert abs(had[one] - had[other]) <= allowed + 1e-6


def test_one_request_goes_before_the_rest_of_a_flood() -> None:
    queue = filled(*[visitor("flood") for _ in range(100)])
    popped(queue, 10)
    queue.push(visitor("quiet"))
    assert popped(queue, 1) == ["quiet"]


def test_a_team_of_twice_the_weight_has_twice_as_many_turns() -> None:
    queue = filled(*[visitor("a") for _ in range(30)], *[visitor("b", weight=2) for _ in range(30)])
    assert popped(queue, 30).count("b") == 20


def test_long_requests_cost_turns() -> None:
    queue = filled(*[visitor("a", 10) for _ in range(30)], *[visitor("b", 1) for _ in range(30)])
    assert popped(queue, 22).count("b") == 20


def test_what_a_team_has_not_used_is_not_saved_up() -> None:
    queue = filled(*[visitor("busy") for _ in range(100)])
    popped(queue, 50)
    for _ in range(20):
        queue.push(visitor("back"))
    assert popped(queue, 20).count("back") == 10


def test_a_team_that_may_not_go_holds_nobody_up() -> None:
    queue = filled(visitor("a"), visitor("b"))
    went = queue.pop(lambda team: team != "a")
    assert went is not None
    assert went.team == "b"
    assert queue.pop(lambda team: team != "a") is None
    assert len(queue) == 1


def test_who_leaves_the_queue_has_not_had_a_turn() -> None:
    gone = [visitor("a", 1_000) for _ in range(5)]
    queue = filled(*gone, visitor("a"), visitor("b"), visitor("b"))
    for each in gone:
        queue.discard(each)
        queue.discard(each)
    assert sorted(popped(queue, 2)) == ["a", "b"]


def test_a_full_queue_turns_away_the_last_of_those_who_have_most_in_it() -> None:
    flood = [visitor("flood") for _ in range(3)]
    quiet = visitor("quiet")
    queue = filled(*flood, quiet)
    assert queue.pop_newest_of_longest() is flood[-1]
    assert len(queue) == 3
