"""A conversation is remembered by what answered it last, as long as the policy says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from router.conversation.conversations import Conversations
from router.conversation.keys import ConversationKeys
from router.conversation.store import ConversationStore, remember
from router.domain import (
    DataClass,
    Endpoint,
    InferenceRequest,
    Outcome,
    OutcomeStatus,
    Principal,
    Tier,
    Usage,
)
from router.policy.routing_rules import ConversationRules
from router.store.database import connect
from router.task import Escalation, Features
from tests.bodies import chat

FOR_A_MINUTE = ConversationRules(60.0, 0.1)
ASKER = Principal("key", "team", DataClass.PUBLIC, frozenset(Tier))
ASKED = InferenceRequest("r", Endpoint.CHAT, chat(), "auto", stream=False)
ANSWERED = Outcome(
    request_id="r",
    status=OutcomeStatus.ANSWERED,
    http_status=200,
    error_code=None,
    model="large@1",
    weights_digest=None,
    tier=None,
    attempts=(),
    usage=Usage(),
    cost_nano_usd=0,
    ttft_s=None,
    latency_s=1.0,
)


class At:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.at_s = 1_000.0

    def now_s(self) -> float:
        return self.at_s

    def monotonic_s(self) -> float:
        return self.at_s


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    engine = connect(migrated_url)
    yield engine
    engine.dispose()


def conversations(
    engine: Engine, clock: At, rules: ConversationRules | None = FOR_A_MINUTE
) -> Conversations:
    keys = ConversationKeys(b"k" * 32)
    return Conversations(rules=rules, keys=keys, store=ConversationStore(engine), clock=clock)


def end(engine: Engine, known: Conversations, outcome: Outcome) -> None:
    mark = known.mark(ASKED, ASKER, outcome)
    if mark is not None:
        with engine.begin() as connection:
            remember(connection, mark)


async def test_what_answered_is_recalled_until_the_policys_time_is_over(engine: Engine) -> None:
    clock = At()
    known = conversations(engine, clock)
    assert await known.recall(Features(), ASKED, ASKER) == Features()
    end(engine, known, ANSWERED)
    recalled = await known.recall(Features(turns=2), ASKED, ASKER)
    assert recalled == Features(turns=2, conversation_model="large@1")
    clock.at_s += 60.0
    assert await known.recall(Features(), ASKED, ASKER) == Features()


async def test_an_escalation_is_recalled_and_a_kept_answer_is_none(engine: Engine) -> None:
    known = conversations(engine, At())
    kept = Escalation("small@1", "large@1", "refusal", kept=True)
    end(engine, known, replace(ANSWERED, escalation=kept))
    assert not (await known.recall(Features(), ASKED, ASKER)).escalated_before
    end(engine, known, replace(ANSWERED, escalation=replace(kept, kept=False)))
    end(engine, known, ANSWERED)
    assert (await known.recall(Features(), ASKED, ASKER)).escalated_before


@pytest.mark.parametrize("status", [OutcomeStatus.FAILED, OutcomeStatus.REFUSED])
def test_nobody_goes_on_from_what_failed(engine: Engine, status: OutcomeStatus) -> None:
    known = conversations(engine, At())
    assert known.mark(ASKED, ASKER, replace(ANSWERED, status=status)) is None
    assert known.mark(ASKED, ASKER, replace(ANSWERED, model=None)) is None
    assert known.mark(replace(ASKED, endpoint=Endpoint.COMPLETIONS), ASKER, ANSWERED) is None


async def test_a_policy_without_conversations_writes_and_reads_nothing(engine: Engine) -> None:
    clock = At()
    end(engine, conversations(engine, clock), ANSWERED)
    unasked = conversations(engine, clock, rules=None)
    assert unasked.mark(ASKED, ASKER, ANSWERED) is None
    assert await unasked.recall(Features(), ASKED, ASKER) == Features()
