"""`ringfence break-glass`, and who counts as having run a command."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
import typer
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner, Result

import router
from router.accounts.people.permissions import Permission
from router.domain import Role
from router.policy.archive import Active, activate, keep
from router.policy.policy import RulesText
from serving.cli.actor import require_actor
from serving.cli.people import app
from serving.cluster.accounts import open_key_store
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths
from tests.migrated import migrated_state

ROOT = Path(router.__file__).parent.parent
ISSUER = "https://login.example"


@pytest.fixture
def paths(tmp_path: Path) -> ClusterPaths:
    """A cluster with an operator and an administrator."""
    return migrated_state(tmp_path / "state")


def key(paths: ClusterPaths, owner: str, *roles: Role) -> str:
    _, text = open_key_store(paths).create(team="ops", owner=owner, roles=roles)
    return text


def run(paths: ClusterPaths, *command: str, token: str = "") -> Result:
    place = ["--state-dir", str(paths.state)]
    return CliRunner().invoke(app, [*command, *place], env={"RINGFENCE_TOKEN": token})


def grants(paths: ClusterPaths) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(run(paths, "list", "--json").stdout)
    return listed


OPEN = ("open", "--role", "auditor", "--reason", "complaint 4711")


@pytest.mark.parametrize("command", ["open", "close", "list"])
def test_every_command_shows_an_example(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"])
    assert shown.exit_code == 0
    assert f"Example: ringfence break-glass {command}" in " ".join(shown.stdout.split())


def test_a_role_is_taken_used_and_given_back(
    paths: ClusterPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = key(paths, "o.operator", Role.OPERATOR)
    monkeypatch.setenv("RINGFENCE_TOKEN", token)
    with pytest.raises(typer.Exit):
        require_actor(paths.state, Permission.READ_TEXTS)
    opened = run(paths, *OPEN, "--hours", "1", "--json", token=token)
    assert opened.exit_code == 0
    grant = json.loads(opened.stdout)
    assert (grant["actor"], grant["role"], grant["state"]) == ("o.operator", "auditor", "open")
    actor = require_actor(paths.state, Permission.READ_TEXTS)
    assert actor.name == "o.operator"
    assert require_actor(paths.state, Role.AUDITOR).roles == {Role.OPERATOR, Role.AUDITOR}
    assert run(paths, "close", grant["id"], token=token).exit_code == 0
    assert run(paths, "close", grant["id"], token=token).exit_code == 1
    assert [each["state"] for each in grants(paths)] == ["closed"]
    with pytest.raises(typer.Exit):
        require_actor(paths.state, Permission.READ_TEXTS)


def test_it_takes_a_reason_an_end_and_a_role_that_is_one(paths: ClusterPaths) -> None:
    token = key(paths, "o.operator", Role.OPERATOR)
    assert run(paths, "open", "--role", "auditor", token=token).exit_code == 2
    assert run(paths, "open", "--role", "king", "--reason", "why", token=token).exit_code == 2
    for bad, status in ((["--reason", " "], 2), (["--reason", "why", "--hours", "25"], 1)):
        refused = run(paths, "open", "--role", "auditor", *bad, token=token)
        assert refused.exit_code == status
    assert grants(paths) == []


def test_a_developer_takes_none(paths: ClusterPaths) -> None:
    token = key(paths, "d.developer", Role.DEVELOPER)
    refused = run(paths, *OPEN, token=token)
    assert refused.exit_code == 1
    assert "break glass takes the role" in refused.stderr
    assert grants(paths) == []


def test_people_see_all_of_a_grant_at_80_columns(paths: ClusterPaths) -> None:
    assert "no grants" in run(paths, "list").stdout
    opened = run(paths, *OPEN, token=key(paths, "o.operator", Role.OPERATOR))
    assert "o.operator is auditor until" in opened.stdout
    shown = CliRunner().invoke(
        app, ["list", "--state-dir", str(paths.state)], env={"COLUMNS": "80"}
    )
    for part in (grants(paths)[0]["id"], "o.operator", "auditor", "open", "complaint 4711"):
        assert part in shown.stdout


def test_who_has_the_files_administers_them_while_nobody_else_does(
    paths: ClusterPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RINGFENCE_TOKEN", raising=False)
    actor = require_actor(paths.state, Permission.MANAGE_KEYS)
    assert actor.name.startswith("os:")
    with pytest.raises(typer.Exit):
        require_actor(paths.state, Permission.READ_TEXTS)
    key(paths, "a.author", Role.ADMIN)
    with pytest.raises(typer.Exit):
        require_actor(paths.state, Permission.MANAGE_KEYS)


def test_a_token_of_the_policys_issuer_says_who_acts(
    paths: ClusterPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signing = Ed25519PrivateKey.generate()
    serving_with_issuer(paths, tmp_path, signing)
    now = datetime.now(UTC)
    said = {
        "iss": ISSUER,
        "aud": "ringfence",
        "sub": "7f3a",
        "iat": now,
        "exp": now + timedelta(hours=1),
        "groups": ["rf-audit"],
    }
    token = jwt.encode(said, signing, algorithm="EdDSA", headers={"kid": "1"})
    monkeypatch.setenv("RINGFENCE_TOKEN", token)
    actor = require_actor(paths.state, Permission.READ_TEXTS)
    assert actor.name == f"{ISSUER}#7f3a"
    another = jwt.encode(
        said, Ed25519PrivateKey.generate(), algorithm="EdDSA", headers={"kid": "1"}
    )
    monkeypatch.setenv("RINGFENCE_TOKEN", another)
    with pytest.raises(typer.Exit):
        require_actor(paths.state, Permission.READ_TEXTS)


def serving_with_issuer(paths: ClusterPaths, tmp_path: Path, signing: Ed25519PrivateKey) -> None:
    """A cluster whose policy in force names an issuer."""
    jwk = jwt.algorithms.OKPAlgorithm.to_jwk(signing.public_key(), as_dict=True) | {"kid": "1"}
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [jwk]}))
    policy = yaml.safe_load((ROOT / "router/policy.yaml").read_text())
    issuer = {
        "issuer": ISSUER,
        "audience": "ringfence",
        "jwks": {"file": str(tmp_path / "jwks.json")},
        "algorithms": ["EdDSA"],
        "roles_claim": "groups",
        "roles": {"rf-audit": "auditor"},
    }
    policy["people"] = {"issuers": [issuer]}
    models = (ROOT / "models.yaml").read_bytes()
    text = RulesText(models, yaml.safe_dump(policy).encode())
    engine = open_database(paths)
    with engine.begin() as connection:
        activate(connection, Active(keep(connection, text), time.time(), "a.author"))
    engine.dispose()
