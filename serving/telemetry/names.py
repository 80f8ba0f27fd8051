"""Label values that nobody can make more of than there is room for."""

from __future__ import annotations

from threading import Lock

OTHERS = "(others)"
MAX_NAMES = 200


class BoundedNames:
    """The first `limit` names keep theirs; all that come later are `OTHERS`, for good.

    For names that people give: each new value of a label is a new series for as long as a process
    lives, in it and in Prometheus. Thread-safe.
    """

    def __init__(self, limit: int = MAX_NAMES) -> None:
        self._limit = limit
        self._known: set[str] = set()
        self._lock = Lock()

    def __call__(self, name: str) -> str:
        if name in self._known:
            return name
        with self._lock:
            if len(self._known) < self._limit:
                self._known.add(name)
        return name if name in self._known else OTHERS
