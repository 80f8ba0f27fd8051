"""What a command has recorded gets its place in the log before the command is over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from serving.cli.output import err
from serving.cluster.paths import ClusterPaths

_ACTED: ContextVar[set[ClusterPaths] | None] = ContextVar("acted", default=None)


@contextmanager
def settling() -> Iterator[None]:
    """Around a command. Whatever ends it, what it has recorded is settled where it acted.

    Where that cannot be done now the act still stands, and waits: that is said, and changes no exit
    status.
    """
    acted: set[ClusterPaths] = set()
    before = _ACTED.set(acted)
    try:
        yield
    finally:
        _ACTED.reset(before)
        for paths in acted:
            _settle(paths)


def settle_later(paths: ClusterPaths) -> None:
    """Says that this command may act on that state directory; does nothing outside `settling`."""
    acted = _ACTED.get()
    if acted is not None:
        acted.add(paths)


def _settle(paths: ClusterPaths) -> None:
    # Most commands have nothing to settle, and need none of these.
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    from router.audit.log.errors import LogError  # noqa: PLC0415
    from serving.audit.settle import settle  # noqa: PLC0415

    try:
        settle(paths)
    except (LogError, OSError, SQLAlchemyError, ValueError) as error:
        err.print(
            f"ringfence: what was recorded waits for its place in the audit log "
            f"({type(error).__name__}): a gateway, or the next command that acts, gives it one",
            style="yellow",
            markup=False,
        )
