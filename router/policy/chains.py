"""Where fallbacks lead from a model, and fallbacks of fallbacks. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping


def chains(fallbacks: Mapping[str, tuple[str, ...]], key: str) -> Iterator[tuple[str, ...]]:
    """Every model that a chain of fallbacks leads to from `key`, nearest first, each once.

    A chain begins with `key`, ends with the model, and is a shortest one. Cycles end.
    """
    seen = {key}
    waiting: deque[tuple[str, ...]] = deque([(key,)])
    while waiting:
        chain = waiting.popleft()
        for target in fallbacks.get(chain[-1], ()):
            if target not in seen:
                seen.add(target)
                yield (*chain, target)
                waiting.append((*chain, target))
