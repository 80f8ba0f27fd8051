"""What an engine has been asked and has answered, as its replica sees it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Progress:
    """Requests in flight and the outputs seen of them. For one event loop; times are monotonic."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._began: dict[int, float] = {}
        self._asked = 0
        self.outputs = 0

    @contextmanager
    def request(self) -> Iterator[None]:
        """One request, from when the engine has it to its end, whichever that is."""
        self._asked += 1
        number = self._asked
        self._began[number] = self._now_s()
        try:
            yield
        finally:
            del self._began[number]

    def output(self) -> None:
        """The engine has put something out: a token, a chunk, or a whole answer."""
        self.outputs += 1

    @property
    def in_flight(self) -> int:
        return len(self._began)

    @property
    def oldest_s(self) -> float:
        """How long the oldest request in flight is there; 0 without any."""
        # Requests begin in the order of their numbers, and dictionaries keep it.
        return self._now_s() - next(iter(self._began.values())) if self._began else 0.0
