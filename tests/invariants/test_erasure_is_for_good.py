"""Erased is erased: an answer that streams while its subject is erased leaves no text behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from router.accounts.people.actor import Actor
from router.audit.vault.erasing import erase_all
from router.audit.vault.erasure import Erasure
from router.audit.vault.erasure_scope import OfTeam, Target
from router.audit.vault.holds import OfRequest, OfSubject
from router.audit.vault.subjects import PURPOSE, SubjectNames
from router.clock import SystemClock
from router.domain import Role
from router.privacy.tenancy import TenantSecrets
from router.store.database import connect
from tests.bodies import CHAT, RESTRICTED, chat
from tests.stack import Stack, until

ROOT = b"r" * 32
ADMIN = Actor("admin-1", frozenset({Role.ADMIN}))
TEXTS = "SELECT request_id, part FROM vault_texts"


def keeping(key_per: str) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    def edit(_models: dict[str, Any], policy: dict[str, Any]) -> None:
        kept = {"keep": "both", "max_days": 30}
        classes = dict.fromkeys(("public", "internal", "confidential", "restricted"), kept)
        policy["vault"] = {"key_per": key_per, "classes": classes}

    return edit


@contextmanager
def streaming(stack: Stack, subject: str) -> Iterator[str]:
    """An answer that has begun and goes no further; its client leaves at the end of the `with`."""
    headers = {"authorization": f"Bearer {stack.key}", "x-ringfence-subject": subject}
    body = chat(RESTRICTED, stream=True)
    with stack.http.stream("POST", CHAT, json=body, headers=headers) as answer:
        assert answer.status_code == 200
        next(answer.iter_bytes())
        yield answer.headers["x-ringfence-request-id"]


def erase(stack: Stack, target: Target) -> Erasure:
    """As `ringfence vault erase` does it, from another process's connection."""
    engine = connect(stack.database_url)
    rules = stack.rules.policy.vault
    try:
        return erase_all(
            engine, target, rules, actor=ADMIN, reason="their wish", clock=SystemClock()
        ).erasure
    finally:
        engine.dispose()


@pytest.mark.parametrize("key_per", ["subject", "team"])
@pytest.mark.parametrize("what", ["subject", "request", "team"])
def test_what_is_answered_to_somebody_erased_meanwhile_is_not_kept(
    own_stack: Callable[..., Stack], key_per: str, what: str
) -> None:
    stack = own_stack(edit=keeping(key_per), root_secret=ROOT)
    stack.providers["private"].configure(stall_stream_after_tokens=3)
    names = SubjectNames(TenantSecrets(ROOT).purpose(PURPOSE))
    with ExitStack() as answers:
        theirs = answers.enter_context(streaming(stack, "p-1"))
        another = answers.enter_context(streaming(stack, "p-2"))
        until(lambda: {(theirs, "input"), (another, "input")} <= set(stack.rows(TEXTS)))
        target: Target = {
            "subject": OfSubject("default", names.digest("default", "p-1")),
            "request": OfRequest(theirs),
            "team": OfTeam("default"),
        }[what]
        assert erase(stack, target).done
    records = [stack.closed_record(each) for each in (theirs, another)]
    assert all(record["outcome"]["output_digest"] for record in records)
    left = {(another, "input"), (another, "output")}
    assert set(stack.rows(TEXTS)) == (set() if what == "team" else left)
