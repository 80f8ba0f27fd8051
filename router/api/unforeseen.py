"""Logging what nobody foresaw, without saying what was in it."""

from __future__ import annotations

import logging
import traceback

logger = logging.getLogger(__name__)

FRAMES_SHOWN = 6


def log_unforeseen(error: BaseException) -> None:
    """Logs the kind and the place of an error. Its message could quote a request (I6)."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_SHOWN:]
    where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    logger.error("unforeseen %s at %s", type(error).__name__, where)
