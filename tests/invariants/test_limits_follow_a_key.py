"""Limits of a key's own, and the issuers of a policy, as the whole gateway has them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from router.domain import Allowance
from router.policy.archive import Active, activate, keep
from router.store.database import connect
from serving.simulator.process import SimulatorProcess
from tests.bodies import CHAT, chat
from tests.stack import Stack, running_stack, until

ISSUER = "https://login.example"
NOTHING_TO_SPEND = Allowance(budget_nano_usd_per_day=0)
"""Refuses in whatever window a test runs, and through its end."""


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, providers: Mapping[str, SimulatorProcess]
) -> Iterator[Stack]:
    with running_stack(tmp_path_factory.mktemp("own"), providers=providers) as stack:
        stack.reset()
        yield stack
        stack.reset()


def answers(stack: Stack, key: str) -> Callable[[int], bool]:
    """Whether the key gets such a status by now."""
    return lambda status: stack.post(CHAT, chat(), key=key).status_code == status


def test_a_keys_own_budget_holds_at_once_and_after_a_rotation(stack: Stack) -> None:
    key, text = stack.keys.create(team="default", allowance=NOTHING_TO_SPEND)
    asks = answers(stack, text)
    until(lambda: asks(429))
    refused = stack.post(CHAT, chat(), key=text)
    assert refused.json()["error"]["code"] == "budget_exceeded"
    assert "this key" in refused.json()["error"]["message"]
    _, new, successor = stack.keys.rotate(key.id, overlap_s=3_600)
    asks_anew = answers(stack, successor)
    until(lambda: asks_anew(429))
    stack.keys.limit(new.id, Allowance(), keep_others=False)
    until(lambda: asks(200))
    assert asks_anew(200)
    stack.keys.limit(key.id, NOTHING_TO_SPEND)
    until(lambda: asks_anew(429))
    assert asks(429)
    assert stack.post(CHAT, chat()).status_code == 200  # nobody else's concern


def test_a_person_is_known_while_the_policy_in_force_names_their_issuer(
    stack: Stack, tmp_path: Path
) -> None:
    signing = Ed25519PrivateKey.generate()
    token = signed(signing)
    assert stack.post(CHAT, chat(), key=token).status_code == 401
    apply(stack, {"issuers": [issuer(tmp_path, signing)]}, at_s=time.time() + 1)
    until(lambda: stack.post(CHAT, chat(), key=token).status_code == 200)
    assert "fast" in {each["id"] for each in models(stack, token)}
    apply(stack, {"issuers": []}, at_s=time.time() + 2)
    until(lambda: stack.post(CHAT, chat(), key=token).status_code == 401)


def models(stack: Stack, token: str) -> list[dict[str, Any]]:
    answer = stack.http.get("/v1/models", headers={"authorization": f"Bearer {token}"})
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def issuer(directory: Path, signing: Ed25519PrivateKey) -> dict[str, Any]:
    public = jwt.algorithms.OKPAlgorithm.to_jwk(signing.public_key(), as_dict=True) | {"kid": "1"}
    (directory / "jwks.json").write_text(json.dumps({"keys": [public]}))
    return {
        "issuer": ISSUER,
        "audience": "ringfence",
        "jwks": {"file": str(directory / "jwks.json")},
        "algorithms": ["EdDSA"],
        "team_claim": "department",
    }


def signed(signing: Ed25519PrivateKey) -> str:
    now_s = int(time.time())
    said = {"iss": ISSUER, "aud": "ringfence", "sub": "7f3a", "department": "default"}
    said |= {"iat": now_s, "exp": now_s + 3_600}  # type: ignore[dict-item]
    return jwt.encode(said, signing, algorithm="EdDSA", headers={"kid": "1"})


def apply(stack: Stack, people: Mapping[str, Any], at_s: float) -> None:
    """As `ringfence policy apply` does it."""
    text = stack.rules.policy.text
    policy = yaml.safe_load(text.policy) | {"people": dict(people)}
    engine = connect(stack.database_url)
    with engine.begin() as connection:
        digest = keep(connection, replace(text, policy=yaml.safe_dump(policy).encode()))
        assert activate(connection, Active(digest, at_s, "a test"))
    engine.dispose()
