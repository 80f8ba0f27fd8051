"""Keys as rows of the database."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from router.accounts.api_key import ApiKey, KeyLine, KeyScope
from router.accounts.tables import api_keys
from router.domain import Allowance, DataClass, Role, Tier

logger = logging.getLogger(__name__)

_ALLOWANCE = tuple(each.name for each in fields(Allowance))


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
        "line": key.line.ids[0],
        **asdict(scope.allowance),
    }


def read_keys(connection: Connection) -> list[tuple[bytes, ApiKey]]:
    """Digest and entry of every key, oldest first.

    One that a newer release has written and this one does not understand is left out, with a
    warning: it lets nobody in, and keeps nobody else out.
    """
    found = select(api_keys).order_by(api_keys.c.created_at_s, api_keys.c.id)
    rows = connection.execute(found).mappings().all()
    lines = _lines(rows)
    by_id = {row["id"]: row for row in rows}
    keys: list[tuple[bytes, ApiKey]] = []
    for row in rows:
        try:
            line = lines[row["id"]]
            # A release that knows no limits of keys rotates without them: the line keeps them.
            keys.append((row["digest"], _key(row, line, _allowance(by_id[line.ids[0]]))))
        except (KeyError, TypeError, ValueError):
            logger.warning("the key %s is not one that this release understands", row["id"])
    return keys


def find_key(connection: Connection, key_id: str) -> ApiKey | None:
    """The entry of the key with this id."""
    return next((key for _, key in read_keys(connection) if key.id == key_id), None)


def _lines(rows: Iterable[RowMapping]) -> dict[str, KeyLine]:
    """The line of each key. One that a release of before lines made goes on its predecessor's."""
    firsts: dict[str, str] = {}
    members: dict[str, list[RowMapping]] = {}
    for row in rows:
        first = row["line"] or firsts.get(row["predecessor"], row["id"])
        firsts[row["id"]] = first
        members.setdefault(first, []).append(row)
    lines: dict[str, KeyLine] = {}
    for first, found in members.items():
        # Wherever a clock that was set back has put it, the first is the first.
        found.sort(key=lambda row: bool(row["id"] != first))
        lines[first] = KeyLine(tuple(row["id"] for row in found), found[0]["created_at_s"])
    return {key_id: lines[first] for key_id, first in firsts.items()}


def _allowance(row: RowMapping) -> Allowance:
    return Allowance(**{name: row[name] for name in _ALLOWANCE})


def _key(row: RowMapping, line: KeyLine, allowance: Allowance) -> ApiKey:
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
            allowance=allowance,
        ),
        line=line,
        created_at_s=row["created_at_s"],
        expires_at_s=row["expires_at_s"],
        revoked_at_s=row["revoked_at_s"],
        predecessor=row["predecessor"],
        successor=row["successor"],
    )
