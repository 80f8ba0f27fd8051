"""A stream under `mask` or `stop`: text is let go once it was judged and nothing can begin in it.

Chunks are taken apart: what says nothing (role, finish, usage) goes on as it was, text goes through
one window for each place in each choice, and comes out in chunks of the same shape. Tool calls, and
content that the client is going to parse, are kept until they are whole: only then can they be
decoded, and masked so that they are JSON still.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from router.domain import Endpoint, InferenceRequest, Json, JsonObject, OutputAction
from router.errors import AnswerStopped
from router.privacy.extract import extract
from router.privacy.output.calls import CALL_FIELDS, GrowingCalls, delta_of
from router.privacy.output.pauses import with_pauses
from router.privacy.output.said import (
    NOT_SAID,
    bare_choice,
    bare_event,
    choices_of,
    index_of,
    texts_in,
    with_texts,
)
from router.privacy.output.scanner import STOPPED, UNDETERMINED, Scanner
from router.privacy.output.whole import clean, wants_json
from router.privacy.output.window import Window

BATCH_CHARACTERS = 40
FIRST_BATCH_CHARACTERS = 8
PAUSE_S = 0.25
TEXT = "text"


@dataclass(slots=True)
class _Choice:
    """What is held of one choice, by the field of its deltas (`text`, for completions)."""

    index: int
    windows: dict[str, Window] = field(default_factory=dict)
    kept: dict[str, list[str]] = field(default_factory=dict)
    calls: GrowingCalls = field(default_factory=lambda: GrowingCalls(lambda _name: True))
    speaking: str = ""
    has_role: bool = False
    scanned: int = 0

    @property
    def unseen(self) -> int:
        return sum(window.unseen for window in self.windows.values())

    @property
    def is_due(self) -> bool:
        """Batches double up to a size at which a scan is worth its cost."""
        batch = min(BATCH_CHARACTERS, max(FIRST_BATCH_CHARACTERS, self.scanned))
        return self.unseen >= batch


class HeldStream:
    def __init__(self, scanner: Scanner, action: OutputAction, request: InferenceRequest) -> None:
        self._scanner = scanner
        self._action = action
        self._json_content = wants_json(request)
        self._is_chat = request.endpoint is Endpoint.CHAT
        self._choices: dict[int, _Choice] = {}
        self._envelope: JsonObject = {}

    async def pass_on(
        self, events: AsyncGenerator[JsonObject, None], pause_s: float = PAUSE_S
    ) -> AsyncGenerator[JsonObject, None]:
        """The chunks that the client gets. Raises AnswerStopped. Closes `events`.

        Where the backend breaks off, what is held goes nowhere.
        """
        async with aclosing(with_pauses(events, pause_s, self._is_waiting)) as heard:
            async for event in heard:
                shown = await (self._scan_all() if event is None else self._take(event))
                for each in shown:
                    yield each
        for choice in self._choices.values():
            for each in await self._finish(choice):
                yield each

    def _is_waiting(self) -> bool:
        return any(choice.unseen for choice in self._choices.values())

    async def _scan_all(self) -> list[JsonObject]:
        shown: list[JsonObject] = []
        for choice in self._choices.values():
            shown += await self._scan(choice, choice.windows)
        return shown

    async def _take(self, event: JsonObject) -> list[JsonObject]:
        bare = bare_event(event)
        self._envelope = {key: value for key, value in bare.items() if key != "usage"}
        shown: list[JsonObject] = []
        rest: list[Json] = []
        for position, said in enumerate(choices_of(event)):
            index = index_of(said, position)
            choice = self._choices.setdefault(index, _Choice(index))
            shown += await self._hear(choice, said)
            if said.get("finish_reason"):
                shown += await self._finish(choice)
            elif choice.is_due:
                shown += await self._scan(choice, choice.windows)
            rest += self._rest(choice, said)
        if rest or bare.get("usage") or not choices_of(event):
            shown.append(bare | {"choices": rest})
        return shown

    async def _hear(self, choice: _Choice, said: JsonObject) -> list[JsonObject]:
        """Takes in all that is said; what was being said in another place is let go before."""
        delta = said.get("delta") if self._is_chat else {TEXT: said.get(TEXT)}
        fields = delta if isinstance(delta, dict) else {}
        shown: list[JsonObject] = []
        for name, value in fields.items():
            if name in NOT_SAID or name in CALL_FIELDS or not value:
                continue
            if not isinstance(value, str):
                if extract({name: value}).unscannable:
                    self._scanner.undetermined()
                    raise AnswerStopped(UNDETERMINED)
                continue  # what the text fields say, once more and otherwise
            shown += await self._turn_to(choice, name)
            if self._json_content and name == "content":
                choice.kept.setdefault(name, []).append(value)
            else:
                choice.windows.setdefault(name, Window()).add(value)
        if any(fields.get(name) for name in CALL_FIELDS):
            shown += await self._turn_to(choice, CALL_FIELDS[0])
            choice.calls.take(fields)
        return shown

    async def _turn_to(self, choice: _Choice, name: str) -> list[JsonObject]:
        before, choice.speaking = choice.speaking, name
        if before in ("", name) or before not in choice.windows:
            return []
        return await self._scan(choice, {before: choice.windows[before]}, ended=True)

    async def _scan(
        self,
        choice: _Choice,
        windows: dict[str, Window],
        *,
        ended: bool = False,
        final: bool = False,
    ) -> list[JsonObject]:
        waiting = {name: window for name, window in windows.items() if window.held}
        choice.scanned += sum(window.unseen for window in waiting.values())
        hits = await self._scanner.scan_or_stop([window.view() for window in waiting.values()])
        if self._action is OutputAction.STOP and any(hits):
            self._scanner.count(hit.entity_type for each in hits for hit in each)
            raise AnswerStopped(STOPPED)
        shown: list[JsonObject] = []
        for (name, window), found in zip(waiting.items(), hits, strict=True):
            settled = window.settle(found, ended=ended, final=final)
            self._scanner.count(settled.entity_types)
            if settled.text:
                shown.append(self._chunk(choice, {name: settled.text}))
        return shown

    async def _finish(self, choice: _Choice) -> list[JsonObject]:
        """All that is left of a choice, in the order in which it began."""
        shown: list[JsonObject] = []
        while any(window.held for window in choice.windows.values()):
            shown += await self._scan(choice, choice.windows, final=True)
        deltas: list[JsonObject] = [{name: "".join(parts)} for name, parts in choice.kept.items()]
        deltas += [delta_of(name, call) for name, call in choice.calls.kept()]
        choice.kept.clear()
        choice.calls.clear()
        for delta in deltas:
            texts = await clean(
                list(texts_in(delta)),
                self._scanner,
                self._action,
                json_content=self._json_content,
            )
            cleaned = with_texts(delta, iter(texts))
            if isinstance(cleaned, dict):
                shown.append(self._chunk(choice, cleaned))
        return shown

    def _chunk(self, choice: _Choice, said: JsonObject) -> JsonObject:
        spoken: JsonObject = {"delta": said} if self._is_chat else said
        bare: JsonObject = {"index": choice.index, **spoken, "finish_reason": None}
        return self._envelope | {"choices": [bare]}

    def _rest(self, choice: _Choice, said: JsonObject) -> list[Json]:
        """The choice without what it said, if there is anything else to it."""
        delta = said.get("delta")
        role = delta.get("role") if isinstance(delta, dict) else None
        is_new, choice.has_role = bool(role) and not choice.has_role, choice.has_role or bool(role)
        if not is_new and not said.get("finish_reason"):
            return []
        spoken: JsonObject = {"delta": {"role": role, "content": ""} if is_new else {}}
        return [bare_choice(said) | (spoken if self._is_chat else {TEXT: ""})]
