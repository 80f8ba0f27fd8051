"""models.yaml of schema 3 says how many replicas there may be, and where they land."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registry_documents import built, own, refused, registry_document

from router.registry.deployment import Autoscaling, Bounds, Placement, Targets
from router.registry.registry import VllmBackend

ENGINE = {"max_model_len": 100}
GPU = {"cuda": {"gpus": 1, "engine": {**ENGINE, "tensor_parallel_size": 4}}}


def document(schema: int = 3, **backend: Any) -> dict[str, Any]:
    entry = own()
    entry["backend"] = {**entry["backend"], **backend}
    return registry_document(entry) | {"schema": schema}


def backend_of(**backend: Any) -> VllmBackend:
    found = built(document(**backend)).entries["own@1"].backend
    assert isinstance(found, VllmBackend)
    return found


@pytest.mark.parametrize("schema", [2, 3])
def test_a_plain_number_is_both_bounds_and_the_target(schema: int) -> None:
    found = built(document(schema, replicas=3)).entries["own@1"].backend
    assert isinstance(found, VllmBackend)
    assert (found.replicas, found.bounds) == (3, Bounds(3, 3))
    assert (found.placement, found.autoscaling) == (Placement(), None)


def test_bounds_and_a_target() -> None:
    assert backend_of(replicas={"min": 2, "max": 5}).replicas == 2
    found = backend_of(replicas={"min": 2, "max": 5, "target": 4})
    assert (found.replicas, found.bounds) == (4, Bounds(2, 5))
    assert [found.bounds.allow(count) for count in (1, 2, 5, 6)] == [False, True, True, False]


def test_a_placement() -> None:
    said = {"accelerator_type": "H100", "tensor_parallel": 4, "zone": "secure"}
    assert backend_of(profiles=GPU, placement=said).placement == Placement("H100", 4, "secure")


def test_autoscaling_has_serves_delays_unless_others_are_said() -> None:
    rule: dict[str, Any] = {"target_ongoing_requests": 4}
    bounds = {"min": 1, "max": 4}
    found = backend_of(replicas=bounds, autoscaling=rule)
    assert found.autoscaling == Autoscaling(Targets(4), 30, 600)
    found = backend_of(replicas=bounds, autoscaling=rule | {"upscale_delay_s": 5})
    assert found.autoscaling == Autoscaling(Targets(4), 5, 600)


@pytest.mark.parametrize(
    ("said", "follows"),
    [
        ({"target_ongoing_requests": 4}, ("requests under way",)),
        ({"target_kv_use": 0.8}, ("KV use",)),
        ({"target_waiting_requests": 2}, ("requests that wait in the engine",)),
        ({"ttft_objective_s": 1.5}, ("TTFT",)),
        ({"target_kv_use": 0.8, "ttft_objective_s": 1.5}, ("KV use", "TTFT")),
    ],
)
def test_autoscaling_follows_any_of_four_targets(
    said: dict[str, Any], follows: tuple[str, ...]
) -> None:
    found = backend_of(replicas={"min": 1, "max": 4}, autoscaling=said).autoscaling
    assert found is not None
    assert (found.targets, found.targets.follows) == (Targets(**said), follows)


@pytest.mark.parametrize(
    ("changed", "says", "cure"),
    [
        ({"replicas": 0}, "is no number of replicas", "write 1 to 1000"),
        ({"replicas": {"min": 3, "max": 2}}, "`max` is 2, and `min` is 3", "raise `max`"),
        ({"replicas": {"min": 1, "max": 2, "target": 3}}, "outside of 1 to 2", "`min` to `max`"),
        ({"replicas": {"min": 1}}, "max` is missing", "add the key `max`"),
        (
            {"replicas": 2, "autoscaling": {"target_ongoing_requests": 1}},
            "the count cannot follow the load",
            "remove `autoscaling`",
        ),
        (
            {"replicas": {"min": 1, "max": 2}, "autoscaling": {"target_ongoing_requests": 9}},
            "that one would be added",
            "`max_ongoing_requests`",
        ),
        (
            {"replicas": {"min": 1, "max": 2}, "autoscaling": {"kv_use": 0.5}},
            "unknown key",
            "write `target_kv_use`",
        ),
        (
            {"replicas": {"min": 1, "max": 2}, "autoscaling": {"upscale_delay_s": 1}},
            "there is no target",
            "add one or more of `target_ongoing_requests`",
        ),
        (
            {"replicas": {"min": 1, "max": 2}, "autoscaling": {"target_kv_use": 1}},
            "target_kv_use` is not valid",
            "less than or equal to 0.9",
        ),
        ({"placement": {"zone": "dmz"}}, "its zone is dmz", "write `zone: secure`"),
        ({"placement": {"accelerator_type": "H100"}}, "a profile for none", "add the profile"),
        (
            {"profiles": GPU, "placement": {"tensor_parallel": 2}},
            "splits over 4 GPUs, and its placement has 2",
            "`tensor_parallel_size: 2`",
        ),
        ({"profiles": GPU}, "splits over 4 GPUs, and its placement has 1", "tensor_parallel: 4"),
        (
            {
                "profiles": {"cuda": {**GPU["cuda"], "gpus": 4}},
                "placement": {"tensor_parallel": 4},
            },
            "takes 4 of each",
            "write `gpus: 1`",
        ),
    ],
)
def test_what_contradicts_itself_is_refused_with_its_cure(
    changed: dict[str, Any], says: str, cure: str
) -> None:
    problems = refused(document(**changed))
    (problem,) = [each for each in problems if says in each.problem]
    assert cure in problem.cure
    assert problem.line is not None


@pytest.mark.parametrize(
    "changed",
    [
        {"placement": {"zone": "secure"}},
        {"replicas": {"min": 1, "max": 2}},
        {"replicas": {"min": 1, "max": 2}, "autoscaling": {"target_ongoing_requests": 1}},
    ],
)
def test_keys_of_schema_3_in_a_file_of_schema_2_are_named(changed: dict[str, Any]) -> None:
    problems = refused(document(2, **changed))
    assert all("came with schema 3" in problem.problem for problem in problems)
    assert all("write `schema: 3`" in problem.cure for problem in problems)


COUNTS = st.integers(-1, 5)


@given(least=COUNTS, most=COUNTS, target=st.none() | COUNTS)
def test_bounds_are_taken_or_refused_and_what_is_taken_holds(
    least: int, most: int, target: int | None
) -> None:
    said = {"min": least, "max": most} | ({} if target is None else {"target": target})
    if 1 <= least <= (least if target is None else target) <= most:
        found = backend_of(replicas=said)
        assert found.bounds.allow(found.replicas)
    else:
        assert refused(document(replicas=said))
