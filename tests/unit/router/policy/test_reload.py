"""What a gateway takes up while it runs, and what it needs a restart for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import yaml
from policy_tables import LABELS, model, policy

from router.domain import DataClass
from router.errors import ConfigError
from router.policy.load import rules_of_text
from router.policy.policy import Rules, RulesText
from router.policy.reload import deployment_needed, reloaded, version_needed
from router.registry.execution import DeployedModel, as_deployed, as_started

Edit = Callable[[dict[str, Any], dict[str, Any]], None]


def text_of(edit: Edit | None = None) -> RulesText:
    models = [
        model("home", on_prem=True, approved=LABELS),
        model("cloud", on_prem=False, approved=LABELS[:2]),
    ]
    registry = {"schema": 1, "models": models, "aliases": {"home": "1", "cloud": "1"}}
    written = policy(
        {"private": ["home"], "fast": ["cloud"]},
        {
            **{label: {"any": ["fast", "private"], "private": ["private"]} for label in LABELS[:2]},
            **{label: {"any": ["private"]} for label in LABELS[2:]},
        },
    )
    if edit is not None:
        edit(registry, written)
    return RulesText(yaml.safe_dump(registry).encode(), yaml.safe_dump(written).encode())


STAND_IN = "http://127.0.0.1:9999/v1"


@pytest.fixture
def deployed() -> dict[str, DeployedModel]:
    """As a cluster runs them: a stand-in for the provider, and weights that were measured."""
    found = as_started(rules_of_text(text_of()).registry)
    return {
        "home@1": replace(found["home@1"], weights_digest="sha256:measured"),
        "cloud@1": replace(found["cloud@1"], stand_in=STAND_IN),
    }


@pytest.fixture
def started(deployed: dict[str, DeployedModel]) -> Rules:
    rules = rules_of_text(text_of())
    return Rules(as_deployed(rules.registry, deployed), rules.policy)


def another_order(_models: dict[str, Any], written: dict[str, Any]) -> None:
    written["routes"]["public"]["any"] = ["private"]


def another_price(models: dict[str, Any], _written: dict[str, Any]) -> None:
    models["models"][1]["price"]["input_usd_per_mtok"] = 9.0


def fewer_approvals(models: dict[str, Any], written: dict[str, Any]) -> None:
    models["models"][1]["approved_data_classes"] = ["public"]
    written["routes"]["internal"]["any"] = ["private"]


def without_a_model(models: dict[str, Any], written: dict[str, Any]) -> None:
    models["models"].pop()
    del models["aliases"]["cloud"]
    written["tiers"]["fast"] = ["home"]


def other_people(_models: dict[str, Any], written: dict[str, Any]) -> None:
    issuer = {"issuer": "https://id.example", "audience": "ringfence", "algorithms": ["RS256"]}
    written["people"] = {"issuers": [issuer | {"jwks": {"file": "/keys"}}]}


@pytest.mark.parametrize(
    "edit", [another_order, another_price, fewer_approvals, without_a_model, other_people]
)
def test_what_only_decides_is_taken_up_on_the_deployments_that_run(
    started: Rules, deployed: dict[str, DeployedModel], edit: Edit
) -> None:
    text = text_of(edit)
    taken = reloaded(text, started, deployed)
    assert taken.policy == rules_of_text(text).policy
    assert taken.registry.entries["home@1"].spec.weights_digest == "sha256:measured"
    for key, entry in taken.registry.entries.items():
        running = started.registry.entries[key]
        assert entry.backend == running.backend
        assert entry.spec.origin == running.spec.origin
    written = rules_of_text(text).registry
    for key, entry in written.entries.items():
        assert taken.registry.entries[key].spec.price == entry.spec.price
        assert taken.registry.entries[key].spec.approved == entry.spec.approved


def test_what_was_left_out_before_can_come_back(
    started: Rules, deployed: dict[str, DeployedModel]
) -> None:
    reloaded(text_of(without_a_model), started, deployed)
    taken = reloaded(text_of(), started, deployed)
    assert taken.registry.entries["cloud@1"].spec.origin == "http://127.0.0.1:9999"


def another_model(models: dict[str, Any], written: dict[str, Any]) -> None:
    models["models"].append(model("new", on_prem=True, approved=LABELS))
    models["aliases"]["new"] = "1"
    written["tiers"]["private"].append("new")


def another_address(models: dict[str, Any], _written: dict[str, Any]) -> None:
    models["models"][1]["backend"]["base_url"] = "https://elsewhere.example/v1"


def another_side_of_the_wall(models: dict[str, Any], _written: dict[str, Any]) -> None:
    models["models"][0] |= {"version": "2"}
    models["aliases"]["home"] = "2"


def another_recogniser(_models: dict[str, Any], written: dict[str, Any]) -> None:
    case = {"name": "Cases", "supported_entity": "CASE", "deny_list": ["case"]}
    written["detection"]["recognisers"] = [case]
    written["detection"]["entity_types"]["CASE"] = "confidential"


def another_deadline(_models: dict[str, Any], written: dict[str, Any]) -> None:
    written["detection"]["deadline_s"] = 3


def another_checkpoint(_models: dict[str, Any], written: dict[str, Any]) -> None:
    written["audit"] = {"checkpoint_interval_s": 7}


def another_place(_models: dict[str, Any], written: dict[str, Any]) -> None:
    written["audit"] = {"publish": [{"kind": "file", "path": "/elsewhere"}]}


@pytest.mark.parametrize(
    ("edit", "says", "cure"),
    [
        (another_model, "new@1 has no deployment", "`ringfence apply`"),
        (another_side_of_the_wall, "home@2 has no deployment", "`ringfence apply`"),
        (another_address, "cloud@1 is deployed in another way: base_url", "`ringfence apply`"),
        (another_recogniser, "other recognisers", "restart needed"),
        (another_deadline, "another deadline", "restart needed"),
        (another_checkpoint, "signed and published as it was", "restart needed"),
        (another_place, "signed and published as it was", "restart needed"),
    ],
)
def test_what_needs_other_processes_is_refused_with_what_brings_them(
    started: Rules, deployed: dict[str, DeployedModel], edit: Edit, says: str, cure: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        reloaded(text_of(edit), started, deployed)
    (problem,) = caught.value.problems
    assert says in problem.problem
    assert cure in problem.cure
    assert problem.line


def test_what_was_deployed_meanwhile_is_taken_up(
    started: Rules, deployed: dict[str, DeployedModel]
) -> None:
    new = as_started(rules_of_text(text_of(another_model)).registry)["new@1"]
    measured = replace(new, weights_digest="sha256:new")
    taken = reloaded(text_of(another_model), started, deployed | {"new@1": measured})
    assert taken.registry.entries["new@1"].spec.weights_digest == "sha256:new"
    assert taken.registry.entries["cloud@1"].spec.origin == "http://127.0.0.1:9999"


def test_a_model_that_no_rule_has_needs_no_deployment(
    started: Rules, deployed: dict[str, DeployedModel]
) -> None:
    del deployed["cloud@1"]
    taken = reloaded(text_of(without_a_model), started, deployed)
    assert list(taken.registry.entries) == ["home@1"]


def test_a_version_is_for_good_what_records_say_it_is(deployed: dict[str, DeployedModel]) -> None:
    wanted = rules_of_text(text_of(another_address))
    (problem,) = version_needed(deployed, wanted)
    assert "cloud@1 would be another model under the same name: base_url" in problem.problem
    assert "`version` of its own" in problem.cure


def test_another_certificate_of_a_model_is_no_other_model(
    deployed: dict[str, DeployedModel],
) -> None:
    def pin(models: dict[str, Any], _written: dict[str, Any]) -> None:
        models["models"][1]["backend"]["pinned_certificate_sha256"] = "ab" * 32

    wanted = rules_of_text(text_of(pin))
    assert list(version_needed(deployed, wanted)) == []
    (problem,) = deployment_needed(deployed, wanted)
    assert "pinned_certificate_sha256" in problem.problem
    assert "ab" * 32 not in str(problem)


def leaky(_models: dict[str, Any], written: dict[str, Any]) -> None:
    written["routes"]["restricted"]["any"] = ["fast"]


def test_what_is_not_proven_is_not_taken_up(
    started: Rules, deployed: dict[str, DeployedModel]
) -> None:
    with pytest.raises(ConfigError, match="class restricted"):
        reloaded(text_of(leaky), started, deployed)


def test_messages_name_the_files_that_the_gateway_was_started_with(
    started: Rules, deployed: dict[str, DeployedModel]
) -> None:
    named = replace(text_of(leaky), policy_file="elsewhere.yaml")
    with pytest.raises(ConfigError) as caught:
        reloaded(named, started, deployed)
    assert {problem.file for problem in caught.value.problems} == {"policy.yaml"}


def test_an_approval_may_not_come_with_a_reload_that_the_proof_refuses(
    started: Rules, deployed: dict[str, DeployedModel]
) -> None:
    def approve(models: dict[str, Any], _written: dict[str, Any]) -> None:
        models["models"][1]["approved_data_classes"] = LABELS

    with pytest.raises(ConfigError, match="never leaves"):
        reloaded(text_of(approve), started, deployed)
    assert DataClass.RESTRICTED not in started.registry.entries["cloud@1"].spec.approved
