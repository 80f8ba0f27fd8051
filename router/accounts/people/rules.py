"""Which identity providers vouch for people, and what of their tokens means what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from router.domain import Role


@dataclass(frozen=True, slots=True)
class IssuerRules:
    """One identity provider. Its keys come from exactly one of `jwks_file` and `jwks_url`.

    Claims are named as they stand in the token, or by dots through objects of it. A value that
    `roles` does not have means nothing; with an empty `teams` the claim is the team's name itself.
    """

    issuer: str
    audience: str
    algorithms: tuple[str, ...]
    jwks_file: str | None = None
    jwks_url: str | None = None
    ca_file: str | None = None
    team_claim: str | None = None
    teams: Mapping[str, str] = field(default_factory=dict)
    roles_claim: str | None = None
    roles: Mapping[str, Role] = field(default_factory=dict)
    floor_claim: str | None = None


@dataclass(frozen=True, slots=True)
class PeopleRules:
    """Nobody but keys, where there are no issuers."""

    issuers: tuple[IssuerRules, ...] = ()
