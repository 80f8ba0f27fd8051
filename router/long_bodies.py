"""What is long is read in a thread: all other requests wait for the event loop meanwhile.

What is short is read at once, for a thread and the way back cost more than that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from router.domain import Json

P = ParamSpec("P")
T = TypeVar("T")

LONG_CHARACTERS = 32 * 1024
CHARACTERS_PER_VALUE = 32
"""What a value takes beside its text: many short ones take as long as a few long ones."""


def is_long(value: Json) -> bool:
    """Whether it holds more than LONG_CHARACTERS, wherever they stand: messages, tools, schemas.

    Every key and every value counts with its text and CHARACTERS_PER_VALUE. Looks no further than
    that.
    """
    left = LONG_CHARACTERS
    rest: list[Json] = [value]
    while rest and left >= 0:
        item = rest.pop()
        left -= CHARACTERS_PER_VALUE
        if isinstance(item, str):
            left -= len(item)
        elif isinstance(item, dict):
            rest.extend(item)
            rest.extend(item.values())
        elif isinstance(item, list):
            rest.extend(item)
    return left < 0


async def out_of_the_way(value: Json, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `read` returns, which reads `value`: called here, or in a thread if that is long."""
    if is_long(value):
        return await asyncio.to_thread(read, *args, **kwargs)
    return read(*args, **kwargs)
