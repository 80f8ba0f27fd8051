"""What each language writes in its own way: names, streets, labels, sentences. One YAML each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

CODES = ("de", "en", "es", "fr", "it", "nl", "pt")
_FOLDER = Path(__file__).parent / "languages"


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence with slots for identifiers, and one of its kind that is harmless."""

    pii: str
    harmless: str


@dataclass(frozen=True, slots=True)
class Language:
    """`pairs` by kind: person, address, special, email, clinical, mixed. `parts` are (beginnings,
    endings) that names are built of: given, family, town.
    """

    code: str
    given: tuple[str, ...]
    family: tuple[str, ...]
    parts: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
    streets: tuple[str, ...]
    addresses: tuple[str, ...]
    id_kinds: tuple[str, ...]
    digits: tuple[str, ...]
    public_cities: tuple[str, ...]
    figures: tuple[str, ...]
    roles: tuple[str, ...]
    labels: Mapping[str, str]
    carriers: tuple[str, ...]
    secret_carriers: tuple[str, ...]
    password_carriers: tuple[str, ...]
    pairs: Mapping[str, tuple[Pair, ...]]
    fillers: tuple[str, ...]
    comments: tuple[str, ...]


_PAIR_KINDS = ("person", "address", "special", "email", "clinical", "mixed")


@cache
def language(code: str) -> Language:
    """Raises KeyError for a code that is not in `CODES`."""
    if code not in CODES:
        raise KeyError(code)
    raw: dict[str, Any] = yaml.safe_load((_FOLDER / f"{code}.yaml").read_text("utf-8"))
    return Language(
        code=code,
        given=tuple(dict.fromkeys(raw["given"].split())),
        family=tuple(dict.fromkeys(raw["family"].split())),
        parts={kind: _begin_and_end(raw[f"{kind}_parts"]) for kind in ("given", "family", "town")},
        streets=tuple(raw["streets"]),
        addresses=tuple(raw["addresses"]),
        id_kinds=tuple(raw["id_kinds"].split()),
        digits=tuple(raw["digits"].split()),
        public_cities=tuple(raw["public_cities"].split()),
        figures=tuple(raw["figures"]),
        roles=tuple(raw["roles"]),
        labels=raw["labels"],
        carriers=tuple(raw["carriers"]),
        secret_carriers=tuple(raw["secret_carriers"]),
        password_carriers=tuple(raw["password_carriers"]),
        pairs={
            kind: tuple(Pair(entry["p"], entry["h"]) for entry in raw[kind]) for kind in _PAIR_KINDS
        },
        fillers=tuple(raw["fillers"]),
        comments=tuple(raw["comments"]),
    )


def _begin_and_end(parts: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    beginnings, endings = parts
    return tuple(beginnings.split()), tuple(endings.split())
