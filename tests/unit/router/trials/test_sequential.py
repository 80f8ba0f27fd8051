"""A canary is halted for harm, and not for having been looked at."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.trials.sequential import LONGEST_BLOCK, NotWorse, confidence_sequence

ALPHA = 0.05


def answers_until_alarm(
    random: Random, *, canary: float, champion: float, margin: float, requests: int
) -> int | None:
    """How many answers of the canary's it took, looked at after each; None for no alarm."""
    bet = NotWorse(margin)
    for _ in range(requests):
        if random.random() < 0.2:
            bet.canary_answered(bad=random.random() < canary)
            if bet.shows_harm(ALPHA):
                return bet.canary.answers
        else:
            bet.champion_answered(bad=random.random() < champion)
    return None


@pytest.mark.parametrize(
    ("canary", "champion", "margin"), [(0.05, 0.05, 0.0), (0.07, 0.05, 0.02), (0.5, 0.5, 0.0)]
)
def test_who_looks_after_every_answer_is_alarmed_falsely_no_more_often_than_promised(
    canary: float, champion: float, margin: float
) -> None:
    random, runs = Random(5), 100
    alarms = sum(
        answers_until_alarm(random, canary=canary, champion=champion, margin=margin, requests=5_000)
        is not None
        for _ in range(runs)
    )
    # 0.05 of 100 are 5; at exactly that rate more than 10 would be one run in eighty.
    assert alarms <= 10


def test_a_canary_that_fails_twice_as_often_is_found_within_1500_of_its_answers() -> None:
    random, runs = Random(6), 60
    found = [
        answers_until_alarm(random, canary=0.10, champion=0.05, margin=0.01, requests=7_500)
        for _ in range(runs)
    ]
    assert sum(each is not None and each <= 1_500 for each in found) >= 0.95 * runs


def test_one_that_always_fails_is_found_within_20_of_its_answers() -> None:
    random = Random(7)
    for _ in range(50):
        found = answers_until_alarm(random, canary=1.0, champion=0.05, margin=0.02, requests=400)
        assert found is not None
        assert found <= 20


def test_an_hour_that_is_bad_for_everybody_is_no_evidence() -> None:
    random, runs, alarms = Random(8), 60, 0
    for _ in range(runs):
        bet = NotWorse(0.0)
        for request in range(3_000):
            rate = 0.6 if 1_000 <= request < 1_500 else 0.02
            if random.random() < 0.1:
                bet.canary_answered(bad=random.random() < rate)
            else:
                bet.champion_answered(bad=random.random() < rate)
        alarms += bet.shows_harm(ALPHA)
    # 0.05 of 60 are 3; at exactly that rate more than 7 would be one run in fifty.
    assert alarms <= 7


def test_what_has_nothing_to_be_compared_with_proves_nothing() -> None:
    bet = NotWorse(0.0)
    for _ in range(1_000):
        bet.canary_answered(bad=True)
    assert bet.peak == 1.0
    assert bet.canary.rate == 1.0


def test_the_champion_s_answers_of_long_ago_do_not_count() -> None:
    bet = NotWorse(0.0)
    for _ in range(10 * LONGEST_BLOCK):
        bet.champion_answered(bad=False)
    for _ in range(LONGEST_BLOCK):
        bet.champion_answered(bad=True)
    bet.canary_answered(bad=True)
    assert bet.peak == 1.0


@given(
    told=st.lists(st.tuples(st.booleans(), st.booleans()), max_size=300), margin=st.floats(0, 0.5)
)
def test_the_bet_never_goes_below_nothing_and_its_peak_never_falls(
    told: list[tuple[bool, bool]], margin: float
) -> None:
    bet, peak = NotWorse(margin), 1.0
    for is_canary, bad in told:
        if is_canary:
            bet.canary_answered(bad=bad)
        else:
            bet.champion_answered(bad=bad)
        assert bet.e_value > 0.0
        assert bet.peak >= max(peak, bet.e_value)
        peak = bet.peak


@given(answers=st.integers(0, 5_000), part=st.floats(0, 1), alpha=st.floats(1e-6, 0.5))
def test_the_bounds_of_a_rate_have_the_rate_between_them(
    answers: int, part: float, alpha: float
) -> None:
    bad = round(answers * part)
    low, high = confidence_sequence(bad, answers, alpha)
    assert 0.0 <= low <= high <= 1.0
    if answers:
        assert low <= bad / answers <= high


@pytest.mark.parametrize("rate", [0.0, 0.05, 0.5, 1.0])
def test_the_bounds_hold_at_all_times_together(rate: float) -> None:
    random, runs, left = Random(9), 25, 0
    for _ in range(runs):
        bad = 0
        for answers in range(1, 151):
            bad += random.random() < rate
            low, high = confidence_sequence(bad, answers, ALPHA)
            if not low <= rate <= high:
                left += 1
                break
    assert left <= 4
