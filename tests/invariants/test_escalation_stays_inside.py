"""Trying a cheaper model first widens nothing, is on the record, and is paid for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest

from router.protocols import Backend, Dispatch
from serving.simulator.process import SimulatorProcess
from tests.bodies import CHAT, CONFIDENTIAL, HARMLESS, RESTRICTED, chat
from tests.cascading import (
    CHEAP,
    STRONG,
    SURE_LOGPROB,
    UNSURE_LOGPROB,
    Edit,
    cascading,
)
from tests.stack import Stack, running_stack, until

ALLOW = {"x-ringfence-cascade": "allow"}
JUDGE = "private-model@1"


def attempts_of(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(each["model"], each["outcome"]) for each in record["outcome"]["attempts"]]


@pytest.fixture(scope="module")
def tried_stack(
    tmp_path_factory: pytest.TempPathFactory, providers: Mapping[str, SimulatorProcess]
) -> Iterator[Stack]:
    directory = tmp_path_factory.mktemp("tried")
    with running_stack(directory, providers=providers, edit=everything(directory)) as made:
        yield made
        made.reset()


@pytest.fixture
def tried(tried_stack: Stack) -> Stack:
    """With every call there is beside the answer."""
    tried_stack.reset()
    return tried_stack


def everything(tmp_path: Path, and_then: Edit | None = None) -> Edit:
    """Every call there is beside the answer, where the cheap one is sure: itself, and a judge."""
    return cascading(tmp_path, None, and_then, second_sample=True, judge="private-model")


def test_what_must_stay_is_tried_nowhere_outside(
    own_stack: Callable[..., Stack], tmp_path: Path
) -> None:
    def every_choice(_models: dict[str, Any], policy: dict[str, Any]) -> None:
        policy["escalation"][0]["choices"] = ["auto", "fast", "balanced", "private"]

    stack = own_stack(edit=everything(tmp_path, every_choice))
    for text in (CONFIDENTIAL, RESTRICTED):
        for choice in ("auto", "fast", "balanced", "private"):
            answer = stack.post(CHAT, chat(text, choice), headers=ALLOW)
            assert answer.status_code == 200
            assert "x-ringfence-escalation" not in answer.headers
    assert stack.arrived_outside() == []


def test_nobody_is_asked_whom_the_key_does_not_permit(tried: Stack) -> None:
    stack = tried
    narrow = stack.known_key(models=frozenset({"fast-model", "openai-model"}))
    answer = stack.post(CHAT, chat(), key=narrow)
    assert "cascade:no_judge" in answer.headers["x-ringfence-reasons"]
    assert stack.arrived("private", "fast", "anthropic") == []
    at_home = stack.known_key(private_only=True)
    stack.post(CHAT, chat(), key=at_home, headers=ALLOW)
    assert len(stack.arrived("openai")) == 1


def test_every_body_that_leaves_is_of_the_request_or_of_nobody(tried: Stack) -> None:
    """I1: what goes outside is what the clearance was signed for; the discarded answer is not."""
    stack = tried
    stack.providers["fast"].configure(says="the-discarded-answer", logprob=SURE_LOGPROB)
    stack.providers["private"].configure(says="no")
    answer = stack.post(CHAT, chat())
    assert answer.json()["model"] == STRONG
    (outside,) = stack.arrived_outside()
    assert json.loads(outside.body)["messages"] == chat()["messages"]
    assert attempts_of(stack.record_of(answer)) == [
        (CHEAP, "discarded"),
        (CHEAP, "sampled"),
        (JUDGE, "judged"),
        (STRONG, "answered"),
    ]


def test_an_answer_that_was_thrown_away_is_nowhere(tried: Stack) -> None:
    """I6, I9: neither in the answer nor in the database, and nothing sticks to it."""
    stack = tried
    secret = "gt7q-the-discarded-answer-of-the-cheap-model-" + "z" * 64
    stack.providers["fast"].configure(says=secret, logprob=SURE_LOGPROB)
    stack.providers["private"].configure(says="no")
    answer = stack.post(CHAT, chat())
    assert secret not in answer.text
    files = stack.database_file.parent.glob("ringfence.db*")
    assert all(secret.encode() not in file.read_bytes() for file in files)


class Watched:
    """Notes, at each dispatch, whether the decision of its request is committed."""

    def __init__(self, backend: Backend, seen: list[tuple[str, bool]], stacks: list[Stack]) -> None:
        self._backend, self._seen, self._stacks = backend, seen, stacks

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    async def attempt(self, dispatch: Dispatch) -> Any:
        recorded = self._stacks[0].rows(
            "SELECT 1 FROM decisions WHERE request_id = ?", dispatch.request_id
        )
        self._seen.append((dispatch.model, bool(recorded)))
        async for event in self._backend.attempt(dispatch):
            yield event


def test_the_decision_is_durable_before_the_first_of_them_is_asked(
    own_stack: Callable[..., Stack], tmp_path: Path
) -> None:
    """I5: and the outcome, with all attempts, before the client has its answer."""
    seen: list[tuple[str, bool]] = []
    found: list[Stack] = []

    def wrap(backend: Backend) -> Backend:
        return Watched(backend, seen, found)

    stack = own_stack(edit=everything(tmp_path), wrap=wrap)
    found.append(stack)
    stack.providers["private"].configure(says="no")
    stack.providers["fast"].configure(echo=True, logprob=SURE_LOGPROB)
    answer = stack.post(CHAT, chat())
    assert seen == [(CHEAP, True), (CHEAP, True), (JUDGE, True), (STRONG, True)]
    ((attempts, escalation),) = stack.rows(
        "SELECT attempts, escalation FROM outcomes WHERE request_id = ?",
        answer.headers["x-ringfence-request-id"],
    )
    assert [each["outcome"] for each in json.loads(attempts)] == [
        "discarded",
        "sampled",
        "judged",
        "answered",
    ]
    assert json.loads(escalation)["kept"] is False


def limited(tmp_path: Path, budget_usd: float) -> Edit:
    def edit(_models: dict[str, Any], policy: dict[str, Any]) -> None:
        policy["limits"] = {"all": {"budget_usd_per_month": budget_usd}}

    return cascading(tmp_path, None, edit)


def money(stack: Stack) -> tuple[int, int]:
    (row,) = stack.rows(
        "SELECT COALESCE(SUM(spent_nano_usd), 0), COALESCE(SUM(held_nano_usd), 0)"
        " FROM limit_windows WHERE scope = 'all'"
    )
    return row[0], row[1]


@pytest.mark.parametrize("logprob", [SURE_LOGPROB, UNSURE_LOGPROB], ids=["kept", "escalated"])
def test_a_budget_counts_both_answers(
    own_stack: Callable[..., Stack], tmp_path: Path, logprob: float
) -> None:
    stack = own_stack(edit=limited(tmp_path, 100.0))
    stack.providers["fast"].configure(logprob=logprob)
    cost = stack.record_of(stack.post(CHAT, chat()))["outcome"]["cost_nano_usd"]
    until(lambda: not stack.rows("SELECT * FROM limit_holds"))
    assert money(stack) == (cost, 0)


def test_what_is_held_is_enough_for_both(own_stack: Callable[..., Stack], tmp_path: Path) -> None:
    stack = own_stack(edit=limited(tmp_path, 100.0))
    stack.providers["fast"].configure(logprob=UNSURE_LOGPROB)
    stack.providers["openai"].configure(stall=True)

    async def look_while_it_is_asked() -> int:
        headers = {"authorization": f"Bearer {stack.key}"}
        async with httpx2.AsyncClient(base_url=stack.url, trust_env=False, timeout=30) as client:
            body = chat(max_tokens=1_000)
            asking = asyncio.create_task(client.post(CHAT, json=body, headers=headers))
            await asyncio.to_thread(until, lambda: stack.arrived("openai"))
            _, held = money(stack)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            return held

    held = asyncio.run(look_while_it_is_asked())
    # 1,000 tokens of answer at 80 dollars a million, and 1,000 at 2.
    assert held > 1_000 * 80_000 + 1_000 * 2_000
    until(lambda: not stack.rows("SELECT * FROM limit_holds"))
    spent, left = money(stack)
    assert left == 0
    assert spent > 1_000 * 80_000


def test_what_is_not_enough_for_both_pays_for_the_answer_alone(
    own_stack: Callable[..., Stack], tmp_path: Path
) -> None:
    # Enough for 1,000 tokens at 80 dollars a million and the prompt, and for no more.
    stack = own_stack(edit=limited(tmp_path, 0.0855))
    answer = stack.post(CHAT, chat(max_tokens=1_000))
    assert answer.json()["model"] == STRONG
    assert "budget:answer_alone" in answer.headers["x-ringfence-reasons"]
    assert stack.arrived("fast") == []


def test_a_client_that_leaves_while_it_is_tried_has_a_record_and_frees_the_model(
    own_stack: Callable[..., Stack], tmp_path: Path
) -> None:
    stack = own_stack(edit=everything(tmp_path))
    stack.providers["private"].configure(stall=True)
    stack.providers["fast"].configure(echo=True, logprob=SURE_LOGPROB)

    async def leave() -> None:
        headers = {"authorization": f"Bearer {stack.key}"}
        async with httpx2.AsyncClient(base_url=stack.url, trust_env=False, timeout=30) as client:
            asking = asyncio.create_task(client.post(CHAT, json=chat(HARMLESS), headers=headers))
            await asyncio.to_thread(until, lambda: stack.arrived("private"))
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    asyncio.run(leave())
    stack.providers["private"].wait_for_disconnect()
    until(lambda: stack.rows("SELECT 1 FROM outcomes"))
    ((status, attempts),) = stack.rows("SELECT status, attempts FROM outcomes")
    assert status == "cancelled"
    assert [each["outcome"] for each in json.loads(attempts)][-1] == "cancelled"


def test_a_stream_that_is_held_has_its_record_before_its_end(
    own_stack: Callable[..., Stack], tmp_path: Path
) -> None:
    stack = own_stack(edit=cascading(tmp_path, streams={"hold_s": 60}))
    stack.providers["fast"].configure(logprob=SURE_LOGPROB)
    answer = stack.post(CHAT, chat(stream=True))
    record = stack.record_of(answer)
    assert record["status"] == "answered"
    assert attempts_of(record) == [(CHEAP, "answered")]
