"""A person whom an identity provider vouches for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from router.domain import DataClass, Principal, Role, Tier


@dataclass(frozen=True, slots=True)
class Person:
    """`user` is `issuer#subject`; `team` is None where the token does not say one."""

    user: str
    team: str | None
    roles: frozenset[Role]
    floor: DataClass

    def principal(self, team: str) -> Principal:
        """The person asking for themselves, with no application in between.

        `key_id` is the same for every token of theirs, and fits where a key's id does.
        """
        digest = hashlib.sha256(self.user.encode()).hexdigest()
        return Principal(
            key_id=f"u-{digest[:32]}",
            team=team,
            floor=self.floor,
            tiers=frozenset(Tier),
            user=self.user,
            roles=self.roles,
        )
