"""Nobody fills the log or a request with opinions: feedback is under its caller's limits."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import pytest
from sqlalchemy import Connection
from test_vault_feedback import SECRET, caller, give, rows
from vault_case import Room

from router.accounts.limits.rules import LimitRules, Limits
from router.errors import FeedbackFull, RateLimited, RecordNotFound
from router.feedback.feedback import FeedbackRules

TWO = Limits(requests_per_minute=2)
MINUTE_S = 60.0


@pytest.mark.parametrize(
    "limits",
    [LimitRules(all=TWO), LimitRules(each_team=TWO), LimitRules(each_key=TWO)],
    ids=["of everybody", "of the team", "of the key"],
)
async def test_each_piece_is_one_request_more_and_says_when_to_come_back(
    room: Room, limits: LimitRules
) -> None:
    request_id = await room.ask()
    for score in (0.0, 0.5):
        await give(room, request_id, {"score": score, "comment": SECRET}, limits=limits)
    kept = room.kept()
    with pytest.raises(RateLimited) as refused:
        await give(room, request_id, {"score": 1.0, "comment": SECRET}, limits=limits)
    assert refused.value.retry_after_s is not None
    assert 1 <= refused.value.retry_after_s <= MINUTE_S
    assert (room.kept(), len(rows(room))) == (kept, 2)
    assert room.act_names().count("feedback.given") == 2
    room.clock.advance(MINUTE_S)
    await give(room, request_id, {"score": 1.0, "comment": SECRET}, limits=limits)
    assert len(rows(room)) == 3


async def test_a_refusal_does_not_have_the_records_of_others_written_twice(room: Room) -> None:
    """What waits together is committed together, and begun again where one of it fails."""
    request_id, limits = await room.ask(), LimitRules(each_key=TWO)
    for score in (0.0, 0.5):
        await give(room, request_id, {"score": score}, limits=limits)
    busy, go_on, written = threading.Event(), threading.Event(), []

    def keep_busy(_connection: Connection) -> None:
        busy.set()
        go_on.wait()

    first = room.writer.submit(keep_busy)
    assert busy.wait(60)
    other = room.writer.submit(lambda _connection: written.append("a record"))
    refused = asyncio.create_task(give(room, request_id, {"score": 1.0}, limits=limits))
    await asyncio.sleep(0)  # until it waits for the writer
    go_on.set()
    with pytest.raises(RateLimited):
        await refused
    first.result()
    other.result()
    assert written == ["a record"]


async def test_what_is_not_taken_counts_as_well(room: Room) -> None:
    """Else ids could be guessed, and keys of the vault asked for, without an end."""
    limits = LimitRules(each_key=TWO)
    for _ in range(2):
        with pytest.raises(RecordNotFound):
            await give(room, "never-was", {"comment": SECRET}, limits=limits)
    with pytest.raises(RateLimited):
        await give(room, "never-was", {"comment": SECRET}, limits=limits)
    request_id = await room.ask()
    await give(room, request_id, {"score": 1.0}, by=caller(key_id="key-2"), limits=limits)


async def test_a_limit_of_tokens_or_of_a_model_is_none_of_feedback(room: Room) -> None:
    request_id = await room.ask()
    limits = LimitRules(each_key=Limits(tokens_per_minute=1), models={"gpt-5-mini": TWO})
    for score in (0.0, 0.5, 1.0):
        await give(room, request_id, {"score": score}, limits=limits)
    assert len(rows(room)) == 3


async def test_one_key_leaves_room_for_its_team(room: Room) -> None:
    request_id, rules = await room.ask(), FeedbackRules(max_per_request=3, max_per_key=2)
    for score in (0.0, 0.5):
        await give(room, request_id, {"score": score}, rules=rules)
    with pytest.raises(FeedbackFull, match="This key has given 2"):
        await give(room, request_id, {"score": 1.0}, rules=rules)
    rotated = replace(caller(key_id="key-3"), key_line=("key-1", "key-3"))
    with pytest.raises(FeedbackFull, match="This key has given 2"):
        await give(room, request_id, {"score": 1.0}, rules=rules, by=rotated)
    await give(room, request_id, {"score": 1.0}, rules=rules, by=caller(key_id="key-2"))
    with pytest.raises(FeedbackFull, match="This request has 3"):
        await give(room, request_id, {"score": 0.0}, rules=rules, by=caller(key_id="key-4"))
