"""What the claims of a verified token mean: team, roles, floor."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from router.accounts.people.rules import IssuerRules
from router.domain import TEAM_NAME, DataClass, Role
from router.errors import NotAuthenticated


def team_of(claims: Mapping[str, Any], rules: IssuerRules) -> str | None:
    """The one team that the claim means; None where it means none.

    Raises NotAuthenticated where it means several: whose budget and floor would it be?
    """
    said = _texts(_claim(claims, rules.team_claim))
    if rules.teams:
        teams = {rules.teams[value] for value in said if value in rules.teams}
    else:
        teams = {value for value in said if re.fullmatch(TEAM_NAME, value)}
    if len(teams) > 1:
        raise NotAuthenticated("The token is of more than one team, and a request is of one.")
    return next(iter(teams), None)


def roles_in(claims: Mapping[str, Any], rules: IssuerRules) -> frozenset[Role]:
    said = _texts(_claim(claims, rules.roles_claim))
    return frozenset({Role.DEVELOPER, *(rules.roles[v] for v in said if v in rules.roles)})


def floor_of(claims: Mapping[str, Any], rules: IssuerRules) -> DataClass:
    """Public where the claim is not there. Raises NotAuthenticated where it is no data class."""
    said = _claim(claims, rules.floor_claim)
    if said is None:
        return DataClass.PUBLIC
    for data_class in DataClass:
        if said == data_class.label:
            return data_class
    raise NotAuthenticated("The token's floor is no data class.")


def _claim(claims: Mapping[str, Any], name: str | None) -> object:
    """A claim by its own name, or by dots through objects: `realm_access.roles`."""
    if name is None:
        return None
    if name in claims:
        return claims[name]
    found: object = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _texts(said: object) -> list[str]:
    """One text, or the texts of a list."""
    values = said if isinstance(said, list) else [said]
    return [value for value in values if isinstance(value, str)]
