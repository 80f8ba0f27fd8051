"""What the watchdog asks of an engine."""

from __future__ import annotations

from typing import Protocol


class WatchedEngine(Protocol):
    """An engine and its processes. Whoever asks does not wait for one that stands still: `ping` and
    `generate_one` are cancelled then.
    """

    async def ping(self) -> None:
        """Returns once the engine's own loop has answered; that is between two steps, under any
        load. Raises whatever the engine raises.
        """
        ...

    async def generate_one(self) -> None:
        """Generates one token, behind whatever else waits. Raises whatever the engine raises."""
        ...

    def tokens_in_flight(self) -> int:
        """Tokens generated so far for the requests that have not ended, sent or not.

        An answer that is not streamed shows none of its tokens before its end.
        """
        ...

    def cpu_s(self) -> float:
        """What the engine's processes have computed so far, in CPU seconds."""
        ...

    def kill(self) -> None:
        """Ends the engine's processes at once. Nothing is raised for what has ended already."""
        ...
