"""What is known of an API key without the key: whose it is, what it may do, until when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from router.accounts.people.actor import CLUSTER, KEY_ACTOR, OS_ACTOR, Actor
from router.domain import (
    GENERAL_PURPOSE,
    TEAM_NAME,
    Allowance,
    DataClass,
    Principal,
    Role,
    Tier,
)

_OWNER = re.compile(r"[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]{0,510}[^\s\x00-\x1f\x7f])?")
_MODEL_ID = re.compile(r"[^\s\x00-\x1f\x7f@,]{1,256}")
_DEVELOPER = frozenset({Role.DEVELOPER})
_UNLIMITED = Allowance()

MAX_RATE = 10**12
MAX_BUDGET_NANO_USD = 10**18
"""A billion dollars, as in the policy; sums of them have to have room."""


@dataclass(frozen=True, slots=True)
class KeyScope:
    """What a key may do at most. `models` are ids of the registry, empty for any.

    `owner` is the person who holds it, None where an application does. `allowance` is the key's
    own, and lifts nothing of what the policy limits.
    """

    team: str
    floor: DataClass = DataClass.PUBLIC
    tiers: frozenset[Tier] = frozenset(Tier)
    purpose: str = GENERAL_PURPOSE
    models: frozenset[str] = frozenset()
    private_only: bool = False
    roles: frozenset[Role] = _DEVELOPER
    owner: str | None = None
    allowance: Allowance = _UNLIMITED

    def __post_init__(self) -> None:
        """Raises ValueError, with the cure, for names that would not do and for what says nothing.

        A role beyond developer needs an owner: what is done with it is recorded as somebody's act.
        """
        if not re.fullmatch(TEAM_NAME, self.team):
            raise ValueError("a team is named with a-z, 0-9, '.', '_' and '-', at most 128 of them")
        if not re.fullmatch(TEAM_NAME, self.purpose):
            raise ValueError("a purpose is named as teams are: a-z, 0-9, '.', '_' and '-'")
        if not self.tiers:
            raise ValueError("a key needs at least one tier")
        if not all(map(_MODEL_ID.fullmatch, self.models)):
            raise ValueError("models are named by their ids in models.yaml, without a version")
        if not self.roles:
            raise ValueError("a key needs at least one role; developer is the least")
        if self.owner is None:
            if self.roles > _DEVELOPER or self.roles.isdisjoint(_DEVELOPER):
                raise ValueError("a key with such a role needs an owner, who answers for its acts")
        elif not _OWNER.fullmatch(self.owner) or self.owner == CLUSTER:
            raise ValueError("an owner is a person's name, of 1 to 512 characters on one line")
        elif self.owner.startswith((KEY_ACTOR, OS_ACTOR)):
            raise ValueError(f"an owner is a person: no name begins with {KEY_ACTOR} or {OS_ACTOR}")
        for problem in _problems(self.allowance):
            raise ValueError(problem)


def _problems(allowance: Allowance) -> Iterator[str]:
    for rate in (allowance.requests_per_minute, allowance.tokens_per_minute):
        if rate is not None and not 1 <= rate <= MAX_RATE:
            yield f"requests and tokens a minute are whole numbers from 1 to {MAX_RATE:,}"
    day, month = allowance.budget_nano_usd_per_day, allowance.budget_nano_usd_per_month
    for budget in (day, month):
        if budget is not None and not 0 <= budget <= MAX_BUDGET_NANO_USD:
            yield "a budget is from 0 to 1,000,000,000 US$"
    if day is not None and month is not None and day > month:
        yield (
            "the budget of a day is above that of the month, and is never reached: lower the one "
            "or raise the other"
        )


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key and those that replaced it by rotation: their ids, first to last, and when it began.

    What was open to the first stays open to all, and limits count them together.
    """

    ids: tuple[str, ...]
    made_at_s: float


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key as it is kept: everything but the key. Times are seconds since the epoch.

    A rotated key names its `successor`, and that one its `predecessor`; `line` has them all.
    """

    id: str
    name: str
    scope: KeyScope
    line: KeyLine = field(compare=False)
    created_at_s: float
    expires_at_s: float | None = None
    revoked_at_s: float | None = None
    predecessor: str | None = None
    successor: str | None = None

    def is_valid(self, now_s: float) -> bool:
        expired = self.expires_at_s is not None and self.expires_at_s <= now_s
        return self.revoked_at_s is None and not expired

    @property
    def principal(self) -> Principal:
        """Who asks with this key, before roles that its owner has for a time."""
        scope = self.scope
        return Principal(
            key_id=self.id,
            team=scope.team,
            floor=scope.floor,
            tiers=scope.tiers,
            purpose=scope.purpose,
            roles=scope.roles,
            models=scope.models,
            private_only=scope.private_only,
            key_made_on=datetime.fromtimestamp(self.line.made_at_s, UTC).date(),
            key_line=self.line.ids,
            allowance=scope.allowance,
        )

    @property
    def actor(self) -> Actor:
        return Actor(self.scope.owner or f"{KEY_ACTOR}{self.id}", self.scope.roles)
