"""Hardware decides how soon answers come; whatever may decide which they are is in the meaning."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from router.errors import ConfigError
from router.gate.in_force import InForce
from router.gate.meaning import meaning_digest
from router.gate.rules import GateRules
from router.policy.policy import RulesText

ENGINE: dict[str, Any] = {
    "id": "tiny",
    "version": "1",
    "price": {"input_usd_per_mtok": 1.0},
    "approved_data_classes": ["public"],
    "backend": {
        "kind": "vllm",
        "weights": {"path": "/weights/tiny"},
        "replicas": {"min": 1, "max": 2, "target": 2},
        "max_ongoing_requests": 8,
        "autoscaling": {"target_ongoing_requests": 4},
        "placement": {"accelerator_type": "H100", "zone": "secure", "tensor_parallel": 2},
        "profiles": {"cuda": {"engine": {"max_model_len": 100}, "cpus": 2, "gpus": 1, "env": {}}},
    },
}
Edit = Callable[[dict[str, Any]], object]


def rules(edit: Edit = lambda _: None) -> RulesText:
    entry = copy.deepcopy(ENGINE)
    edit(entry)
    return RulesText(yaml.safe_dump({"models": [entry]}).encode(), b"gate: {required: true}\n")


def cuda(entry: dict[str, Any]) -> dict[str, Any]:
    profile: dict[str, Any] = entry["backend"]["profiles"]["cuda"]
    return profile


HARDWARE: dict[str, Edit] = {
    "one replica less": lambda entry: entry["backend"].update(replicas=1),
    "no autoscaling": lambda entry: entry["backend"].pop("autoscaling"),
    "fewer at once": lambda entry: entry["backend"].update(max_ongoing_requests=4),
    "less of a machine": lambda entry: cuda(entry).update(cpus=1, gpus=0.5),
    "other nodes": lambda entry: entry["backend"]["placement"].update(
        accelerator_type="L4", zone="other"
    ),
}
ANSWERS: dict[str, Edit] = {
    "weights": lambda entry: entry["backend"]["weights"].update(path="/weights/other"),
    "arguments": lambda entry: cuda(entry)["engine"].update(max_model_len=50),
    "environment": lambda entry: cuda(entry)["env"].update(VLLM_USE="1"),
    "another accelerator": lambda entry: entry["backend"]["profiles"].update(cpu={}),
    "split": lambda entry: entry["backend"]["placement"].update(tensor_parallel=1),
    "price": lambda entry: entry["price"].update(input_usd_per_mtok=2.0),
    "approval": lambda entry: entry.update(approved_data_classes=["public", "internal"]),
}


@pytest.mark.parametrize("name", HARDWARE)
def test_a_cluster_with_other_hardware_starts_without_a_gate(name: str) -> None:
    in_force = InForce(rules(), GateRules(required=True))
    assert not in_force.asks_of(rules(HARDWARE[name]))


@pytest.mark.parametrize("name", ANSWERS)
def test_what_may_change_an_answer_takes_a_gate(name: str) -> None:
    in_force = InForce(rules(), GateRules(required=True))
    assert in_force.asks_of(rules(ANSWERS[name]))


def test_a_placement_that_says_where_alone_is_none() -> None:
    placed = rules(lambda entry: entry["backend"].update(placement={"zone": "secure"}))
    assert meaning_digest(placed) == meaning_digest(
        rules(lambda entry: entry["backend"].pop("placement"))
    )


_DATA = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["backend", "profiles", "placement", "lifecycle", "zone", "cpus"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(_DATA)
def test_models_that_are_none_have_a_meaning_or_are_refused(models: Any) -> None:
    text = RulesText(yaml.safe_dump({"models": models}).encode(), b"schema: 1\n")
    with contextlib.suppress(ConfigError):
        assert meaning_digest(text) == meaning_digest(text)
