"""As what kinds of requests the items are asked: an item has no class, no team and no choice."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from router.domain import Endpoint, JsonObject
from router.gate.rules import CriticalSlice
from router.policy.kinds import Kind
from router.policy.policy import CHOICES, Rules
from router.policy.space import kinds
from router.policy.traffic import of_lines


@dataclass(frozen=True, slots=True)
class Asked:
    """A kind of requests and its share of all of them."""

    kind: Kind
    share: float


@dataclass(frozen=True, slots=True)
class Traffic:
    """A file of requests, by the sha256 of its bytes, and the kinds that are in it."""

    file: str
    sha256: str
    requests: int
    asked: tuple[Asked, ...]

    def as_json(self) -> JsonObject:
        return {"file": self.file, "sha256": self.sha256, "requests": self.requests}


def read_traffic(path: Path) -> Traffic:
    """The lines that `policy simulate` reads. Raises ConfigError, and ValueError for a file that is
    no text, or has no request.
    """
    try:
        content = path.read_bytes()
        lines = content.decode().splitlines()
    except (OSError, UnicodeDecodeError):
        raise ValueError(f"{path} cannot be read as text: give a file of JSON") from None
    made = [each.kind for each in of_lines(lines, str(path))]
    if not made:
        raise ValueError(f"{path} has no request")
    digest = hashlib.sha256(content).hexdigest()
    return Traffic(path.name, digest, len(made), of_traffic(made))


def every_kind(*rules: Rules) -> tuple[Asked, ...]:
    """Each class with each choice and each stakes, by everybody between whom one of the rules makes
    a difference, alike: what is judged where nobody says what is asked.
    """
    plain = [
        kind
        for kind, _ in kinds(*rules)
        if kind.endpoint is Endpoint.CHAT
        and kind.choice in CHOICES
        and not kind.private_only
        and not kind.entity_types
    ]
    most = max(len(kind.tiers) for kind in plain)
    return _shared(Counter(kind for kind in plain if len(kind.tiers) == most))


def of_traffic(asked: Iterable[Kind]) -> tuple[Asked, ...]:
    """Kinds as often as they were asked."""
    return _shared(Counter(asked))


def in_slice(asked: Iterable[Asked], critical: CriticalSlice) -> tuple[Asked, ...]:
    """What is asked, as the slice would have it: what it names takes the place of what was said."""
    shares: dict[Kind, float] = {}
    for each in asked:
        kind = _overlaid(each.kind, critical)
        shares[kind] = shares.get(kind, 0.0) + each.share
    return tuple(Asked(kind, share) for kind, share in shares.items())


def _overlaid(kind: Kind, critical: CriticalSlice) -> Kind:
    if critical.data_class is not None:
        kind = replace(kind, found=critical.data_class, entity_types=frozenset())
    if critical.choice is not None:
        kind = replace(kind, choice=critical.choice)
    if critical.stakes is not None:
        kind = replace(kind, stakes=critical.stakes)
    if critical.team is not None:
        kind = replace(kind, team=critical.team)
    if critical.purpose is not None:
        kind = replace(kind, purpose=critical.purpose)
    return kind


def _shared(counts: Counter[Kind]) -> tuple[Asked, ...]:
    total = counts.total()
    return tuple(Asked(kind, count / total) for kind, count in counts.items())
