"""One request over HTTP, sent once, and how it ended."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from benchmarks.leak.body import Written
from benchmarks.leak.plan import Planned
from router.domain import DataClass

ANSWERED = "answered"
CUT_SHORT = "answer cut short"
LEFT = "client left"
CONNECTION_LOST = "connection lost"
TOO_LATE = "no answer in time"
UNREADABLE = "unreadable answer"

PATIENCE_S = 30.0
_DONE = "data: [DONE]"
_HEADER = "x-ringfence-"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a client knows of its request. `ending` is ANSWERED or another of the words above, or an
    HTTP status and its error code; `request_id` and `data_class` are what the gateway said of it.
    """

    ending: str
    request_id: str | None = None
    data_class: DataClass | None = None
    answer: str = field(default="", repr=False)

    @property
    def is_answered(self) -> bool:
        return self.ending == ANSWERED


@dataclass(slots=True)
class _Hearing:
    """What has come so far; it survives the client's leaving."""

    request_id: str | None = None
    data_class: DataClass | None = None
    answer: list[str] = field(default_factory=list, repr=False)

    def seen(self, ending: str) -> Seen:
        return Seen(ending, self.request_id, self.data_class, "".join(self.answer))


async def ask(
    client: httpx2.AsyncClient, url: str, planned: Planned, written: Written, key: str
) -> Seen:
    """Never raises for what the gateway or the network does."""
    hearing = _Hearing()
    leaves = planned.leaves_after_s is not None
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    if planned.declared is not None:
        headers["x-ringfence-data-class"] = planned.declared.label
    content = json.dumps(written.body, ensure_ascii=planned.number % 2 == 0).encode()
    asking = client.stream("POST", url + planned.path, content=content, headers=headers)
    try:
        async with asyncio.timeout(planned.leaves_after_s if leaves else PATIENCE_S):
            return hearing.seen(await _listen(hearing, asking, planned.stream))
    except TimeoutError:
        return hearing.seen(LEFT if leaves else TOO_LATE)
    except httpx2.TimeoutException:
        return hearing.seen(TOO_LATE)
    except httpx2.TransportError:
        return hearing.seen(CONNECTION_LOST)
    except (ValueError, TypeError, AttributeError):
        return hearing.seen(UNREADABLE)


async def _listen(
    hearing: _Hearing, asking: AbstractAsyncContextManager[httpx2.Response], stream: bool
) -> str:
    async with asking as got:
        _read_headers(hearing, got.headers)
        if got.status_code != 200:
            return _error(got.status_code, await got.aread())
        if stream:
            return await _stream(got, hearing)
        hearing.answer.append(_text_of(json.loads(await got.aread()), "message"))
        return ANSWERED


async def _stream(got: httpx2.Response, hearing: _Hearing) -> str:
    async for line in got.aiter_lines():
        if line == _DONE:
            return ANSWERED
        if line.startswith("data: "):
            hearing.answer.append(_text_of(json.loads(line.removeprefix("data: ")), "delta"))
    return CUT_SHORT


def _read_headers(hearing: _Hearing, headers: Mapping[str, str]) -> None:
    hearing.request_id = headers.get(f"{_HEADER}request-id")
    label = headers.get(f"{_HEADER}data-class")
    hearing.data_class = DataClass.from_label(label) if label else None


def _error(status: int, body: bytes) -> str:
    try:
        return f"{status} {json.loads(body)['error']['code']}"
    except (ValueError, KeyError, TypeError):
        return str(status)


def _text_of(event: dict[str, Any], part: str) -> str:
    """What the first choice says; "" where it says nothing in words."""
    choices = event.get("choices") or [{}]
    said = choices[0].get(part) or {}
    text = said.get("content") or choices[0].get("text") or ""
    return str(text)
