"""What each role may do beyond sending requests: one table, looked up and never guessed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from router.accounts.people.actor import Actor
from router.domain import Role
from router.errors import RoleRequired


class Permission(StrEnum):
    """What not everybody may do. All but looking is an act, in the log with who did it."""

    MANAGE_KEYS = "manage_keys"
    SEE_KEYS_AND_LIMITS = "see_keys_and_limits"
    APPLY_POLICY = "apply_policy"
    MOVE_MODELS = "move_models"
    APPROVE_MODELS = "approve_models"
    READ_TEXTS = "read_texts"
    READ_RECORDS_OF_ALL_TEAMS = "read_records_of_all_teams"
    EXPORT_EVIDENCE = "export_evidence"
    RESCAN_TEXTS = "rescan_texts"
    PLACE_HOLDS = "place_holds"
    ERASE_SUBJECTS = "erase_subjects"
    REWRAP_VAULT = "rewrap_vault"
    BREAK_GLASS = "break_glass"


_ADMIN = frozenset({Role.ADMIN})
_AUDITOR = frozenset({Role.AUDITOR})
_RUNNING = frozenset({Role.OPERATOR, Role.ADMIN})

ROLES_OF: Mapping[Permission, frozenset[Role]] = {
    Permission.MANAGE_KEYS: _ADMIN,
    Permission.SEE_KEYS_AND_LIMITS: _RUNNING | _AUDITOR,
    Permission.APPLY_POLICY: _ADMIN,
    Permission.MOVE_MODELS: _RUNNING,
    Permission.APPROVE_MODELS: _RUNNING,
    # Who runs the cluster does not read what people wrote, and who reads it runs nothing.
    Permission.READ_TEXTS: _AUDITOR,
    Permission.READ_RECORDS_OF_ALL_TEAMS: _AUDITOR,
    Permission.EXPORT_EVIDENCE: _AUDITOR | _ADMIN,
    Permission.RESCAN_TEXTS: _AUDITOR,
    Permission.PLACE_HOLDS: _AUDITOR | _ADMIN,
    Permission.ERASE_SUBJECTS: _ADMIN,
    Permission.REWRAP_VAULT: _ADMIN,
    Permission.BREAK_GLASS: _RUNNING | _AUDITOR,
}
"""Total: a test fails on a permission that nobody has been given."""


def may(roles: Iterable[Role], needed: Permission | Role) -> bool:
    """Whether one of `roles` carries the permission, or is the role."""
    enough = frozenset({needed}) if isinstance(needed, Role) else ROLES_OF[needed]
    return not enough.isdisjoint(roles)


def require(actor: Actor, needed: Permission | Role) -> None:
    """Raises RoleRequired, naming the roles that would do, and how to act with one of them."""
    if may(actor.roles, needed):
        return
    enough = {needed} if isinstance(needed, Role) else ROLES_OF[needed]
    what = "this" if isinstance(needed, Role) else needed.value.replace("_", " ")
    raise RoleRequired(
        f"To {what} takes the role {' or '.join(sorted(enough))}. To act as somebody who has it, "
        "put a key of theirs, made with `ringfence keys create --owner NAME --roles ROLE`, or "
        "their identity provider's token into RINGFENCE_TOKEN; in an emergency, `ringfence "
        "break-glass open` gives a role for a time, and says so."
    )
