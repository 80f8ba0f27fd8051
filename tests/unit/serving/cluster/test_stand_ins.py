"""For whom the simulator stands in."""

from __future__ import annotations

from pathlib import Path

import pytest

import router
from router.policy.load import load_rules
from router.registry.registry import Registry
from serving.cluster.stand_ins import base_urls, credential_names, providers_without_credential

ROOT = Path(router.__file__).parent.parent


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_rules(ROOT / "models.yaml", ROOT / "router" / "policy.yaml").registry


def test_without_credentials_all_providers_are_stood_in_for(registry: Registry) -> None:
    found = providers_without_credential(registry, frozenset())
    assert found == {"openai": "openai", "anthropic": "anthropic"}


def test_a_credential_makes_the_simulator_step_aside_for_that_one(registry: Registry) -> None:
    available = frozenset({"OPENAI_API_KEY"})
    assert providers_without_credential(registry, available) == {"anthropic": "anthropic"}


def test_every_credential_of_the_registry_is_named(registry: Registry) -> None:
    assert credential_names(registry) == {"OPENAI_API_KEY", "ANTHROPIC_API_KEY"}


def test_base_urls_are_what_each_sdk_adds_its_paths_to() -> None:
    assert base_urls({"a": "openai", "b": "anthropic"}, 9) == {
        "a": "http://127.0.0.1:9/v1",
        "b": "http://127.0.0.1:9",
    }
