"""How many replicas a load needs, what a lost node leaves, and what is said when nothing serves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hardware.capacity import ServedModel
from hardware.capacity_bytes import KVDtype, WeightsDtype
from hardware.measured_steps import MeasuredSteps
from hardware.plan import Candidate, Demand, NothingServes, Option, plan
from hardware.plan_pool import Objective, PoolSizing
from hardware.queueing import Lengths, simulate
from hardware.queueing_replica import Engine
from hardware.queueing_steps import StepTimes
from hardware.roofline import PRIORS
from hardware.shape_config import load_shape
from hardware.specs import Confidence, Dtype, Figure, GPUSpec, Interconnect


def figure(value: float) -> Figure:
    return Figure(value, "a test", Confidence.DERIVED)


H100 = GPUSpec(
    id="h100",
    name="H100",
    vendor="nvidia",
    architecture="hopper",
    memory_bytes=figure(80e9),
    memory_bandwidth_bytes_per_s=figure(3.35e12),
    dense_flops_per_s={Dtype.BF16: figure(989e12), Dtype.FP8: figure(1979e12)},
    interconnect=Interconnect("nvlink", figure(900e9)),
    power_w=None,
    accelerator_type=None,
)
SMALL = replace(H100, id="small", memory_bytes=figure(8e9))
UNMEASURED = replace(H100, id="unmeasured", memory_bandwidth_bytes_per_s=None)

MODEL = ServedModel(load_shape("llama-3.1-8b"), WeightsDtype.BF16, KVDtype.BF16, 4_096)
OBJECTIVE = Objective(p95_ttft_s=0.3, p95_tpot_s=0.03)
DEMAND = Demand(60.0, Lengths(800, 100, 0.5, 4_096), private_share=0.3, objective=OBJECTIVE)


def candidate(gpu: GPUSpec = H100, per_node: int = 2, price: float | None = None) -> Candidate:
    return Candidate(gpu, per_node, PRIORS, price)


@pytest.fixture(scope="module")
def option() -> Option:
    (found,) = plan(MODEL, DEMAND, [candidate(price=2.0)]).options
    return found


def test_what_is_private_has_replicas_of_its_own(option: Option) -> None:
    assert option.private is not None
    assert option.rest is not None
    assert option.private.requests_per_s == pytest.approx(18)
    assert option.rest.requests_per_s == pytest.approx(42)
    assert option.replicas == option.private.replicas + option.rest.replicas
    assert option.private.replicas < option.rest.replicas


def test_every_pool_meets_the_objective_with_room(option: Option) -> None:
    for pool in option.pools:
        assert OBJECTIVE.is_met(pool.predicted)
        assert 0 < pool.load_share < 1


def test_an_option_always_has_its_concurrency(option: Option) -> None:
    assert option.fit.concurrency > 1
    assert option.fit.kv_tokens > 100_000


def test_a_lost_node_is_the_rests_loss_before_it_is_the_private_shares(option: Option) -> None:
    lost = option.node_lost
    assert lost.replicas_left == option.replicas - 2
    assert lost.private_rps == pytest.approx(DEMAND.private_rps)
    assert 0 <= lost.rest_rps < DEMAND.rest_rps
    assert lost.spare_replicas == 2


def test_cost_is_of_all_gpus_and_of_all_tokens(option: Option) -> None:
    assert option.usd_per_hour == pytest.approx(2.0 * option.gpus)
    tokens_per_hour = 60.0 * 900 * 3_600
    assert option.usd_per_mtok == pytest.approx(2.0 * option.gpus / tokens_per_hour * 1e6)


def test_without_a_price_there_is_no_cost() -> None:
    (found,) = plan(MODEL, DEMAND, [candidate()]).options
    assert found.usd_per_hour is None
    assert found.usd_per_mtok is None


def test_the_whole_load_on_one_node_is_gone_with_it() -> None:
    little = replace(DEMAND, requests_per_s=2.0)
    (found,) = plan(MODEL, little, [candidate(per_node=8)]).options
    assert found.nodes == 1
    assert (found.node_lost.replicas_left, found.node_lost.rest_rps) == (0, 0.0)
    assert found.node_lost.spare_replicas == found.replicas


@pytest.mark.parametrize(("share", "private", "rest"), [(0.0, False, True), (1.0, True, False)])
def test_a_share_of_nothing_has_no_replicas(share: float, private: bool, rest: bool) -> None:
    demand = replace(DEMAND, requests_per_s=2.0, private_share=share)
    (found,) = plan(MODEL, demand, [candidate()]).options
    assert (found.private is not None, found.rest is not None) == (private, rest)


def test_more_load_never_needs_fewer_gpus() -> None:
    needed = [
        plan(MODEL, replace(DEMAND, requests_per_s=rate), [candidate()]).options[0].gpus
        for rate in (5.0, 40.0, 160.0)
    ]
    assert needed == sorted(needed)
    assert needed[-1] > needed[0]


def test_types_that_would_not_do_are_listed_with_why() -> None:
    made = plan(MODEL, DEMAND, [candidate(SMALL), candidate(UNMEASURED), candidate()])
    assert [each.candidate.gpu.id for each in made.options] == ["h100"]
    reasons = {each.gpu_id: each for each in made.rejected}
    assert "GiB" in reasons["small"].problem
    assert "fp8" in reasons["small"].cure
    assert "bandwidth of unmeasured is not known" in reasons["unmeasured"].problem


def test_nothing_that_fits_is_one_error_with_every_cure() -> None:
    with pytest.raises(NothingServes, match=r"small: (.|\n)*cure: (.|\n)*fp8"):
        plan(MODEL, DEMAND, [candidate(SMALL)])


def test_an_objective_that_no_number_of_gpus_meets_says_what_is_possible() -> None:
    hopeless = replace(DEMAND, objective=Objective(p95_ttft_s=0.001))
    with pytest.raises(NothingServes, match=r"alone has a p95 TTFT of \d+ ms") as refused:
        plan(MODEL, hopeless, [candidate()])
    assert "--p95-ttft-ms" in str(refused.value)
    hopeless = replace(DEMAND, objective=Objective(p95_ttft_s=1.0, p95_tpot_s=0.001))
    with pytest.raises(NothingServes, match="--p95-tpot-ms"):
        plan(MODEL, hopeless, [candidate()])


def test_the_cheapest_comes_first_and_the_unpriced_last() -> None:
    dear, cheap = replace(H100, id="dear"), replace(H100, id="cheap")
    made = plan(MODEL, DEMAND, [candidate(), candidate(dear, 2, 9.0), candidate(cheap, 2, 1.0)])
    assert [each.candidate.gpu.id for each in made.options] == ["cheap", "dear", "h100"]


def test_the_rate_at_an_objective_is_where_it_is_still_met() -> None:
    engine = Engine(StepTimes(0.01, 1e-4, 5e-8, 4e-5, 0.001), 64, 2_048, 200_000)
    lengths, objective = Lengths(1_000, 100, 0.5), Objective(0.3, 0.025)
    sizing = PoolSizing(engine, lengths, objective, seed=1)
    rate = sizing.rate_at_objective(1)
    assert 0 < rate < sizing.saturated_rps
    assert sizing.rate_at_objective(0) == 0
    assert sizing.rate_at_objective(6) == pytest.approx(3 * sizing.rate_at_objective(2))

    def met(requests_per_s: float) -> bool:
        seen = simulate(engine, lengths, requests_per_s=requests_per_s, requests=4_000)
        return objective.is_met(seen)

    assert met(rate * 0.9)
    assert not met(min(rate * 1.3, sizing.saturated_rps * 1.2))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"requests_per_s": 0.0}, "above 0"),
        ({"private_share": 1.5}, "from 0 to 1"),
    ],
)
def test_a_demand_that_is_none_is_refused(change: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(DEMAND, **change)


def test_the_split_that_was_measured_is_predicted_by_its_line_and_no_other() -> None:
    line = StepTimes(0.02, 1e-4, 0.0, 2e-5, 0.0)
    measured = MeasuredSteps(line, 1, max_num_seqs=32, source="a record")
    (option,) = plan(MODEL, DEMAND, [replace(candidate(per_node=1), measured=measured)]).options
    assert option.predicted_from is measured
    assert option.fit.concurrency <= 32
    assert option.rest is not None
    assert option.rest.predicted.tpot_s.p50 >= line.decode_step_s
    of_two = replace(measured, tensor_parallel_size=2)
    (option,) = plan(MODEL, DEMAND, [replace(candidate(per_node=1), measured=of_two)]).options
    assert option.predicted_from is PRIORS


def test_a_type_without_rates_is_planned_with_where_it_was_measured() -> None:
    with pytest.raises(NothingServes, match="bandwidth"):
        plan(MODEL, DEMAND, [candidate(UNMEASURED)])
    measured = MeasuredSteps(StepTimes(0.02, 1e-4, 0.0, 2e-5, 0.0), 1, 256, "a record")
    known = replace(candidate(UNMEASURED, per_node=1), measured=measured)
    assert plan(MODEL, DEMAND, [known]).options
