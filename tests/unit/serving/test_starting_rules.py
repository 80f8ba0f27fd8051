"""A gateway that starts again decides by what was applied last, on what is deployed now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from router.policy.archive import Active, activate, keep
from router.policy.policy import Rules
from router.registry.execution import DeployedModel, as_started
from router.store.database import connect
from serving.starting_rules import starting_rules
from tests.migrated import migrated_sqlite
from tests.unit.router.policy.policy_tables import LABELS, model, policy, rules_of

GIVEN_AT_S = 100.0


def rules(*names: str) -> Rules:
    models = [model(name, on_prem=True, approved=LABELS) for name in names]
    tiers = {"private": [*names]}
    return rules_of(models, policy(tiers, {label: {"any": ["private"]} for label in LABELS}))


def deployed(*names: str) -> dict[str, DeployedModel]:
    found = as_started(rules(*names).registry)
    return {key: replace(made, weights_digest=f"sha256:{key}") for key, made in found.items()}


@pytest.fixture
def url(tmp_path: Path) -> str:
    (tmp_path / "ringfence.db").write_bytes(migrated_sqlite())
    return f"sqlite:///{tmp_path / 'ringfence.db'}"


def applied(url: str, wanted: Rules, at_s: float) -> None:
    engine = connect(url)
    with engine.begin() as connection:
        digest = keep(connection, wanted.policy.text)
        assert activate(connection, Active(digest, at_s, "a test"))
    engine.dispose()


def test_at_the_start_of_a_cluster_the_files_decide(url: str) -> None:
    found = starting_rules(url, rules("home"), GIVEN_AT_S, deployed("home"))
    assert found.policy.digest == rules("home").policy.digest
    assert found.registry.entries["home@1"].spec.weights_digest == "sha256:home@1"


def test_what_was_applied_since_goes_before_the_files(url: str) -> None:
    applied(url, rules("other"), GIVEN_AT_S + 1)
    found = starting_rules(url, rules("home"), GIVEN_AT_S, deployed("other"))
    assert list(found.registry.entries) == ["other@1"], "the first model is long gone"
    assert found.registry.entries["other@1"].spec.weights_digest == "sha256:other@1"


def test_what_an_earlier_cluster_served_with_does_not(url: str) -> None:
    applied(url, rules("other"), GIVEN_AT_S - 1)
    found = starting_rules(url, rules("home"), GIVEN_AT_S, deployed("home"))
    assert list(found.registry.entries) == ["home@1"]


def test_rules_whose_models_do_not_run_are_not_started_with(url: str) -> None:
    applied(url, rules("other"), GIVEN_AT_S + 1)
    found = starting_rules(url, rules("home"), GIVEN_AT_S, deployed("home"))
    assert list(found.registry.entries) == ["home@1"]


def test_a_file_without_its_models_can_still_be_started_with(url: str) -> None:
    """Its models are unreachable then, and nothing else takes their place."""
    found = starting_rules(url, rules("home"), GIVEN_AT_S, {})
    assert found.registry.entries["home@1"].spec.weights_digest is None
