"""An engine is judged by the tokens it owes: never for load, and never for time not looked at."""

from __future__ import annotations

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from serving.health.judge import Health, Judge, Patience, Sight
from serving.health.patience import LOOP_S, patience_of

PATIENCE = Patience(loop_s=10.0, tokens_s=40.0)
STEP_S = 1.0

looks = st.lists(st.floats(0.01, 5.0), min_size=1, max_size=60)


def judged(sights: list[Sight]) -> list[Health]:
    judge = Judge(PATIENCE, longest_step_s=2 * STEP_S)
    return [judge.look(sight) for sight in sights]


def seen(
    seconds: int, in_flight: int = 1, tokens: bool = False, signs: bool = False
) -> list[Sight]:
    """One look a second; tokens and signs either change at every look or never."""
    return [
        Sight(
            now_s=float(at),
            in_flight=in_flight,
            oldest_s=float(at) if in_flight else 0.0,
            tokens=(float(at),) if tokens else (0.0,),
            signs=(float(at),) if signs else (0.0,),
        )
        for at in range(seconds + 1)
    ]


@given(looks, st.integers(1, 100_000), st.floats(0, 1e6))
def test_an_engine_that_generates_is_healthy_under_any_load_and_however_long_requests_wait(
    steps: list[float], in_flight: int, oldest_s: float
) -> None:
    now_s, ticks = 0.0, count()
    sights = []
    for step_s in steps:
        now_s += step_s
        tick = float(next(ticks))
        sights.append(Sight(now_s, in_flight, oldest_s, (tick,), (tick,)))
    assert set(judged(sights)) == {Health.HEALTHY}


@given(st.integers(0, 500), st.integers(0, 8))
def test_an_engine_whose_loop_answers_is_not_silent(seconds: int, in_flight: int) -> None:
    assert Health.SILENT not in judged(seen(seconds, in_flight, signs=True))


def test_a_stopped_engine_is_silent_after_its_patience_with_load_and_without() -> None:
    for in_flight in (0, 1, 64):
        verdicts = judged(seen(12, in_flight))
        assert verdicts[:11] == [Health.HEALTHY] * 11
        assert verdicts[11:] == [Health.SILENT] * 2


def test_a_loop_that_answers_while_no_token_comes_is_barren_after_the_longest_prefill() -> None:
    verdicts = judged(seen(60, signs=True))
    assert verdicts[:41] == [Health.HEALTHY] * 41
    assert set(verdicts[41:]) == {Health.BARREN}


def test_an_engine_without_requests_owes_no_tokens() -> None:
    assert set(judged(seen(500, in_flight=0, signs=True))) == {Health.HEALTHY}


def test_requests_that_are_given_up_again_and_again_condemn_nobody() -> None:
    sights = [
        Sight(float(at), 1, float(at % 5), tokens=(0.0,), signs=(float(at),)) for at in range(300)
    ]
    assert set(judged(sights)) == {Health.HEALTHY}


@given(st.floats(60.0, 1e7))
def test_time_in_which_nobody_looked_is_no_evidence(gap_s: float) -> None:
    """The replica was stopped as a whole, or its machine slept."""
    before = seen(5)
    after = Sight(5.0 + gap_s, 1, 5.0 + gap_s, (0.0,), (0.0,))
    assert judged([*before, after])[-1] is Health.HEALTHY


def test_a_sign_of_life_begins_the_patience_anew() -> None:
    almost = seen(10)
    alive = Sight(11.0, 1, 11.0, (0.0,), (1.0,))
    later = [Sight(at, 1, at, (0.0,), (1.0,)) for at in (12.0, 16.0, 20.0)]
    assert set(judged([*almost, alive, *later])) == {Health.HEALTHY}


@given(st.sampled_from(["cpu", "cuda"]), st.integers(1, 10_000_000), st.integers(0, 1_000_000))
def test_a_longer_prompt_is_waited_for_longer_and_a_stopped_loop_is_not(
    accelerator: str, length: int, more: int
) -> None:
    shorter = patience_of(accelerator, length)  # type: ignore[arg-type]
    longer = patience_of(accelerator, length + more)  # type: ignore[arg-type]
    assert longer.tokens_s >= shorter.tokens_s >= 2 * shorter.loop_s
    assert shorter.loop_s == longer.loop_s == LOOP_S
