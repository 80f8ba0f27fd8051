"""Waiting for what another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def until(condition: Callable[[], Any], timeout_s: float = 60.0) -> Any:
    """What `condition` returns once that is true; raises TimeoutError if it never is."""
    deadline_s = time.monotonic() + timeout_s
    while not (found := condition()):
        if time.monotonic() > deadline_s:
            raise TimeoutError("what was waited for did not happen")
        time.sleep(0.01)
    return found
