"""What is read of a request while the detector looks at it makes it neither safer nor less safe."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import httpx2
import pytest
from sqlalchemy import Engine, event

from router.domain import Finding, Segment
from router.protocols import Settling
from tests.bodies import CHAT, HARMLESS, RESTRICTED, chat
from tests.stack import Stack, until

GOES_ON = {
    "model": "balanced",
    "messages": [
        {"role": "user", "content": HARMLESS},
        {
            "role": "assistant",
            "content": "The Danube, the Rhine and the Elbe, from the longest on.",
        },
        {"role": "user", "content": "And which of them is the one that has the most water in it?"},
    ],
}


class Held:
    """A detector that answers once it is let go, and knows who asked and left again."""

    version = "held/1"

    def __init__(self) -> None:
        self.asked, self.go, self.left = threading.Event(), threading.Event(), threading.Event()
        self.loop: asyncio.AbstractEventLoop | None = None

    async def detect(
        self, segments: Sequence[Segment], settling: Settling | None = None
    ) -> tuple[Finding, ...]:
        self.loop = asyncio.get_running_loop()
        self.asked.set()
        try:
            await asyncio.to_thread(self.go.wait)
        except asyncio.CancelledError:
            self.left.set()
            raise
        return ()

    def tasks_of_requests(self) -> list[str]:
        """What the gateway's event loop still does for whoever has asked."""
        if self.loop is None:
            return []
        names = (task.get_coro().__qualname__ for task in asyncio.all_tasks(self.loop))
        return [name for name in names if name.startswith(("Pipeline.", "Classifier."))]


@pytest.fixture
def held() -> Iterator[Held]:
    detector = Held()
    yield detector
    detector.go.set()


@contextmanager
def tables_read() -> Iterator[set[str]]:
    """The tables that anything of this process has read since, as far as that goes."""
    found: set[str] = set()

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        found.update(re.findall(r"FROM (\w+)", statement))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_taint_and_the_conversation_are_looked_up_while_the_detector_looks(
    own_stack: Callable[..., Stack], held: Held
) -> None:
    stack = own_stack(detector=held)
    with ThreadPoolExecutor() as threads, tables_read() as tables:
        asking = threads.submit(stack.post, CHAT, GOES_ON)
        assert held.asked.wait(30)
        until(lambda: {"taint", "conversations"} <= tables)
        assert not asking.done()
        assert stack.rows("SELECT * FROM decisions") == []
        held.go.set()
        answer = asking.result()
    assert answer.status_code == 200
    assert stack.record_of(answer)["data_class"] == "internal"


def test_taint_that_cannot_be_read_ends_a_request_whatever_the_detector_does(
    own_stack: Callable[..., Stack], held: Held
) -> None:
    stack = own_stack(detector=held)
    with renamed(stack, "taint"):
        answer = stack.post(CHAT, GOES_ON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "ledger_unavailable")
    assert "x-ringfence-data-class" not in answer.headers
    until(lambda: held.tasks_of_requests() == [])
    assert stack.arrived(*stack.providers) == []
    assert stack.rows("SELECT * FROM decisions") == []


async def test_a_client_that_leaves_leaves_nothing_behind(
    own_stack: Callable[..., Stack], held: Held
) -> None:
    stack = own_stack(detector=held)
    headers = {"authorization": f"Bearer {stack.key}"}
    async with httpx2.AsyncClient(base_url=stack.url, trust_env=False, timeout=30) as client:
        asking = asyncio.create_task(client.post(CHAT, json=GOES_ON, headers=headers))
        assert await asyncio.to_thread(held.asked.wait, 30)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert await asyncio.to_thread(held.left.wait, 30)
    await asyncio.to_thread(until, lambda: held.tasks_of_requests() == [])
    assert stack.rows("SELECT * FROM decisions") == []


def test_what_is_explained_is_what_happens(own_stack: Callable[..., Stack]) -> None:
    stack = own_stack()
    for body in (GOES_ON, chat(RESTRICTED), GOES_ON):
        explained = stack.post("/v1/route", body).json()
        record = stack.record_of(stack.post(CHAT, body))
        for said in ("data_class", "basis", "reasons", "plan", "task"):
            assert record[said] == explained[said]


@contextmanager
def renamed(stack: Stack, table: str) -> Iterator[None]:
    """The table is not there, for the time of the `with`."""
    with closing(stack.database()) as connection:
        connection.execute(f"ALTER TABLE {table} RENAME TO elsewhere")
        try:
            yield
        finally:
            connection.execute(f"ALTER TABLE elsewhere RENAME TO {table}")
