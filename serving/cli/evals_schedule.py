"""`--schedule "every 24h"`, and waiting for the next time until somebody says stop."""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeAlias

import typer

_UNITS_S = {"m": 60, "h": 3_600, "d": 86_400}
_Stop: TypeAlias = Callable[[int, FrameType | None], object]


def every_s(text: str) -> float:
    """Seconds of "every 30m", "every 24h" or "every 7d". Raises BadParameter."""
    found = re.fullmatch(r"every ([1-9][0-9]{0,4})([mhd])", text.strip())
    if found is None:
        raise typer.BadParameter('write a schedule as "every 30m", "every 24h" or "every 7d"')
    return float(int(found.group(1)) * _UNITS_S[found.group(2)])


def rounds(every: float | None, stop: threading.Event) -> Iterator[float]:
    """Begins a round at once, and again whenever it is due; one round alone for None.

    Yields when it began, on the wall clock. A round that takes longer than the schedule is followed
    by the next without a pause, and what was missed is not made up for.
    """
    while not stop.is_set():
        began_s = time.monotonic()
        yield time.time()
        if every is None:
            return
        stop.wait(max(0.0, every - (time.monotonic() - began_s)))


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """SIGTERM and Ctrl-C set the event; in the middle of a round they end it as Ctrl-C does."""
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()
        raise KeyboardInterrupt

    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, end) for number in numbers]
    try:
        yield stop
    except KeyboardInterrupt:
        if not stop.is_set():
            raise
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
