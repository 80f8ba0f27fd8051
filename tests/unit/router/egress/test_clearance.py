"""A clearance covers exactly one body, one place and one model, and only the gateway makes one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from router.domain import (
    Capability,
    DataClass,
    Decision,
    Dialect,
    Location,
    ModelSpec,
    PlanStep,
    Price,
    Tier,
)
from router.egress.clearance import ClearanceOffice, verify
from router.errors import EgressRefused

MODEL = ModelSpec(
    id="gpt",
    version="1",
    dialect=Dialect.OPENAI,
    location=Location.EXTERNAL,
    approved=frozenset({DataClass.PUBLIC, DataClass.INTERNAL}),
    residency=frozenset({"us"}),
    capabilities=frozenset({Capability.CHAT}),
    context_tokens=1000,
    price=Price(0, 0),
    upstream_model="gpt",
    origin="https://api.example.com",
)
DECISION = Decision(
    choice="auto",
    data_class=DataClass.INTERNAL,
    permitted=("gpt@1",),
    excluded=(),
    plan=(PlanStep(MODEL, Tier.BALANCED),),
    reasons=(),
    policy_digest="sha256:0",
)
KEY = Ed25519PrivateKey.generate()
BODY = b'{"messages":[]}'


def issue(office: ClearanceOffice | None = None, **changes: object) -> str:
    covered = {
        "decision": DECISION,
        "model": MODEL,
        "request_id": "r",
        "attempt": 1,
        "path": "/v1/chat/completions",
        "body": BODY,
        "expires_at_s": 100.0,
    }
    return (office or ClearanceOffice(KEY)).issue(**(covered | changes))  # type: ignore[arg-type]


def check(token: str | None, **changes: object) -> object:
    covered = {
        "public_key": KEY.public_key(),
        "model": "gpt@1",
        "origin": "https://api.example.com",
        "path": "/v1/chat/completions",
        "body": BODY,
        "now_s": 99.0,
    }
    return verify(token, **(covered | changes))  # type: ignore[arg-type]


def test_it_covers_what_it_was_issued_for() -> None:
    check(issue())


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("body", BODY + b" "),
        ("origin", "https://api.example.com:8443"),
        ("origin", "http://api.example.com"),
        ("path", "/v1/embeddings"),
        ("model", "gpt@2"),
        ("now_s", 100.0),
        ("public_key", Ed25519PrivateKey.generate().public_key()),
    ],
)
def test_it_covers_nothing_else(part: str, value: object) -> None:
    with pytest.raises(EgressRefused):
        check(issue(), **{part: value})


@pytest.mark.parametrize(
    "changes",
    [
        {"decision": replace(DECISION, permitted=())},
        {"decision": replace(DECISION, data_class=DataClass.RESTRICTED)},
        {"model": replace(MODEL, origin=None)},
    ],
)
def test_none_is_issued_for_what_the_decision_does_not_permit(changes: dict[str, object]) -> None:
    with pytest.raises(EgressRefused):
        issue(**changes)


@given(st.text(max_size=200))
def test_what_is_not_a_clearance_is_refused(token: str) -> None:
    with pytest.raises(EgressRefused):
        check(token)


@given(position=st.integers(min_value=0), char=st.sampled_from("AZaz09-_.="))
def test_no_character_of_one_can_be_changed(position: int, char: str) -> None:
    token = issue()
    position %= len(token)
    altered = token[:position] + char + token[position + 1 :]
    if altered == token:
        return
    # The last character of a base64 group carries bits that mean nothing; the rest must count.
    try:
        check(altered)
    except EgressRefused:
        return
    assert position in (token.index(".") - 1, len(token) - 1)
