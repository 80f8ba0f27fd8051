"""Overload: what must stay is served while the rest waits or is shed, and teams take turns.

The engine's part is held: a request stays where it is until the test lets it go, so that what is
seen is who was let in and not who was quick.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx2

from router.domain import JsonObject
from router.protocols import Backend, Dispatch
from tests.bodies import CHAT, HARMLESS, RESTRICTED, chat
from tests.stack import Stack
from tests.waiting import until

FLOOD = 20


class Hold:
    """Every attempt at every model waits here until its model, or everything, is let go."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open = False
        self._held: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
        self.arrived: list[tuple[str, str]] = []
        """(model, the last message), in the order of arrival."""

    def stand_before(self, backend: Backend) -> Backend:
        return _Held(backend, self)

    async def wait(self, dispatch: Dispatch) -> None:
        go = asyncio.Event()
        text = json.loads(dispatch.body)["messages"][-1]["content"]
        with self._lock:
            self.arrived.append((dispatch.model, text))
            if self._open:
                return
            self._held.append((asyncio.get_running_loop(), go))
        await go.wait()

    def let_one_go(self) -> None:
        with self._lock:
            loop, go = self._held.pop(0)
        loop.call_soon_threadsafe(go.set)

    def let_all_go(self) -> None:
        with self._lock:
            self._open = True
            held, self._held = self._held, []
        for loop, go in held:
            loop.call_soon_threadsafe(go.set)


class _Held:
    def __init__(self, backend: Backend, hold: Hold) -> None:
        self._backend = backend
        self._hold = hold

    async def attempt(self, dispatch: Dispatch) -> AsyncIterator[JsonObject]:
        await self._hold.wait(dispatch)
        async for event in self._backend.attempt(dispatch):
            yield event


class Crowd:
    """Clients that ask at once and wait each for its own answer."""

    def __init__(self, stack: Stack, pool: ThreadPoolExecutor) -> None:
        self._stack = stack
        self._pool = pool
        self._answers: list[Future[httpx2.Response]] = []

    def ask(self, text: str, choice: str, team: str, times: int = 1) -> None:
        key = self._stack.known_key(team=team)
        for _ in range(times):
            self._answers.append(
                self._pool.submit(self._stack.post, CHAT, chat(text, choice), key=key)
            )

    def statuses(self) -> list[int]:
        """Of the answers that are there."""
        return sorted(each.result().status_code for each in self._answers if each.done())

    def answers(self) -> list[httpx2.Response]:
        """All of them, once they are there."""
        return [each.result() for each in self._answers]


@contextmanager
def overloaded(
    own_stack: Callable[..., Stack], capacity: dict[str, Any], **tiers: list[str]
) -> Iterator[tuple[Stack, Hold, Callable[[], Crowd]]]:
    """A stack whose models hold what they get, and what makes crowds before it.

    Nobody's patience ends: what happens, happens because of an order and not of a clock.
    """
    hold = Hold()

    def edit(_: dict[str, Any], policy: dict[str, Any]) -> None:
        policy["cascade"] |= {"attempt_timeout_s": 600, "total_timeout_s": 600}
        policy["tiers"] |= tiers
        policy["capacity"] = {"before_next_s": 0, "headroom_for_other_teams": 0, **capacity}

    stack = own_stack(edit=edit, wrap=hold.stand_before)
    with ThreadPoolExecutor(max_workers=3 * FLOOD) as pool:
        try:
            yield stack, hold, lambda: Crowd(stack, pool)
        finally:
            hold.let_all_go()


@contextmanager
def left_open(stack: Stack, body: dict[str, Any], key: str) -> Iterator[None]:
    """A request whose client hangs up at the end of the `with`, answered or not."""
    content = json.dumps(body).encode()
    lines = (
        f"POST {CHAT} HTTP/1.1",
        "host: gateway",
        f"authorization: Bearer {key}",
        "content-type: application/json",
        f"content-length: {len(content)}",
        "\r\n",
    )
    with socket.create_connection((stack.http.base_url.host, stack.http.base_url.port)) as line:
        line.sendall("\r\n".join(lines).encode() + content)
        yield


def test_a_flood_on_fast_is_shed_and_what_must_stay_is_served(
    own_stack: Callable[..., Stack],
) -> None:
    capacity = {
        "others": {"max_wait_s": 0},
        "must_stay": {"max_wait_s": 0},
        "models": {"fast-model": {"concurrent": 2}, "private-model": {"concurrent": 4}},
    }
    with overloaded(own_stack, capacity) as (stack, hold, crowd):
        flood, private = crowd(), crowd()
        flood.ask(HARMLESS, "fast", "web", FLOOD)
        # Two are at the fast model, two in the half of the private one that is for everybody.
        until(lambda: flood.statuses() == [429] * (FLOOD - 4))
        at = sorted(model for model, _ in hold.arrived)
        assert at == [*["fast-model@1"] * 2, *["private-model@1"] * 2]
        private.ask(RESTRICTED, "auto", "clinic", 2)
        until(lambda: hold.arrived[4:] == [("private-model@1", RESTRICTED)] * 2)
        hold.let_all_go()
        assert [answer.status_code for answer in private.answers()] == [200, 200]
        shed = [answer for answer in flood.answers() if answer.status_code != 200]
        assert len(shed) == FLOOD - 4
        for answer in shed:
            error = answer.json()["error"]
            assert (error["type"], error["code"]) == ("rate_limit_error", "overloaded")
            assert int(answer.headers["retry-after"]) >= 1
        record = stack.record(
            shed[0].headers["x-ringfence-request-id"], key=stack.known_key(team="web")
        )
        assert record["status"] == "refused"
        tried = [(each["model"], each["outcome"]) for each in record["outcome"]["attempts"]]
        assert tried == [("fast-model@1", "no_room"), ("private-model@1", "no_room")]
        assert stack.arrived_outside() == []


def test_what_must_stay_goes_before_others_that_came_first(
    own_stack: Callable[..., Stack],
) -> None:
    """Full queues say who waits: whoever is over is turned away at once."""
    capacity = {
        "reserved_for_private": 0,
        "others": {"max_waiting": 2, "max_wait_s": 600},
        "must_stay": {"max_waiting": 1, "max_wait_s": 600},
        "models": {"private-model": {"concurrent": 1}},
    }
    with overloaded(own_stack, capacity, fast=["private-model"]) as (_, hold, crowd):
        others, private = crowd(), crowd()
        others.ask(HARMLESS, "fast", "web", 4)
        until(lambda: others.statuses() == [429])
        private.ask(RESTRICTED, "auto", "clinic", 2)
        until(lambda: private.statuses() == [503])
        hold.let_one_go()
        until(lambda: len(hold.arrived) == 2)
        assert hold.arrived[1] == ("private-model@1", RESTRICTED)
        hold.let_all_go()
        assert sorted(answer.status_code for answer in private.answers()) == [200, 503]
        assert sorted(answer.status_code for answer in others.answers()) == [200] * 3 + [429]


def test_a_full_private_model_is_a_503_that_says_when_to_come_back(
    own_stack: Callable[..., Stack],
) -> None:
    capacity = {
        "must_stay": {"max_wait_s": 0},
        "models": {"private-model": {"concurrent": 1}},
    }
    with overloaded(own_stack, capacity) as (stack, hold, crowd):
        first, second = crowd(), crowd()
        first.ask(RESTRICTED, "auto", "clinic")
        until(lambda: hold.arrived)
        second.ask(RESTRICTED, "auto", "claims")
        [refused] = second.answers()
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "nothing_available")
        assert int(refused.headers["retry-after"]) >= 1
        assert len(hold.arrived) == 1
        assert stack.arrived_outside() == []
        hold.let_all_go()
        assert [answer.status_code for answer in first.answers()] == [200]


def test_one_teams_flood_does_not_go_before_another_teams_request(
    own_stack: Callable[..., Stack],
) -> None:
    """The flood fills the queue of three; when another team comes, one more of it is shed."""
    theirs = f"{RESTRICTED} It is another team that asks."
    capacity = {
        "must_stay": {"max_waiting": 3, "max_wait_s": 600},
        "models": {"private-model": {"concurrent": 2}},
    }
    with overloaded(own_stack, capacity) as (_, hold, crowd):
        flood, another = crowd(), crowd()
        flood.ask(RESTRICTED, "private", "clinic", FLOOD)
        until(lambda: flood.statuses() == [503] * (FLOOD - 5))
        another.ask(theirs, "private", "another")
        until(lambda: flood.statuses() == [503] * (FLOOD - 4))
        hold.let_one_go()
        until(lambda: len(hold.arrived) == 3)
        assert hold.arrived[2] == ("private-model@1", theirs)
        hold.let_all_go()
        assert [answer.status_code for answer in another.answers()] == [200]
        flood.answers()
        assert flood.statuses() == [200] * 4 + [503] * (FLOOD - 4)


def test_with_headroom_another_team_finds_a_place_in_the_middle_of_a_flood(
    own_stack: Callable[..., Stack],
) -> None:
    theirs = f"{RESTRICTED} It is another team that asks."
    capacity = {
        "headroom_for_other_teams": 0.25,
        "must_stay": {"max_waiting": 3, "max_wait_s": 600},
        "models": {"private-model": {"concurrent": 4}},
    }
    with overloaded(own_stack, capacity) as (_, hold, crowd):
        flood, another = crowd(), crowd()
        flood.ask(RESTRICTED, "private", "clinic", FLOOD)
        until(lambda: flood.statuses() == [503] * (FLOOD - 6))
        assert len(hold.arrived) == 3
        another.ask(theirs, "private", "another")
        until(lambda: len(hold.arrived) == 4)
        assert hold.arrived[3] == ("private-model@1", theirs)
        hold.let_all_go()
        flood.answers()


def test_a_client_that_hangs_up_while_it_waits_is_sent_nowhere(
    own_stack: Callable[..., Stack],
) -> None:
    """And its place in the queue is free: the one after it takes the turn."""
    capacity = {
        "must_stay": {"max_waiting": 1, "max_wait_s": 600},
        "models": {"private-model": {"concurrent": 1}},
    }
    theirs = f"{RESTRICTED} It is the one that stayed."
    with overloaded(own_stack, capacity) as (stack, hold, crowd):
        first, stays = crowd(), crowd()
        first.ask(RESTRICTED, "private", "clinic")
        until(lambda: hold.arrived)
        with left_open(stack, chat(RESTRICTED, "private"), stack.known_key(team="clinic")):
            until(lambda: stack.rows("SELECT count(*) FROM decisions") == [(2,)])
        cancelled = "SELECT 1 FROM outcomes WHERE status = 'cancelled'"
        until(lambda: stack.rows(cancelled))
        stays.ask(theirs, "private", "another")
        hold.let_one_go()
        until(lambda: len(hold.arrived) == 2)
        assert hold.arrived[1] == ("private-model@1", theirs)
        hold.let_all_go()
        assert [answer.status_code for answer in stays.answers()] == [200]
