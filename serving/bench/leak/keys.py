"""A key for every request, so that its record is found whether its client got an answer or not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event

from benchmarks.leak.plan import Planned
from router.accounts.keys import KeyHasher, KeyStore
from router.clock import SystemClock
from router.store.database import connect
from router.store.migrate import migrate


@dataclass(frozen=True, slots=True)
class RequestKeys:
    """`texts[n]` is what request n is asked with; `numbers` says whose a key's id is."""

    texts: list[str] = field(repr=False)
    numbers: dict[str, int]


def make_keys(database_url: str, root_secret: bytes, planned: Iterable[Planned]) -> RequestKeys:
    """Makes the database too. For before the gateways start: nothing is durable until the end."""
    engine = connect(database_url)
    migrate(engine)
    engine.dispose()
    event.listen(engine, "connect", _hasty)
    store = KeyStore(engine, KeyHasher(root_secret), SystemClock())
    texts: list[str] = []
    numbers: dict[str, int] = {}
    for one in planned:
        key, text = store.create(team=one.team, floor=one.floor, purpose=one.purpose)
        texts.append(text)
        numbers[key.id] = one.number
    engine.dispose()
    return RequestKeys(texts, numbers)


def _hasty(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")
