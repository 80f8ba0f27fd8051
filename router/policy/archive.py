"""The archive of rules: what a digest stands for, and which rules are to serve."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from router.policy.archive_tables import active_rules, rules_archive
from router.policy.load import rules_digest
from router.policy.policy import RulesText

_ONLY = 1

APPLIED = "policy.applied"
"""The act of putting rules in force. Its details have their `digest`, and what served `before`."""


@dataclass(frozen=True, slots=True)
class Active:
    """Which rules are to serve, since when, and who said so."""

    digest: str
    applied_at_s: float
    applied_by: str


def keep(connection: Connection, text: RulesText, served_at_s: float | None = None) -> str:
    """Puts the two files into the archive, if they are not in it, and returns their digest.

    `served_at_s` is noted when they serve for the first time.
    """
    digest = rules_digest(text.models, text.policy)
    here = rules_archive.c.digest == digest
    # Whoever writes is alone in that, so nobody adds it in between.
    if connection.scalar(select(rules_archive.c.digest).where(here)) is None:
        row = {"digest": digest, "models": text.models, "policy": text.policy}
        connection.execute(insert(rules_archive), [row])
    if served_at_s is not None:
        first = here & rules_archive.c.first_served_at_s.is_(None)
        connection.execute(update(rules_archive).where(first).values(first_served_at_s=served_at_s))
    return digest


def text_of(connection: Connection, digest: str) -> RulesText | None:
    """The two files of a digest, under the names of the digest's own; None if it never served."""
    here = rules_archive.c.digest == digest
    row = connection.execute(select(rules_archive).where(here)).mappings().first()
    if row is None:
        return None
    return RulesText(bytes(row["models"]), bytes(row["policy"]))


def has_served(connection: Connection, digest: str) -> bool:
    """Whether a gateway ever took these rules up."""
    first_s = select(rules_archive.c.first_served_at_s).where(rules_archive.c.digest == digest)
    return connection.scalar(first_s) is not None


def digests_like(connection: Connection, beginning: str) -> list[str]:
    """The digests in the archive that begin so, with or without `sha256:` before it."""
    digests = connection.scalars(select(rules_archive.c.digest).order_by(rules_archive.c.digest))
    wanted = beginning.removeprefix("sha256:").lower()
    return [digest for digest in digests if digest.removeprefix("sha256:").startswith(wanted)]


def active(connection: Connection) -> Active | None:
    """None where no gateway ever served."""
    row = connection.execute(select(active_rules)).mappings().first()
    return None if row is None else Active(row["digest"], row["applied_at_s"], row["applied_by"])


def activate(connection: Connection, now: Active) -> bool:
    """Makes rules of the archive the ones to serve, unless later ones are; returns whether."""
    values = {
        "digest": now.digest,
        "applied_at_s": now.applied_at_s,
        "applied_by": now.applied_by,
    }
    earlier = active_rules.c.applied_at_s <= now.applied_at_s
    if connection.execute(update(active_rules).where(earlier).values(values)).rowcount:
        return True
    if active(connection) is not None:
        return False
    connection.execute(insert(active_rules), [{"id": _ONLY, **values}])
    return True
