"""A token is believed when everything about it is right, and says who, whose and what."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import identity_provider as idp
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.accounts.people.fetch import KeysUnreadable
from router.accounts.people.jwks import KEEP_S, REFRESH_S, RETRY_S, parse_jwks
from router.accounts.people.rules import IssuerRules, PeopleRules
from router.accounts.people.tokens import LEEWAY_S, TokenVerifier
from router.clock import SystemClock
from router.domain import DataClass, Role
from router.errors import NotAuthenticated
from tests.unit.clock import ManualClock

NOW_S = int(time.time())
DAY_S = 86_400
FEWER = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])


def verifier(
    read: Callable[[IssuerRules], bytes] = lambda _rules: idp.EVERYBODY, **changes: Any
) -> TokenVerifier:
    """One that has read its issuer's keys."""
    made = TokenVerifier(PeopleRules((idp.rules(**changes),)), SystemClock(), read)
    asyncio.run(made.prepare(idp.token()))
    return made


@pytest.mark.parametrize(
    ("key", "algorithm", "kid"),
    [(idp.RSA, "RS256", "rsa"), (idp.EC, "ES256", "ec"), (idp.ED, "EdDSA", "ed")],
)
def test_a_token_says_who_asks_whose_they_are_and_what_they_may(
    key: Any, algorithm: str, kid: str
) -> None:
    person = verifier().verify(idp.token(key, algorithm, kid))
    assert person.user == f"{idp.ISSUER}#7f3a"
    assert person.team == "claims"
    assert person.roles == {Role.DEVELOPER, Role.AUDITOR}
    assert person.floor is DataClass.PUBLIC


def test_somebody_who_asks_for_themselves_is_the_same_with_every_token() -> None:
    believed = verifier()
    first = believed.verify(idp.token()).principal("claims")
    again = believed.verify(idp.token(idp.EC, "ES256", "ec", iat=NOW_S - 5)).principal("claims")
    other = believed.verify(idp.token(sub="another")).principal("claims")
    assert first == again
    assert first.key_id != other.key_id
    assert len(first.key_id) <= 36  # the width of a key's id in every table


def _alike_at_any_time(changes: dict[str, Any]) -> str:
    """Workers collect the tests at different times."""
    return str({name: "a time" if value in _TIMES else value for name, value in changes.items()})


_TIMES = (NOW_S - LEEWAY_S - 60, NOW_S + DAY_S)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "somebody-else"},
        {"aud": None},
        {"aud": []},
        {"exp": NOW_S - LEEWAY_S - 60},
        {"exp": None},
        {"exp": "tomorrow"},
        {"nbf": NOW_S + DAY_S},
        {"iat": NOW_S + DAY_S},
        {"iat": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "a\nb"},
        {"sub": "x" * 256},
        {"sub": "zoë"},
        {"department": ["Claims", "Cardiology"]},
        {"clearance": "cosmic"},
        {"clearance": 3},
    ],
    ids=_alike_at_any_time,
)
def test_a_token_of_which_anything_is_wrong_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(NotAuthenticated):
        verifier().verify(idp.token(**changes))


def test_nobody_signs_a_token_but_the_issuer() -> None:
    believed = verifier()
    public = idp.RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    unsigned = jwt.encode(idp.claims(), None, algorithm="none", headers={"kid": "rsa"})
    header, body, signature = idp.token().split(".")
    refused = [
        unsigned,
        _signed_with_public_key(public),
        idp.token(idp.OTHER_RSA),  # the right id, another's key
        idp.token(idp.EC, "ES256", "rsa"),
        idp.token(idp.RSA, "RS256", "ec"),
        idp.token(idp.RSA, "RS256", "unknown"),
        idp.token(idp.RSA, "RS256", None),
        idp.token(idp.RSA, "RS512", "rsa"),
        idp.token(idp.RSA, "PS256", "rsa"),
        f"{header}.{body}.",
        f"{header}.{_encoded(idp.claims(sub='root'))}.{signature}",
        f"{_encoded({'alg': 'none', 'kid': 'rsa'})}.{body}.{signature}",
    ]
    for token in refused:
        with pytest.raises(NotAuthenticated):
            believed.verify(token)


def test_only_the_algorithms_of_the_policy_are_taken() -> None:
    believed = verifier(algorithms=("ES256",))
    asyncio.run(believed.prepare(idp.token()))
    believed.verify(idp.token(idp.EC, "ES256", "ec"))
    with pytest.raises(NotAuthenticated):
        believed.verify(idp.token())


def test_where_teams_are_not_mapped_the_claim_is_the_team() -> None:
    believed = verifier(teams={})
    assert believed.verify(idp.token(department="claims")).team == "claims"
    assert believed.verify(idp.token(department="No Team's Name")).team is None
    assert believed.verify(idp.token(department=None)).team is None
    assert verifier().verify(idp.token(department="Unmapped")).team is None


def test_a_claim_may_raise_the_floor_and_roles_are_only_those_of_the_policy() -> None:
    person = verifier().verify(
        idp.token(clearance="confidential", realm_access={"roles": ["admin", "rf-admin", 7]})
    )
    assert person.floor is DataClass.CONFIDENTIAL
    assert person.roles == {Role.DEVELOPER, Role.ADMIN}


@pytest.mark.parametrize("said", ["rf-audit", None, 7, {"roles": "rf-audit"}, [["rf-audit"]]])
def test_roles_that_are_not_where_the_policy_says_are_none(said: Any) -> None:
    assert verifier().verify(idp.token(realm_access=said)).roles <= {Role.DEVELOPER, Role.AUDITOR}
    if said != {"roles": "rf-audit"}:
        assert verifier().verify(idp.token(realm_access=said)).roles == {Role.DEVELOPER}


@FEWER
@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_garbage_is_refused_and_breaks_nothing(garbage: str) -> None:
    _refused(garbage)


@FEWER
@given(st.lists(st.text(max_size=40), min_size=3, max_size=3))
def test_garbage_in_the_shape_of_a_token_is_refused(parts: list[str]) -> None:
    _refused(".".join(base64.urlsafe_b64encode(part.encode()).decode() for part in parts))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
NAMES = ["alg", "kid", "typ", "crit", "iss", "aud", "sub", "exp", "iat", "nbf", "b64"]


@FEWER
@given(
    st.dictionaries(st.sampled_from(NAMES), json_values),
    st.dictionaries(st.sampled_from(NAMES), json_values),
)
def test_a_header_and_claims_of_anybodys_are_refused(
    header: dict[str, Any], body: dict[str, Any]
) -> None:
    good = {"alg": "RS256", "kid": "rsa"}
    for said in (header, good | header, good):
        for spoken in (body, idp.claims() | body):
            _refused(f"{_encoded(said)}.{_encoded(spoken)}.c2lnbmF0dXJl")


@FEWER
@given(
    changes=st.dictionaries(st.sampled_from([*NAMES[4:], "department", "clearance"]), json_values)
)
def test_what_an_issuer_signed_is_believed_or_refused_and_nothing_else(
    changes: dict[str, Any],
) -> None:
    header, body = _encoded({"alg": "EdDSA", "kid": "ed"}), _encoded(idp.claims() | changes)
    signature = base64.urlsafe_b64encode(idp.ED.sign(f"{header}.{body}".encode()))
    try:
        person = BELIEVED.verify(f"{header}.{body}.{signature.decode().rstrip('=')}")
    except NotAuthenticated:
        return
    assert person.user.startswith(f"{idp.ISSUER}#")
    assert person.user.isascii()


def test_a_deep_or_a_long_token_is_refused() -> None:
    deep = base64.urlsafe_b64encode(b'{"iss":' + b"[" * 9_000).decode().rstrip("=")
    _refused(f"{deep}.{deep}.x"[: 16 * 1024])
    _refused("a" * 20_000 + ".b.c")


def test_no_message_quotes_a_token() -> None:
    token = idp.token(sub="secret-subject\n")
    with pytest.raises(NotAuthenticated) as refused:
        verifier().verify(token)
    assert "secret-subject" not in str(refused.value)
    assert token not in str(refused.value)


class Provider:
    """Counts who asks for its keys; may be down, or slow until it is let go."""

    def __init__(self) -> None:
        self.keys = idp.jwks(idp.jwk("rsa", idp.RSA))
        self.reads = 0
        self.down = False
        self.go_on = threading.Event()
        self.go_on.set()

    def read(self, _rules: IssuerRules) -> bytes:
        self.reads += 1
        self.go_on.wait()
        if self.down:
            raise KeysUnreadable("ConnectError")
        return self.keys


async def believed(tokens: TokenVerifier, token: str) -> bool:
    await tokens.prepare(token)
    try:
        tokens.verify(token)
    except NotAuthenticated:
        return False
    return True


def with_provider() -> tuple[Provider, ManualClock, TokenVerifier]:
    provider, clock = Provider(), ManualClock()
    rules = PeopleRules((idp.rules(),))
    return provider, clock, TokenVerifier(rules, clock, provider.read)


async def test_what_is_known_of_an_issuer_outlives_a_policy_that_leaves_it_as_it_is() -> None:
    provider, _, tokens = with_provider()
    assert await believed(tokens, idp.token())
    provider.down = True
    another = idp.rules(issuer="https://other.example")
    later = tokens.following(PeopleRules((another, idp.rules())))
    assert await believed(later, idp.token())
    assert provider.reads == 1
    assert not await believed(later.following(PeopleRules((another,))), idp.token())
    assert later.following(PeopleRules((another, idp.rules()))) is later


async def test_an_issuer_that_signs_elsewhere_from_now_on_is_asked_there() -> None:
    provider, _, tokens = with_provider()
    assert await believed(tokens, idp.token())
    provider.keys = idp.jwks(idp.jwk("rsa", idp.OTHER_RSA))
    later = tokens.following(PeopleRules((idp.rules(jwks_file="/nowhere/else.json"),)))
    assert not await believed(later, idp.token())
    assert await believed(later, idp.token(idp.OTHER_RSA))


async def test_a_key_that_the_issuer_has_just_begun_to_use_is_read() -> None:
    provider, clock, tokens = with_provider()
    assert await believed(tokens, idp.token())
    provider.keys = idp.EVERYBODY
    clock.advance(RETRY_S)
    assert await believed(tokens, idp.token(idp.EC, "ES256", "ec"))
    assert provider.reads == 2


async def test_tokens_with_made_up_keys_do_not_make_us_ask_the_issuer_each_time() -> None:
    provider, clock, tokens = with_provider()
    for number in range(50):
        assert not await believed(tokens, idp.token(kid=f"made-up-{number}"))
    assert provider.reads == 1
    clock.advance(RETRY_S)
    assert not await believed(tokens, idp.token(kid="made-up"))
    assert provider.reads == 2


async def test_all_who_wait_for_the_same_keys_wait_for_one_reading() -> None:
    provider, _, tokens = with_provider()
    provider.go_on.clear()
    waiting = [asyncio.create_task(believed(tokens, idp.token())) for _ in range(20)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    provider.go_on.set()
    assert all(await asyncio.gather(*waiting))
    assert provider.reads == 1


async def test_who_leaves_while_keys_are_read_takes_them_from_nobody() -> None:
    provider, _, tokens = with_provider()
    provider.go_on.clear()
    leaving, staying = (asyncio.create_task(believed(tokens, idp.token())) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    provider.go_on.set()
    assert await staying


async def test_an_issuer_that_cannot_be_reached_lets_in_only_those_whose_key_is_known(
    caplog: pytest.LogCaptureFixture,
) -> None:
    provider, clock, tokens = with_provider()
    provider.down = True
    assert not await believed(tokens, idp.token())
    assert "ConnectError" in caplog.text
    provider.down = False
    clock.advance(RETRY_S)
    assert await believed(tokens, idp.token())
    provider.down = True
    clock.advance(REFRESH_S + 1)
    assert await believed(tokens, idp.token())
    assert not await believed(tokens, idp.token(idp.EC, "ES256", "ec"))
    clock.advance(KEEP_S)
    assert not await believed(tokens, idp.token())


async def test_a_key_that_the_issuer_has_withdrawn_is_believed_no_more() -> None:
    provider, clock, tokens = with_provider()
    assert await believed(tokens, idp.token())
    provider.keys = idp.jwks(idp.jwk("ec", idp.EC, "ES256"))
    clock.advance(REFRESH_S + 1)
    assert await believed(tokens, idp.token(idp.EC, "ES256", "ec"))
    assert not await believed(tokens, idp.token())


@pytest.mark.parametrize(
    "entry",
    [
        idp.jwk("weak", idp.WEAK_RSA),
        idp.jwk("encrypts", idp.RSA, use="enc"),
        idp.jwk("other", idp.RSA, alg="RS512"),
        idp.jwk("wide", idp.WIDE_EC, "ES256"),
        idp.jwk("", idp.RSA) | {"kid": 7},
        {"kty": "oct", "kid": "shared", "k": "c2VjcmV0", "alg": "HS256"},
        {"kty": "RSA", "kid": "half", "n": "AQAB"},
        {"kty": "EC", "kid": "off", "crv": "P-256", "x": "AQ", "y": "AQ"},
        jwt.algorithms.RSAAlgorithm.to_jwk(idp.RSA, as_dict=True) | {"kid": "private"},
        "text",
        None,
    ],
    ids=[
        *("a weak key", "a key to encrypt", "another algorithm", "another curve", "a number as id"),
        *("a shared secret", "half a key", "a point off the curve", "a private key"),
        *("a text", "nothing"),
    ],
)
def test_keys_that_may_not_sign_are_left_out(entry: Any) -> None:
    assert parse_jwks(idp.jwks(entry)) == {}


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"keys": 1}', b"\xff", b"[" * 99_999])
def test_what_is_no_key_set_is_unreadable(content: bytes) -> None:
    with pytest.raises(KeysUnreadable):
        parse_jwks(content)


MEMBERS = ["kty", "kid", "crv", "n", "e", "x", "y", "use", "alg"]
plain_values = st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.just([])


@FEWER
@given(st.dictionaries(st.sampled_from(MEMBERS), plain_values))
def test_a_key_set_of_anything_breaks_nothing(entry: dict[str, Any]) -> None:
    kinds = ({"kty": "RSA"}, {"kty": "EC", "crv": "P-256"}, {"kty": "OKP", "crv": "Ed25519"}, {})
    parse_jwks(json.dumps({"keys": [entry | kind for kind in kinds]}).encode())


BELIEVED = verifier()


def _refused(token: str) -> None:
    with pytest.raises(NotAuthenticated):
        BELIEVED.verify(token)


def _encoded(said: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


def _signed_with_public_key(public: bytes) -> str:
    """RS256 taken for HS256: the public key as the shared secret."""
    import hashlib
    import hmac

    signed = f"{_encoded({'alg': 'HS256', 'kid': 'rsa'})}.{_encoded(idp.claims())}"
    digest = hmac.digest(public, signed.encode(), hashlib.sha256)
    return f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"
