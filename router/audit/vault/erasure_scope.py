"""What an erasure concerns: the texts that are to go, and the keys that are to be destroyed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, and_, exists, or_, select

from router.audit.tables import decisions, outcomes
from router.audit.vault.erased import REMEMBERED_S
from router.audit.vault.holds import OfRequest, OfSubject
from router.audit.vault.tables import vault_erasures, vault_holds, vault_keys, vault_texts
from router.domain import TEAM_NAME


@dataclass(frozen=True, slots=True)
class OfTeam:
    """All of a team: of every subject, and where nobody named one."""

    team: str


Target: TypeAlias = OfRequest | OfSubject | OfTeam
Row: TypeAlias = Mapping[Any, Any]
"""A row of `vault_erasures`; of its columns those that `columns_of` has are looked at."""


def columns_of(target: Target) -> dict[str, Any]:
    """What a row of `vault_erasures` says of its target."""
    columns = {"request_id": None, "team": None, "subject": None, "whole_team": False}
    match target:
        case OfRequest(request_id):
            return columns | {"request_id": request_id}
        case OfSubject(team, subject):
            return columns | {"team": team, "subject": subject}
        case OfTeam(team):
            return columns | {"team": team, "whole_team": True}


def can_come(target: Target) -> bool:
    """Whether a text of the target may be under way of which nothing is known yet.

    A request is known from its decision on, before anybody is told its id.
    """
    return not isinstance(target, OfRequest) and bool(re.fullmatch(TEAM_NAME, target.team))


def waiting_for(columns: Row) -> ColumnElement[bool]:
    """Of a row of `vault_erasures`: it waits, and concerns the same."""
    row = vault_erasures.c
    same = (row[name].is_not_distinct_from(value) for name, value in columns.items())
    return and_(row.done_at_s.is_(None), *same)


def texts_of(row: Row) -> ColumnElement[bool]:
    """Of a row of `vault_texts`: it is the target's, from whatever time."""
    text = vault_texts.c
    if row["request_id"] is not None:
        return and_(text.request_id == row["request_id"])
    if row["whole_team"]:
        return and_(text.team == row["team"])
    return and_(text.team == row["team"], text.subject == row["subject"])


def concerned_texts(row: Row) -> ColumnElement[bool]:
    """Of a row of `vault_texts`: it is to go.

    By its key, where that is the target's alone: what is in use still, or again, is of later. By
    the time of its request else.
    """
    if row["request_id"] is not None:
        return texts_of(row)
    # A look for each text, up to as many as a batch takes: a team may have a million keys.
    its_key = vault_keys.c.id == vault_texts.c.key_id
    of_later = exists().where(its_key, keys_of(row), vault_keys.c.slot.is_not(None))
    in_time = and_(vault_texts.c.requested_at_s <= row["requested_at_s"], ~of_later)
    return and_(texts_of(row), or_(in_time, exists().where(its_key, concerned_keys(row))))


def keys_of(row: Row) -> ColumnElement[bool]:
    """Of a row of `vault_keys`: it is the target's alone, and not destroyed."""
    key = vault_keys.c
    if row["request_id"] is not None:
        return and_(key.wrapped.is_not(None), key.request_id == row["request_id"])
    if row["whole_team"]:
        return and_(key.wrapped.is_not(None), key.team == row["team"])
    return and_(key.wrapped.is_not(None), key.team == row["team"], key.subject == row["subject"])


def concerned_keys(row: Row) -> ColumnElement[bool]:
    """Of a row of `vault_keys`: it is to be destroyed. What has a slot is of later."""
    without_slot = and_(keys_of(row), vault_keys.c.slot.is_(None))
    if row["whole_team"]:
        return and_(without_slot, vault_keys.c.created_at_s <= row["requested_at_s"])
    return without_slot


def is_under_way(row: Row) -> ColumnElement[bool]:
    """The target is one request, which has its decision and no outcome yet."""
    of_request = decisions.c.request_id == row["request_id"]
    ended = exists().where(outcomes.c.request_id == decisions.c.request_id)
    return exists().where(of_request, ~ended)


def coming_is_held(row: Row) -> ColumnElement[bool]:
    """A live hold covers, or may cover, what is under way of a team or of a subject.

    Which of the team's requests under way are a subject's is not known before they write.
    """
    hold, at_s = vault_holds.c, row["requested_at_s"]
    same = hold.subject.is_not(None) if row["whole_team"] else hold.subject == row["subject"]
    in_time = and_(hold.from_s <= at_s, hold.to_s > at_s - REMEMBERED_S)
    ended = exists().where(outcomes.c.request_id == decisions.c.request_id)
    under_way = select(decisions.c.request_id).where(decisions.c.team == row["team"], ~ended)
    return exists().where(
        hold.lifted_at_s.is_(None),
        or_(and_(hold.team == row["team"], or_(same, in_time)), hold.request_id.in_(under_way)),
    )
