"""What is started for a measurement and did not start: said with the end of its log."""

from __future__ import annotations

from pathlib import Path

from serving.cluster.deploy import last_lines

_TAIL_BYTES = 8_192


class DidNotStart(Exception):
    """The message has the last lines of the log, which is gone with the run's directory."""

    def __init__(self, what: str, why: str, log: Path) -> None:
        super().__init__(f"{what} did not start: {why}\n{_end_of(log)}")


def _end_of(log: Path) -> str:
    try:
        content = log.read_bytes()
    except OSError:
        return ""
    return last_lines(content[-_TAIL_BYTES:].decode(errors="replace"), 8)
