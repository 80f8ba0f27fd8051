"""A suite with its items, and the digest that says which they are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.quality.generators.table import GENERATORS, Generator
from benchmarks.quality.item import Item, Message
from benchmarks.quality.loaders.source import SetAbsent
from benchmarks.quality.loaders.table import LOADERS
from benchmarks.quality.scorers.table import SCORERS, Scorer
from benchmarks.quality.suites_file import SuiteEntry

_NEXT_SEED = 1_000_003


class SuiteChanged(Exception):
    """The items are others than those that the file's digest is of."""


@dataclass(frozen=True, slots=True)
class Suite:
    """`items` may be fewer than the suite has; `digest` is of all of them."""

    entry: SuiteEntry
    digest: str
    items: tuple[Item, ...] = field(repr=False)

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def scorer(self) -> Scorer:
        return SCORERS[self.entry.scorer]


def make_suite(entry: SuiteEntry, folders: Mapping[str, Path], limit: int | None = None) -> Suite:
    """The first `limit` items of a suite, all for None; `folders` has where sets of others lie.

    Raises SetAbsent for a set that is not there, SuiteChanged where code and digest disagree.
    """
    items = tuple(
        replace(item, id=f"{entry.name}-{number:04d}")
        for number, item in enumerate(_items(entry, folders))
    )
    digest = digest_of(entry, items)
    if entry.digest is not None and entry.digest != digest:
        raise SuiteChanged(
            f"the items of {entry.name} are others than its digest says: it is {digest} now. Put "
            "the generator back, or give the suite this digest; figures of the two do not compare"
        )
    return Suite(entry, digest, items[:limit])


def digest_of(entry: SuiteEntry, items: Iterable[Item]) -> str:
    """Over how answers are scored and how long they may be, and the items in their order."""
    head = {"scorer": entry.scorer, "max_tokens": entry.max_tokens}
    hashed = hashlib.sha256(json.dumps(head, sort_keys=True).encode())
    for item in items:
        line = json.dumps(item.as_json(), sort_keys=True, ensure_ascii=False)
        hashed.update(b"\n" + line.encode("utf-8", "surrogatepass"))
    return f"sha256:{hashed.hexdigest()}"


def _items(entry: SuiteEntry, folders: Mapping[str, Path]) -> Iterable[Item]:
    if entry.source.generator is not None:
        make = GENERATORS[entry.source.generator]
        made = _all_different(make, entry.seed, entry.items)
        return made if entry.declares_schema else [replace(item, schema=None) for item in made]
    name = str(entry.set_name)
    if name not in folders:
        raise SetAbsent(f"nobody said where {name} lies")
    return LOADERS[name](folders[name], entry.seed, entry.items)


def _all_different(make: Generator, seed: int, count: int) -> list[Item]:
    """An item that asks what one before it asked is drawn anew, from another seed."""
    made: dict[tuple[Message, ...], Item] = {}
    for number in range(count):
        again = 0
        while (item := make(seed + again * _NEXT_SEED, number)).messages in made:
            again += 1
        made[item.messages] = item
    return list(made.values())
