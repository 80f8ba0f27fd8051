"""One streamed chat, timed as whoever reads it sees it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import httpx2

from benchmarks.overhead.workload import Messages, body

_TIMEOUT_S = 60.0
_DATA, _DONE = "data: ", "[DONE]"


class NotAnswered(Exception):
    """A request that had no whole answer: nothing is left to be compared."""


@dataclass(frozen=True, slots=True)
class Target:
    """An endpoint that streams OpenAI's chats. `key` is None where it asks for none."""

    name: str
    base_url: str
    choice: str
    key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Timing:
    """From when the request is sent. `ttft_s` is until the first chunk with text has arrived,
    `e2e_s` until the stream has ended.
    """

    ttft_s: float
    e2e_s: float


class Client:
    """One connection, kept open; one request at a time. Close it, or use it as a context."""

    def __init__(self, target: Target) -> None:
        self._target = target
        headers = {} if target.key is None else {"authorization": f"Bearer {target.key}"}
        self._http = httpx2.Client(
            base_url=target.base_url, headers=headers, trust_env=False, timeout=_TIMEOUT_S
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def ask(self, messages: Messages) -> Timing:
        """Raises NotAnswered, with a status and no content."""
        sent = json.dumps(body(messages, self._target.choice)).encode()
        headers = {"content-type": "application/json"}
        began_s = time.perf_counter()
        try:
            with self._http.stream(
                "POST", "/v1/chat/completions", content=sent, headers=headers
            ) as answer:
                if answer.status_code != 200:
                    raise NotAnswered(f"{self._target.name} answered {answer.status_code}")
                first_s = self._first_text_s(answer.iter_lines())
                ended_s = time.perf_counter()
        except httpx2.HTTPError as error:
            raise NotAnswered(f"{self._target.name}: {type(error).__name__}") from None
        return Timing(first_s - began_s, ended_s - began_s)

    def _first_text_s(self, lines: Iterator[str]) -> float:
        """When the first text came; reads to the end. Raises NotAnswered for a stream without."""
        first_s, last = None, ""
        for line in lines:
            if not line.startswith(_DATA):
                continue
            # The moment is that of arrival; what it was is looked at after it.
            arrived_s = time.perf_counter()
            last = line.removeprefix(_DATA)
            if first_s is None and _has_text(last):
                first_s = arrived_s
        if first_s is None or last != _DONE:
            raise NotAnswered(f"{self._target.name} ended its stream before its answer was whole")
        return first_s


def _has_text(data: str) -> bool:
    if data == _DONE:
        return False
    choices = json.loads(data).get("choices") or [{}]
    return bool(choices[0].get("delta", {}).get("content"))
