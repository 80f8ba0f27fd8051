"""The simulator may take a provider's place on this machine, and nothing else may."""

from pathlib import Path

import pytest

from router.registry.load import load_registry
from router.registry.standin import with_stand_in

REGISTRY = load_registry(Path(__file__).parents[4] / "models.yaml")


def test_a_providers_models_go_to_the_stand_in_without_its_credential():
    registry = with_stand_in(REGISTRY, "openai", "http://127.0.0.1:4010/v1")
    for name in ("gpt-5-mini", "text-embedding-3-small"):
        model = registry.resolve(name)
        backend = registry.entries[model.key].backend
        assert (model.origin, model.base_path) == ("http://127.0.0.1:4010", "/v1")
        assert backend.base_url == "http://127.0.0.1:4010/v1"
        assert backend.credential is None
        assert model.approved == REGISTRY.resolve(name).approved
    for name in ("claude-sonnet-4-5", "smollm2-135m-private"):
        key = REGISTRY.resolve(name).key
        assert registry.entries[key] == REGISTRY.entries[key]


def test_a_stand_in_that_is_elsewhere_is_refused():
    with pytest.raises(ValueError, match="loopback"):
        with_stand_in(REGISTRY, "openai", "https://elsewhere.example/v1")
