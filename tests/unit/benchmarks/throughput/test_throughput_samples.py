"""What the load generator wrote down is read as numbers; what anybody said is not kept."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.throughput.samples import NotAResult, answered

SAID: dict[str, Any] = {
    "duration": 2.5,
    "start_times": [100.0, 100.5, 101.0],
    "ttfts": [0.2, 0.0, 0.3],
    "itls": [[0.1, 0.1], [], []],
    "input_lens": [7, 7, 7],
    "output_lens": [5, 0, 1],
    "errors": ["", "Unauthorized", ""],
}


def test_times_are_of_the_run_and_failures_are_counted() -> None:
    came = answered(SAID)

    assert [sample.start_s for sample in came.samples] == [0.0, 1.0]
    assert came.indices == (0, 2)
    assert came.failures == {"Unauthorized": 1}
    assert (came.input_tokens, came.output_tokens) == (14, 6)


def test_a_chunk_may_hold_several_tokens() -> None:
    first = answered(SAID).samples[0]

    assert [count for _, count in first.tokens()] == [1.0, 2.0, 2.0]
    assert [at for at, _ in first.tokens()] == pytest.approx([0.2, 0.3, 0.4])
    assert first.e2e_s == pytest.approx(0.4)
    assert first.tpot_s == pytest.approx(0.2 / 4)


def test_an_answer_of_one_token_has_no_time_per_output_token() -> None:
    assert answered(SAID).samples[1].tpot_s is None


@pytest.mark.parametrize("missing", sorted(SAID))
def test_a_result_of_another_form_is_refused(missing: str) -> None:
    with pytest.raises(NotAResult, match=missing):
        answered({name: value for name, value in SAID.items() if name != missing})


@given(st.text(min_size=1))
def test_what_a_failure_says_is_never_kept_but_for_its_kind(secret: str) -> None:
    error = f"Traceback:\n  {secret}\naiohttp.ClientError: patient 4711 {secret}"

    assert answered(SAID | {"errors": ["", error, ""]}).failures == {"failed otherwise": 1}


def test_an_exception_is_named_by_its_type() -> None:
    error = "Traceback (most recent call last):\naiohttp.ServerDisconnectedError: said nothing"

    assert answered(SAID | {"errors": ["", error, ""]}).failures == {"ServerDisconnectedError": 1}
