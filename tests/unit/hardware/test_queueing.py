"""The simulation against what can be computed, and against laws that hold for every queue."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.queueing import Lengths, Percentiles, simulate, simulate_closed
from hardware.queueing_replica import Engine, Replica, Request
from hardware.queueing_steps import StepTimes
from hardware.queueing_theory import erlang_c, mgc_waiting_s, mmc_waiting_s

# Decoding at the same pace whatever the batch, prefill for nothing: every sequence is a server.
PACE_S = 0.001
REQUESTS = 40_000
SERVERS_ONLY = StepTimes(PACE_S, 0.0, 0.0, 0.0, 0.0)
REAL = StepTimes(0.01, 0.0001, 5e-8, 4e-5, 0.001)


def engine(steps: StepTimes = REAL, seqs: int = 64, kv_tokens: int = 200_000) -> Engine:
    return Engine(steps, max_num_seqs=seqs, max_num_batched_tokens=2_048, kv_tokens=kv_tokens)


def test_erlangs_c_is_what_tables_say() -> None:
    assert erlang_c(1, 0.5) == pytest.approx(0.5)
    assert erlang_c(2, 1.0) == pytest.approx(1 / 3)
    assert erlang_c(10, 8.0) == pytest.approx(0.4092, abs=1e-4)
    with pytest.raises(ValueError, match="cannot take"):
        erlang_c(2, 2.0)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.6), (4, 0.8), (16, 0.9)])
def test_fixed_service_waits_as_m_d_c_does(servers: int, load: float) -> None:
    """Exact for one server by Pollaczek and Khinchine, and by Lee and Longton nearly for more."""
    tokens = 1_000
    service_s = tokens * PACE_S
    rate = load * servers / service_s
    seen = simulate(
        engine(SERVERS_ONLY, servers, 10**9),
        Lengths(1, tokens),
        requests_per_s=rate,
        requests=REQUESTS,
    )
    expected = mgc_waiting_s(rate, service_s, 0.0, servers)
    assert seen.waiting_s.mean == pytest.approx(expected, rel=0.15)


class Exponential(Lengths):
    """Answers of geometric length: exponential service in steps of a thousandth of their mean."""

    def draw(self, count: int, random: np.random.Generator) -> list[tuple[int, int]]:
        return [(1, tokens) for tokens in random.geometric(1 / self.output_tokens, count).tolist()]


@pytest.mark.parametrize(("servers", "load"), [(1, 0.6), (4, 0.8), (16, 0.9)])
def test_exponential_service_waits_as_erlang_says(servers: int, load: float) -> None:
    tokens = 1_000
    rate = load * servers / (tokens * PACE_S)
    seen = simulate(
        engine(SERVERS_ONLY, servers, 10**9),
        Exponential(1, tokens),
        requests_per_s=rate,
        requests=REQUESTS,
    )
    expected = mmc_waiting_s(rate, tokens * PACE_S, servers)
    assert seen.waiting_s.mean == pytest.approx(expected, rel=0.1)


def test_one_request_alone_takes_its_prefill_and_its_steps() -> None:
    replica, request = Replica(engine()), Request(0.0, 100, 11)
    replica.submit(request)
    replica.advance(math.inf)
    assert request.first_token_s == pytest.approx(0.01 + 100 * 4e-5 + 0.001)
    # Ten steps over contexts of 101 to 110 tokens.
    decoding_s = 10 * (0.01 + 0.0001) + 5e-8 * sum(range(101, 111))
    assert request.finished_s - request.first_token_s == pytest.approx(decoding_s)


def test_a_long_prompt_is_prefilled_in_chunks() -> None:
    replica, request = Replica(engine()), Request(0.0, 5_000, 1)
    replica.submit(request)
    replica.advance(math.inf)
    assert request.finished_s == request.first_token_s == pytest.approx(3 * 0.01 + 0.2 + 0.001)


def test_who_does_not_fit_the_cache_waits_and_who_never_will_is_refused() -> None:
    replica = Replica(engine(kv_tokens=250))
    first, second = Request(0.0, 100, 100), Request(0.0, 100, 100)
    replica.submit(first)
    replica.submit(second)
    with pytest.raises(ValueError, match="260 tokens does not fit a KV cache of 250"):
        replica.submit(Request(0.0, 160, 100))
    replica.advance(math.inf)
    assert second.admitted_s == first.finished_s


def test_more_replicas_share_the_load() -> None:
    def wait_s(replicas: int) -> float:
        rate = 6.0 * replicas
        return simulate(
            engine(seqs=8), Lengths(500, 60, 0.5), requests_per_s=rate, replicas=replicas
        ).waiting_s.p95

    assert wait_s(4) < wait_s(2) < wait_s(1)


def test_the_same_seed_gives_the_same_answer() -> None:
    def run(seed: int) -> Percentiles:
        return simulate(engine(), Lengths(500, 60, 0.5), requests_per_s=5.0, seed=seed).ttft_s

    assert run(1) == run(1) != run(2)


def test_a_closed_loop_is_faster_with_more_clients_until_the_engine_is_full() -> None:
    def tokens_per_s(clients: int) -> float:
        return simulate_closed(
            engine(seqs=8), Lengths(200, 100), concurrency=clients
        ).output_tokens_per_s

    one, eight, sixteen = map(tokens_per_s, (1, 8, 16))
    assert one == pytest.approx(100 / (0.01 + 0.009 + 99 * 0.0101), rel=0.02)
    assert eight > 4 * one
    assert sixteen == pytest.approx(eight, rel=0.05)


LENGTHS = st.builds(
    Lengths,
    prompt_tokens=st.integers(1, 3_000),
    output_tokens=st.integers(1, 400),
    cv=st.sampled_from([0.0, 0.5, 1.5]),
    at_most=st.just(4_000),
)


@given(
    lengths=LENGTHS,
    rate=st.floats(0.01, 100),
    replicas=st.integers(1, 4),
    seqs=st.integers(1, 32),
    kv_tokens=st.integers(4_000, 60_000),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=30)
def test_littles_law_holds_whatever_arrives(
    lengths: Lengths, rate: float, replicas: int, seqs: int, kv_tokens: int, seed: int
) -> None:
    seen = simulate(
        engine(seqs=seqs, kv_tokens=kv_tokens),
        lengths,
        requests_per_s=rate,
        replicas=replicas,
        requests=150,
        warm_up_share=0.0,
        seed=seed,
    )
    throughput = seen.requests / seen.duration_s
    in_system = seen.mean_waiting + seen.mean_running
    assert in_system == pytest.approx(throughput * seen.e2e_s.mean)
    assert 0 <= seen.busy_share <= 1 + 1e-9
    assert seen.mean_running <= seqs * replicas
    assert 0 < seen.ttft_s.p50 <= seen.ttft_s.p95 <= seen.ttft_s.p99


@given(LENGTHS, st.integers(0, 2**32 - 1))
def test_no_drawn_request_is_longer_than_allowed(lengths: Lengths, seed: int) -> None:
    for prompt, output in lengths.draw(200, np.random.default_rng(seed)):
        assert min(prompt, output) >= 1
        assert prompt + output <= 4_000


def test_lengths_keep_their_mean_and_spread() -> None:
    drawn = np.array(Lengths(1_000, 200, 0.5).draw(40_000, np.random.default_rng(1)))
    assert drawn.mean(axis=0) == pytest.approx([1_000, 200], rel=0.02)
    assert drawn.std(axis=0) == pytest.approx([500, 100], rel=0.05)


@pytest.mark.parametrize("rate", [0.0, -1.0, math.inf, math.nan])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="positive rate"):
        simulate(engine(), Lengths(10, 10), requests_per_s=rate)
