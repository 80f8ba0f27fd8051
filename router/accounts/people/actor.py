"""Who does something that is recorded, as far as that is verified."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from router.domain import Role

KEY_ACTOR = "key:"
OS_ACTOR = "os:"
CLUSTER = "cluster"
"""What the cluster does by itself, such as making its first key, is done by this actor."""

_NOBODY_IN_PARTICULAR = (KEY_ACTOR, OS_ACTOR)


@dataclass(frozen=True, slots=True)
class Actor:
    """`name` is a key's owner, an identity provider's `issuer#subject`, `key:ID` where a key has
    no owner, or `os:USER` for whoever has the files of a cluster that has no administrator yet.
    """

    name: str
    roles: frozenset[Role]


def different_people(first: Actor, second: Actor) -> bool:
    """Whether two actors are two people for sure; what is in doubt is not.

    The same subject at two issuers counts as one person, as does a key's owner of a subject's name:
    capitals, widths and spaces aside. Actors who name no person count as anybody.
    """
    people = _person(first), _person(second)
    return None not in people and people[0] != people[1]


def _person(actor: Actor) -> str | None:
    if actor.name == CLUSTER or actor.name.startswith(_NOBODY_IN_PARTICULAR):
        return None
    issuer, _, subject = actor.name.partition("#")
    plain = unicodedata.normalize("NFKC", subject or issuer).casefold()
    return " ".join(plain.split()) or None
