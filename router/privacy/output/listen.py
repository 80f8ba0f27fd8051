"""A stream under `record`: it passes untouched, and is scanned beside its way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

from router.domain import InferenceRequest, JsonObject, OutputAction
from router.errors import DetectionFailed
from router.privacy.extract import extract
from router.privacy.output.said import choices_of, index_of, texts_in
from router.privacy.output.scanner import Scanner
from router.privacy.output.whole import clean, is_json_place, wants_json
from router.privacy.output.window import Window

BATCH_CHARACTERS = 1_000
_SPOKEN = ("text", "delta")


class HeardStream:
    """Listens to an answer and has its text scanned, one batch at a time, while it goes on."""

    def __init__(self, scanner: Scanner, request: InferenceRequest) -> None:
        self._scanner = scanner
        self._json_content = wants_json(request)
        self._windows: dict[str, Window] = {}
        self._kept: dict[str, list[str]] = {}
        self._under_way: asyncio.Task[None] | None = None

    async def pass_on(
        self, events: AsyncGenerator[JsonObject, None]
    ) -> AsyncGenerator[JsonObject, None]:
        """The same events; it ends when all of them are judged. Closes `events`."""
        judged = False
        try:
            async with aclosing(events):
                async for event in events:
                    self._hear(event)
                    yield event
            await self._conclude()
            judged = True
        finally:
            if not judged and (self._kept or any(window.held for window in self._windows.values())):
                # Broken off: what was not judged yet will not be.
                self._scanner.undetermined()
            if self._under_way is not None and not self._under_way.done():
                self._under_way.cancel()
                with suppress(asyncio.CancelledError):
                    await self._under_way

    def _hear(self, event: JsonObject) -> None:
        for position, choice in enumerate(choices_of(event)):
            index = index_of(choice, position)
            for spoken in _SPOKEN:
                if extract({spoken: choice.get(spoken)}).unscannable:
                    self._scanner.undetermined()
                for place, text in texts_in(choice.get(spoken), f"{index}.{spoken}"):
                    if is_json_place(place, json_content=self._json_content):
                        self._kept.setdefault(place, []).append(text)
                    else:
                        self._windows.setdefault(place, Window()).add(text)
        idle = self._under_way is None or self._under_way.done()
        if idle and any(window.unseen >= BATCH_CHARACTERS for window in self._windows.values()):
            self._under_way = asyncio.create_task(self._scan())

    async def _conclude(self) -> None:
        if self._under_way is not None:
            await self._under_way
        while any(window.held for window in self._windows.values()):
            await self._scan(final=True)
        texts = [(place, "".join(parts)) for place, parts in self._kept.items()]
        await clean(texts, self._scanner, OutputAction.RECORD, json_content=self._json_content)

    async def _scan(self, *, final: bool = False) -> None:
        """Never raises for a detector that fails: the report has it."""
        windows = list(self._windows.values())
        views = [window.view() for window in windows]
        try:
            hits = await self._scanner.scan(views)
        except DetectionFailed:
            hits = [[] for _ in views]
        for window, found in zip(windows, hits, strict=True):
            self._scanner.count(window.settle(found, final=final).entity_types)
