"""What runs, as data: what changes an application, and what changes nothing but counts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from router.registry.deployment import Targets
from router.registry.execution import as_deployed, as_started, execution
from serving.autoscaling.serve_policy import targets_told
from serving.cluster.applications import Ground, applications, replica_bundles, served
from serving.reach import reached
from tests.unit.serving.cluster.fleets import GROUND, engine, fleet, outside, registry

CUDA = replace(GROUND, accelerator="cuda")
GPU = {"cuda": {"gpus": 1, "cpus": 2, "engine": {"max_model_len": 100, "tensor_parallel_size": 4}}}
SPLIT = {"tensor_parallel": 4, "accelerator_type": "H100", "zone": "secure"}


def test_every_engine_and_every_provider_is_an_application_of_its_own() -> None:
    found = fleet(engine(), outside())
    assert list(found) == ["own@1", "adapter-firm"]
    assert list(served(found)) == ["own@1", "cloud@1"]


def test_what_is_retired_is_not_deployed() -> None:
    aliases = {"cloud": {"champion": "1"}}
    found = registry(engine(state="retired"), outside(), aliases=aliases)
    assert list(applications(found, {}, GROUND)) == ["adapter-firm"]


@pytest.mark.parametrize(
    "changed",
    [
        {"profiles": {"cpu": {"engine": {"max_model_len": 200}}}},
        {"profiles": {"cpu": {"engine": {"max_model_len": 100}, "env": {"A": "b"}}}},
        {"profiles": {"cpu": {"engine": {"max_model_len": 100}, "cpus": 2}}},
        {"weights": {"embedded": "other"}},
    ],
)
def test_what_makes_an_engine_what_it_is_restarts_it(changed: dict[str, Any]) -> None:
    before, after = fleet(engine())["own@1"], fleet(engine(**changed))["own@1"]
    assert before.args != after.args


@pytest.mark.parametrize(
    "changed",
    [
        {"replicas": 3},
        {"replicas": {"min": 1, "max": 9, "target": 2}},
        {"max_ongoing_requests": 99},
        # Of an accelerator that this cluster does not have.
        {"profiles": {"cpu": {"engine": {"max_model_len": 100}}, "cuda": {"gpus": 1}}},
    ],
)
def test_what_replicas_can_change_while_they_run_restarts_none(changed: dict[str, Any]) -> None:
    before, after = fleet(engine())["own@1"], fleet(engine(**changed))["own@1"]
    assert before.args == after.args


def test_another_model_of_a_provider_restarts_nothing() -> None:
    second = outside() | {"id": "cloud-two"}
    before, after = fleet(outside()), fleet(outside(), second)
    assert before["adapter-firm"].args == after["adapter-firm"].args
    assert before["adapter-firm"].options != after["adapter-firm"].options
    kept = after["adapter-firm"].serving(before["adapter-firm"].models)
    assert kept == before["adapter-firm"]


def test_an_adapter_has_all_that_reaches_a_model_and_nothing_that_decides() -> None:
    pinned = outside(pinned_certificate_sha256="ab" * 32, credential="FIRM_KEY")
    written = registry(pinned).entries["cloud@1"]
    found = reached("cloud@1", fleet(pinned)["adapter-firm"].models["cloud@1"])
    assert found.backend == written.backend
    for name in ("key", "origin", "base_path", "upstream_model", "dialect", "location"):
        assert getattr(found.spec, name) == getattr(written.spec, name)
    assert not found.spec.approved


def test_a_stand_in_is_reached_without_a_credential() -> None:
    ground = replace(GROUND, stand_ins={"firm": "http://127.0.0.1:9/v1"})
    entry = outside(pinned_certificate_sha256="ab" * 32, credential="FIRM_KEY")
    model = fleet(entry, ground=ground)["adapter-firm"].models["cloud@1"]
    found = reached("cloud@1", model)
    assert found.spec.origin == "http://127.0.0.1:9"
    assert found.backend.credential is None  # type: ignore[union-attr]
    gateway = as_deployed(registry(entry), {"cloud@1": model}).entries["cloud@1"]
    assert gateway.spec.origin == found.spec.origin, "what clearances are for is where it goes"


def test_what_was_deployed_says_what_it_was_made_of() -> None:
    entries = registry(engine(), outside()).entries
    for key, model in served(fleet(engine(), outside())).items():
        assert model.written == execution(entries[key], "cpu")
        assert model.differs(entries[key]) == ()
        assert model == type(model)(**model.to_json())  # type: ignore[arg-type]
    assert as_started(registry(engine())) == served(fleet(engine()))


def test_what_differs_is_named_and_not_quoted() -> None:
    model = served(fleet(engine()))["own@1"]
    profile = {"cpu": {"engine": {"max_model_len": 200}, "env": {"TOKEN": "secret"}}}
    found = model.differs(registry(engine(profiles=profile)).entries["own@1"])
    assert found == ("profile.engine.max_model_len", "profile.env.TOKEN")


def test_a_split_replica_is_as_many_bundles_of_one_node() -> None:
    backend: Any = registry(engine(profiles=GPU, placement=SPLIT)).entries["own@1"].backend
    part = {"CPU": 2.0, "GPU": 1.0, "accelerator_type:H100": 0.001}
    assert replica_bundles(backend, "cuda", is_zoned=False) == (part,) * 4
    secure = {**part, "zone:secure": 0.001}
    assert replica_bundles(backend, "cuda", is_zoned=True) == (secure,) * 4


def test_where_nodes_have_zones_what_is_restricted_has_to_ask_for_a_secure_one() -> None:
    zoned = replace(GROUND, is_zoned=True)
    with pytest.raises(ValueError, match="zone: secure"):
        fleet(engine(), ground=zoned)
    assert fleet(engine(placement={"zone": "secure"}), ground=zoned)["own@1"].bundles == (
        {"CPU": 1.0, "zone:secure": 0.001},
    )
    open_to_less = engine() | {"approved_data_classes": ["public"]}
    assert fleet(open_to_less, ground=zoned)["own@1"].bundles == ({"CPU": 1.0},)


def test_an_engine_without_a_profile_for_the_cluster_is_refused_with_the_cure() -> None:
    with pytest.raises(ValueError, match="no profile for `cuda`"):
        fleet(engine(), ground=CUDA)


def test_targets_are_what_replicas_are_told_and_no_part_of_their_code() -> None:
    """Serve starts replicas again for other `args`, and for another policy."""
    bounds = {"min": 1, "max": 4, "target": 2}
    first, second = (
        fleet(engine(replicas=bounds, autoscaling=rule))["own@1"]
        for rule in ({"target_ongoing_requests": 2}, {"target_kv_use": 0.8, "upscale_delay_s": 5})
    )
    assert first.args == second.args
    assert first.autoscaling == {
        "min_replicas": 1,
        "max_replicas": 4,
        "initial_replicas": 2,
        "upscale_delay_s": 30.0,
        "downscale_delay_s": 600.0,
        "look_back_period_s": 15.0,
        "policy": {"policy_function": "serving.autoscaling.serve_policy:follow_load"},
    }
    assert second.autoscaling == {**first.autoscaling, "upscale_delay_s": 5.0}
    told = [targets_told(each.options["user_config"]) for each in (first, second)]  # type: ignore[arg-type]
    assert told == [Targets(target_ongoing_requests=2), Targets(target_kv_use=0.8)]
    assert first.serving({}) == first, "what it is told is no list of models"


def test_the_ground_of_a_simulated_cluster_names_another_class() -> None:
    ground = Ground("cpu", "/state", 1.0, engine="a.module.Class")
    assert fleet(engine(), ground=ground)["own@1"].args["class"] == "a.module.Class"
