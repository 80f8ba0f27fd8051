"""Who is told of every request's end."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

from router.telemetry.ended import RequestEnded

logger = logging.getLogger(__name__)


class Observer(Protocol):
    def request_ended(self, ended: RequestEnded) -> None:
        """Called on the event loop, once for each request that was classified; must not block."""
        ...


class Observers:
    """All of them are told. One that fails is said to, and fails no request and no other one."""

    def __init__(self, observers: Sequence[Observer] = ()) -> None:
        self._observers = tuple(observers)

    def request_ended(self, ended: RequestEnded) -> None:
        for observer in self._observers:
            try:
                observer.request_ended(ended)
            except Exception as error:  # the request is over, and its record is written
                logger.error("%s failed with %s", type(observer).__name__, type(error).__name__)
