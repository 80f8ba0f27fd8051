"""What the SDKs may log. At DEBUG they write request options, bodies included, and headers (I6)."""

from __future__ import annotations

import logging

_LOGGERS = ("anthropic._base_client", "openai._base_client", "httpcore2", "httpx2")


def silence_content() -> None:
    """Holds the SDKs' own loggers at WARNING, whatever level their parents are given.

    Affects the whole process; adapters call it before they make a client.
    """
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
