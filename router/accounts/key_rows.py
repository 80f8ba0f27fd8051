"""Keys as rows of the database."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from router.accounts.api_key import ApiKey, KeyScope
from router.accounts.tables import api_keys
from router.domain import DataClass, Role, Tier

logger = logging.getLogger(__name__)


def row_of(key: ApiKey, digest: bytes) -> dict[str, Any]:
    scope = key.scope
    return {
        "id": key.id,
        "digest": digest,
        "name": key.name,
        "team": scope.team,
        "floor": scope.floor.label,
        "tiers": sorted(scope.tiers),
        "purpose": scope.purpose,
        "models": sorted(scope.models),
        "private_only": scope.private_only,
        "roles": sorted(scope.roles),
        "owner": scope.owner,
        "created_at_s": key.created_at_s,
        "expires_at_s": key.expires_at_s,
        "revoked_at_s": key.revoked_at_s,
        "predecessor": key.predecessor,
        "successor": key.successor,
    }


def key_of(row: RowMapping) -> ApiKey:
    return ApiKey(
        id=row["id"],
        name=row["name"],
        scope=KeyScope(
            team=row["team"],
            floor=DataClass.from_label(row["floor"]),
            tiers=frozenset(map(Tier, row["tiers"])),
            purpose=row["purpose"],
            models=frozenset(row["models"]),
            private_only=row["private_only"],
            roles=frozenset(map(Role, row["roles"])),
            owner=row["owner"],
        ),
        created_at_s=row["created_at_s"],
        expires_at_s=row["expires_at_s"],
        revoked_at_s=row["revoked_at_s"],
        predecessor=row["predecessor"],
        successor=row["successor"],
    )


def read_keys(connection: Connection) -> list[tuple[bytes, ApiKey]]:
    """Digest and entry of every key, oldest first, each knowing when its line began.

    One that a newer release has written and this one does not understand is left out, with a
    warning: it lets nobody in, and keeps nobody else out.
    """
    found = select(api_keys).order_by(api_keys.c.created_at_s, api_keys.c.id)
    keys: list[tuple[bytes, ApiKey]] = []
    first_made_at_s: dict[str | None, float] = {}
    for row in connection.execute(found).mappings():
        try:
            key = key_of(row)
        except (KeyError, TypeError, ValueError):
            logger.warning("the key %s is not one that this release understands", row["id"])
            continue
        made_at_s = first_made_at_s.get(key.predecessor, key.created_at_s)
        first_made_at_s[key.id] = made_at_s
        keys.append((row["digest"], replace(key, first_made_at_s=made_at_s)))
    return keys
