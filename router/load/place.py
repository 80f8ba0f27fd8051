"""What a request holds while it is at a model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from router.errors import BackendDrained

CUT = "it was cut when the time for its drain was over"


class Place:
    """Whoever was given it gives it back. Of one event loop.

    `waited` says that it was not to be had at once.
    """

    def __init__(
        self, *, waited: bool = False, give_back: Callable[[], None] | None = None
    ) -> None:
        self.waited = waited
        self._give_backs = [] if give_back is None else [give_back]
        self._scope: asyncio.Timeout | None = None
        self._leave: Callable[[], None] | None = None
        self._is_cut = False

    def release(self) -> None:
        """Lets the next one in. Once: doing so again does nothing."""
        give_backs, self._give_backs = self._give_backs, []
        for give_back in give_backs:
            give_back()

    def on_release(self, give_back: Callable[[], None]) -> None:
        self._give_backs.append(give_back)

    def on_cut(self, leave: Callable[[], None]) -> None:
        """`leave` is called when it is cut while nothing is done `until_cut`."""
        self._leave = leave

    @asynccontextmanager
    async def until_cut(self) -> AsyncIterator[None]:
        """Around what is done at the model. Raises BackendDrained if it is cut, or has been."""
        if self._is_cut:
            raise BackendDrained(CUT)
        try:
            async with asyncio.timeout(None) as self._scope:
                yield
        except TimeoutError:
            if self._is_cut:
                raise BackendDrained(CUT) from None
            raise
        finally:
            self._scope = None

    def cut(self) -> None:
        """Ends what its holder does at the model, and whatever it would do. Once."""
        if self._is_cut:
            return
        self._is_cut = True
        if self._scope is not None:
            self._scope.reschedule(asyncio.get_running_loop().time())
        elif self._leave is not None:
            self._leave()
