"""Tools as a way out: calls to external ones are kept until they are whole, scanned, or stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import reduce
from operator import or_

from router.domain import Json, JsonObject
from router.errors import DetectionFailed, ToolCallStopped
from router.privacy.extract import extract
from router.privacy.output.calls import (
    CALL_FIELDS,
    GrowingCalls,
    calls_in,
    delta_of,
    name_of,
    payload_of,
)
from router.privacy.output.rules import ToolRules
from router.privacy.output.said import ENVELOPE, bare_choice, choices_of, index_of
from router.privacy.output.scanner import Scanner

STOPPED = (
    "The model called an external tool with data that must not go outside; the call was stopped. "
    "Its record names the types."
)
UNDETERMINED = (
    "The model called an external tool with what could not be scanned; the call was stopped."
)


class ToolGate:
    """Passes an answer on, less the calls to external tools that must not be made."""

    def __init__(self, rules: ToolRules, scanner: Scanner) -> None:
        self._rules = rules
        self._scanner = scanner
        self._growing: dict[int, GrowingCalls] = {}
        self._envelope: JsonObject = {}

    async def pass_on(
        self, events: AsyncGenerator[JsonObject, None]
    ) -> AsyncGenerator[JsonObject, None]:
        """Raises ToolCallStopped. Closes `events`."""
        async with aclosing(events):
            async for event in events:
                for each in await self._take(event):
                    yield each
            for index in self._growing:
                for each in await self._finish(index):
                    yield each

    async def _take(self, event: JsonObject) -> list[JsonObject]:
        choices = choices_of(event)
        if not any(_has_calls(choice) or choice.get("finish_reason") for choice in choices):
            return [event]
        self._envelope = {key: event[key] for key in ENVELOPE if key in event}
        before: list[JsonObject] = []
        passing: list[Json] = []
        for position, choice in enumerate(choices):
            message = choice.get("message")
            if isinstance(message, dict):
                for call in calls_in(message):
                    if self._rules.is_external(name_of(call)):
                        await self._check(call)
            index = index_of(choice, position)
            passing += self._grow(index, choice)
            if choice.get("finish_reason"):
                before += await self._finish(index)
        if not passing and not event.get("usage"):
            return before
        return [*before, event | {"choices": passing}]

    def _grow(self, index: int, choice: JsonObject) -> list[Json]:
        """The choice without calls that are kept; nothing if that was all there was in it."""
        delta = choice.get("delta")
        if not isinstance(delta, dict) or not _has_calls(choice):
            return [choice]
        growing = self._growing.setdefault(index, GrowingCalls(self._rules.is_external))
        try:
            calls = growing.take(delta)
        except ValueError:
            self._scanner.undetermined()
            raise self._stop(UNDETERMINED) from None
        rest = {key: value for key, value in delta.items() if key not in CALL_FIELDS}
        if not calls and not choice.get("finish_reason") and not any(rest.values()):
            return []
        # Of what is kept, its tokens are kept as well.
        all_pass = sum(1 for _ in calls_in(delta)) == sum(1 for _ in calls_in(calls))
        beside = choice if all_pass else bare_choice(choice)
        return [beside | {"delta": rest | calls}]

    async def _finish(self, index: int) -> list[JsonObject]:
        growing = self._growing.get(index)
        chunks: list[JsonObject] = []
        for field_name, call in growing.kept() if growing else ():
            # One that began no arguments was kept for its name.
            if self._rules.is_external(name_of(call)):
                await self._check(call)
            choice: JsonObject = {
                "index": index,
                "delta": delta_of(field_name, call),
                "finish_reason": None,
            }
            chunks.append(self._envelope | {"choices": [choice]})
        if growing:
            growing.clear()
        return chunks

    async def _check(self, call: JsonObject) -> None:
        extraction = extract({"function": payload_of(call) or call})
        texts = [segment.text for segment in extraction.segments]
        try:
            if extraction.unscannable:
                self._scanner.undetermined()
                raise self._stop(UNDETERMINED)
            hits = await self._scanner.scan(texts)
        except DetectionFailed:
            raise self._stop(UNDETERMINED) from None
        if any(hits):
            # The arguments are scanned as they stand and decoded: what is in both is one thing.
            found = [Counter(hit.entity_type for hit in each) for each in hits]
            self._scanner.count(reduce(or_, found).elements())
            raise self._stop(STOPPED)

    def _stop(self, why: str) -> ToolCallStopped:
        self._scanner.stopped()
        return ToolCallStopped(why)


def _has_calls(choice: JsonObject) -> bool:
    return any(
        isinstance(said, dict) and any(said.get(name) for name in CALL_FIELDS)
        for said in (choice.get("delta"), choice.get("message"))
    )
