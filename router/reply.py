"""What the pipeline hands to the edge: an answer that has begun."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from router.domain import JsonObject


class Reply:
    """`first` is the whole of an answer that is not streamed. Iterating yields the rest.

    Whoever gets one closes it. It is no generator, because closing a generator that nobody has
    begun to read runs none of its code, and the record would stay open for ever.
    """

    def __init__(self, first: JsonObject, rest: AsyncGenerator[JsonObject, None]) -> None:
        self.first = first
        self._rest = rest

    @classmethod
    async def begin(cls, pieces: AsyncGenerator[JsonObject, None]) -> Reply:
        """Waits for the first piece; raises what comes instead of it."""
        return cls(await anext(pieces), pieces)

    def __aiter__(self) -> Reply:
        return self

    async def __anext__(self) -> JsonObject:
        return await anext(self._rest)

    async def aclose(self) -> None:
        """Cancels what is still under way at the engine, and records that; else does nothing."""
        await self._rest.aclose()
