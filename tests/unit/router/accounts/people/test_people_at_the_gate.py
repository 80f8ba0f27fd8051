"""Tokens at the gate: a person for themselves, or the user for whom an application asks."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import identity_provider as idp
import pytest
from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from router.accounts.authenticator import Authenticator
from router.accounts.keys import KeyHasher, KeyStore
from router.accounts.people.actor import Actor
from router.accounts.people.grants import BreakGlass
from router.accounts.people.rules import PeopleRules
from router.accounts.people.tokens import TokenVerifier
from router.api.gate import USER_TOKEN_HEADER, Gate
from router.clock import SystemClock
from router.domain import DataClass, Role
from router.store.database import connect

HASHER = KeyHasher(b"r" * 32)


@pytest.fixture
def engine(migrated_sqlite: Path) -> Iterator[Engine]:
    engine = connect(f"sqlite:///{migrated_sqlite}")
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: Engine) -> KeyStore:
    return KeyStore(engine, HASHER, SystemClock())


async def who(scope: Scope, receive: Receive, send: Send) -> None:
    """The application behind the gate: says whom the gate let in."""
    principal = Request(scope).state.principal
    said = {
        "key_id": principal.key_id,
        "team": principal.team,
        "user": principal.user,
        "roles": sorted(principal.roles),
        "floor": principal.floor.label,
    }
    await JSONResponse(said)(scope, receive, send)


class Client:
    def __init__(self, authenticator: Authenticator, tokens: TokenVerifier) -> None:
        self.authenticator = authenticator
        self.tokens = tokens
        gate = Gate(who, authenticator=authenticator, tokens=lambda: self.tokens)
        self._http = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=gate), base_url="http://gate"
        )

    async def ask(self, *headers: tuple[str, str]) -> tuple[int, dict[str, Any]]:
        answer = await self._http.get("/v1/anything", headers=list(headers))
        return answer.status_code, json.loads(answer.content)

    async def aclose(self) -> None:
        await self._http.aclose()


@pytest.fixture
async def gate(engine: Engine, store: KeyStore, tmp_path: Path) -> AsyncIterator[Client]:
    """Made once a test has asked for its keys: it knows all that were there before."""
    keys = tmp_path / "jwks.json"
    keys.write_bytes(idp.EVERYBODY)
    rules = PeopleRules((idp.rules(jwks_file=str(keys)),))
    authenticator = Authenticator(engine, HASHER, SystemClock())
    client = Client(authenticator, TokenVerifier(rules, SystemClock()))
    yield client
    await client.aclose()
    authenticator.close()


def bearer(text: str) -> tuple[str, str]:
    return ("authorization", f"Bearer {text}")


def on_behalf(token: str) -> tuple[str, str]:
    return (USER_TOKEN_HEADER, token)


async def test_a_person_asks_for_themselves(gate: Client) -> None:
    gate.authenticator.start()
    status, said = await gate.ask(bearer(idp.token(clearance="internal")))
    assert status == 200
    assert (said["team"], said["user"]) == ("claims", f"{idp.ISSUER}#7f3a")
    assert said["roles"] == ["auditor", "developer"]
    assert said["floor"] == "internal"


async def test_a_person_without_a_team_is_told_so(gate: Client) -> None:
    gate.authenticator.start()
    status, said = await gate.ask(bearer(idp.token(department=None)))
    assert status == 401
    assert "team" in said["error"]["message"]


async def test_an_application_asks_for_a_user(store: KeyStore, gate: Client) -> None:
    key, text = store.create(team="claims", floor=DataClass.INTERNAL)
    gate.authenticator.start()
    status, said = await gate.ask(bearer(text), on_behalf(idp.token(clearance="confidential")))
    assert status == 200
    assert (said["key_id"], said["user"]) == (key.id, f"{idp.ISSUER}#7f3a")
    assert said["floor"] == "confidential"
    assert said["roles"] == ["developer"]  # what the user may does not become the application's


async def test_a_users_floor_lowers_no_keys(store: KeyStore, gate: Client) -> None:
    _, text = store.create(team="claims", floor=DataClass.RESTRICTED)
    gate.authenticator.start()
    status, said = await gate.ask(bearer(text), on_behalf(idp.token(department=None)))
    assert (status, said["floor"]) == (200, "restricted")


async def test_a_bad_user_token_is_never_ignored(store: KeyStore, gate: Client) -> None:
    _, text = store.create(team="claims")
    gate.authenticator.start()
    good = idp.token()
    for bad in ("", "x", "a.b.c", f"Bearer {good}", idp.token(kid="unknown"), idp.token(sub="")):
        status, said = await gate.ask(bearer(text), on_behalf(bad))
        assert (status, said["error"]["code"]) == (401, "invalid_api_key"), bad
    assert (await gate.ask(bearer(text), on_behalf(good), on_behalf(good)))[0] == 401
    assert (await gate.ask(on_behalf(good)))[0] == 401
    assert (await gate.ask(bearer(good), on_behalf(good)))[0] == 401
    assert (await gate.ask(bearer(text), bearer(text)))[0] == 401
    assert (await gate.ask(bearer(text)))[0] == 200


async def test_a_user_of_another_team_is_not_served_by_this_teams_key(
    store: KeyStore, gate: Client
) -> None:
    _, text = store.create(team="payments")
    gate.authenticator.start()
    status, said = await gate.ask(bearer(text), on_behalf(idp.token()))
    assert status == 401
    assert "another team" in said["error"]["message"]


async def test_where_the_policy_names_no_issuer_no_token_is_believed(gate: Client) -> None:
    gate.authenticator.start()
    assert (await gate.ask(bearer(idp.token())))[0] == 200
    gate.tokens = gate.tokens.following(PeopleRules())
    assert (await gate.ask(bearer(idp.token())))[0] == 401


async def test_a_route_lets_in_by_the_issuers_of_its_own_policy(
    engine: Engine, tmp_path: Path
) -> None:
    """A policy is switched while a body arrives: the request is under the new one, whole."""
    keys = tmp_path / "jwks.json"
    keys.write_bytes(idp.EVERYBODY)
    before = TokenVerifier(PeopleRules((idp.rules(jwks_file=str(keys)),)), SystemClock())
    # The new one has other claims, and has read no keys so far.
    rules = idp.rules(jwks_file=str(keys), teams={"Claims": "clinic"})
    after = TokenVerifier(PeopleRules((rules,)), SystemClock())

    async def late(scope: Scope, receive: Receive, send: Send) -> None:
        principal = await Request(scope).state.admit(after)
        await JSONResponse({"team": principal.team})(scope, receive, send)

    authenticator = Authenticator(engine, HASHER, SystemClock())
    authenticator.start()
    gate = Gate(late, authenticator=authenticator, tokens=lambda: before)
    transport = httpx2.ASGITransport(app=gate)
    async with httpx2.AsyncClient(transport=transport, base_url="http://gate") as client:
        answer = await client.get("/v1/anything", headers=[bearer(idp.token())])
    authenticator.close()
    assert (answer.status_code, answer.json()) == (200, {"team": "clinic"})


async def test_a_person_has_the_role_that_they_took_for_a_time(
    engine: Engine, gate: Client
) -> None:
    person = Actor(f"{idp.ISSUER}#7f3a", frozenset({Role.AUDITOR}))
    BreakGlass(engine, SystemClock()).open(person, Role.OPERATOR, "nobody else is awake", 1)
    gate.authenticator.start()
    assert "operator" in (await gate.ask(bearer(idp.token())))[1]["roles"]
    assert "operator" not in (await gate.ask(bearer(idp.token(sub="another"))))[1]["roles"]
