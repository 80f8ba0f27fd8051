"""The whole set, from a seed: deterministic, and the same on every machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.privacy.generated.agent_runs import agent_run
from benchmarks.privacy.generated.bodies import Made
from benchmarks.privacy.generated.draw import Draw
from benchmarks.privacy.generated.evasions import FAMILIES, evade
from benchmarks.privacy.generated.item import Category, Item, Subset
from benchmarks.privacy.generated.language import CODES, language
from benchmarks.privacy.generated.shapes import SHAPES, make_twins

SEED = 20_250_801


@dataclass(frozen=True, slots=True)
class Size:
    """Requests with identifiers per language and category, and per family of evasion."""

    per_category: tuple[tuple[Category, int], ...] = (
        ("structured", 250),
        ("secret", 130),
        ("address", 100),
        ("person", 130),
        ("special", 60),
        ("mixed", 60),
    )
    per_family: int = 150
    family_twins: int = 50
    agent_runs: int = 105


FULL = Size()
SMALL = Size(
    per_category=(
        ("structured", 15), ("secret", 11), ("address", 11), ("person", 13), ("special", 8),
        ("mixed", 9),
    ),
    per_family=8,
    family_twins=4,
    agent_runs=7,
)  # fmt: skip
"""For tests: a few hundred requests, every language, category, shape and family among them."""


def generate(seed: int = SEED, size: Size = FULL) -> Iterator[Item]:
    """Yields every request, each one with identifiers followed by its twin."""
    yield from _main(seed, size)
    yield from _evasions(seed, size)
    for number in range(size.agent_runs):
        lang = CODES[number % len(CODES)]
        made = agent_run(Draw(seed, "agent_run", number), language(lang))
        yield _item(
            f"agent_run-{lang}-{number}", made, lang, "agent_run", "mixed", subset="agent_run"
        )


def digest(items: Iterator[Item]) -> str:
    """`sha256:` and the hash of the set as JSONL, keys sorted, in UTF-8."""
    hashed = hashlib.sha256()
    for item in items:
        line = json.dumps(item.as_json(), sort_keys=True, ensure_ascii=False)
        hashed.update(line.encode() + b"\n")
    return f"sha256:{hashed.hexdigest()}"


def _main(seed: int, size: Size) -> Iterator[Item]:
    for code in CODES:
        for category, count in size.per_category:
            shapes = SHAPES[category]
            for number in range(count):
                draw = Draw(seed, "main", code, category, number)
                shape = shapes[number % len(shapes)]
                twins = make_twins(draw, language(code), category, shape)
                name = f"{code}-{category}-{number}"
                yield _item(name, twins.pii, code, shape, category)
                yield _item(f"{name}-twin", twins.harmless, code, shape, category, twin_of=name)


def _evasions(seed: int, size: Size) -> Iterator[Item]:
    for family in FAMILIES:
        for number in range(size.per_family):
            code = CODES[number % len(CODES)]
            twins, category = evade(Draw(seed, family, number), language(code), family)
            name = f"{family}-{code}-{number}"
            yield _item(name, twins.pii, code, "chat", category, subset="evasion", evasion=family)
            if number < size.family_twins:
                yield _item(
                    f"{name}-twin",
                    twins.harmless,
                    code,
                    "chat",
                    category,
                    subset="evasion",
                    evasion=family,
                    twin_of=name,
                )


def _item(
    name: str,
    made: Made,
    lang: str,
    shape: str,
    category: Category,
    *,
    subset: Subset = "main",
    evasion: str | None = None,
    twin_of: str | None = None,
) -> Item:
    return Item(
        id=name,
        text=made.content.text,
        lang=lang,
        spans=made.content.spans,
        shape=shape,
        category=category,
        body=made.body,
        subset=subset,
        evasion=evasion,
        twin_of=twin_of,
    )
