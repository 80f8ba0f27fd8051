"""`people` in policy.yaml: what it becomes, and what is refused with line and cure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import router
from router.domain import Role
from router.errors import ConfigError
from router.policy.load import load_rules
from router.policy.policy import Policy

ROOT = Path(router.__file__).parent.parent
ENTRY: dict[str, Any] = {
    "issuer": "https://login.example/realms/main",
    "audience": "ringfence",
    "jwks": {"url": "https://login.example/realms/main/certs", "ca_file": "/etc/ringfence/ca.pem"},
    "algorithms": ["RS256", "ES256"],
    "team_claim": "department",
    "teams": {"Claims": "claims"},
    "roles_claim": "realm_access.roles",
    "roles": {"rf-audit": "auditor"},
    "floor_claim": "clearance",
}


@pytest.fixture
def policy_of(tmp_path: Path) -> Callable[..., Policy]:
    def load(*issuers: dict[str, Any]) -> Policy:
        policy = yaml.safe_load((ROOT / "router/policy.yaml").read_text())
        policy["people"] = {"issuers": list(issuers)}
        file = tmp_path / "policy.yaml"
        file.write_text(yaml.safe_dump(policy, sort_keys=False))
        return load_rules(ROOT / "models.yaml", file).policy

    return load


def test_an_issuer_is_what_the_policy_says_of_it(policy_of: Callable[..., Policy]) -> None:
    [issuer] = policy_of(ENTRY).people.issuers
    assert issuer.issuer == ENTRY["issuer"]
    assert issuer.jwks_url == ENTRY["jwks"]["url"]
    assert issuer.ca_file == ENTRY["jwks"]["ca_file"]
    assert issuer.algorithms == ("RS256", "ES256")
    assert issuer.teams == {"Claims": "claims"}
    assert issuer.roles == {"rf-audit": Role.AUDITOR}


def test_a_policy_need_not_name_anybody(policy_of: Callable[..., Policy]) -> None:
    assert policy_of().people.issuers == ()
    shipped = load_rules(ROOT / "models.yaml", ROOT / "router/policy.yaml")
    assert shipped.policy.people.issuers == ()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"issuer": "http://login.example"}, "https"),
        ({"issuer": "https://login.example#x"}, "fragment"),
        ({"algorithms": ["HS256"]}, "none of the allowed"),
        ({"algorithms": ["none"]}, "none of the allowed"),
        ({"algorithms": []}, "algorithms"),
        ({"algorithms": ["RS256", "RS256"]}, "named twice"),
        ({"jwks": {}}, "exactly one place"),
        ({"jwks": {"file": "/a", "url": "https://a.example"}}, "exactly one place"),
        ({"jwks": {"url": "http://a.example"}}, "https"),
        ({"jwks": {"file": "jwks.json"}}, "absolute"),
        ({"jwks": {"file": "/a", "ca_file": "/b"}}, "ca_file"),
        ({"team_claim": None}, "team_claim"),
        ({"roles_claim": None}, "roles_claim"),
        ({"roles": None}, "no value means a role|which no value"),
        ({"roles": {"rf": "king"}}, "none of the allowed"),
        ({"teams": {"Claims": "No Team"}}, "no team's name"),
        ({"secret": "s"}, "unknown key"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused_with_its_line(
    policy_of: Callable[..., Policy], changes: dict[str, Any], problem: str
) -> None:
    entry = {name: said for name, said in (ENTRY | changes).items() if said is not None}
    with pytest.raises(ConfigError, match=problem) as refused:
        policy_of(entry)
    assert all(each.line for each in refused.value.problems)


def test_an_issuer_has_one_entry(policy_of: Callable[..., Policy]) -> None:
    with pytest.raises(ConfigError, match="entry above"):
        policy_of(ENTRY, ENTRY | {"audience": "another"})
