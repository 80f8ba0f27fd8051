"""The cluster's keys and people, opened from its state directory; used by the command line."""

from __future__ import annotations

import asyncio
import os
import pwd
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import Engine

from router.accounts.keys import KeyHasher, KeyStore
from router.accounts.people.actor import OS_ACTOR, Actor
from router.accounts.people.grants import BreakGlass, read_open_grants, roles_of
from router.accounts.people.rules import PeopleRules
from router.accounts.people.tokens import TokenVerifier
from router.clock import SystemClock
from router.domain import Role
from router.errors import NotAuthenticated
from router.store.database import reading
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths
from serving.cluster.private_files import write_private
from serving.cluster.served_rules import served_rules

FIRST_TEAM = "default"
FILES_ROLES = frozenset({Role.DEVELOPER, Role.OPERATOR, Role.ADMIN})
"""Of whoever has the files of a cluster that nobody administers by a key yet."""


def open_key_store(paths: ClusterPaths) -> KeyStore:
    """Makes state directory, secrets and tables where they are missing."""
    return _key_store(open_database(paths), paths)


def open_break_glass(paths: ClusterPaths) -> BreakGlass:
    """As `open_key_store`."""
    return BreakGlass(open_database(paths), SystemClock())


def first_key(paths: ClusterPaths) -> str | None:
    """The key that the first start makes, kept in a file of mode 0600 for whoever starts again.

    None once the file was taken away: the key stays valid, and only its hash is in the database.
    """
    with _opened(paths) as engine:
        store = _key_store(engine, paths)
        if paths.first_key_file.exists():
            return paths.first_key_file.read_text().strip()
        if store.list():
            return None
        _, text = store.create(team=FIRST_TEAM, name="first key")
        write_private(paths.first_key_file, text.encode())
        return text


def actor_of_token(paths: ClusterPaths, token: str) -> Actor:
    """Whose key or identity provider's token this is, with the roles that they have for a time.

    Reads an issuer's signing keys where it has to. Raises NotAuthenticated, and ConfigError where
    the policy that names the issuers cannot be served with by this release.
    """
    with _opened(paths) as engine:
        if token.count(".") == 2:
            serving = served_rules(engine)
            people = PeopleRules() if serving is None else serving.policy.people
            verifier = TokenVerifier(people, SystemClock())
            asyncio.run(verifier.prepare(token))
            person = verifier.verify(token)
            return _with_grants(Actor(person.user, person.roles), engine)
        key = _key_store(engine, paths).find(token)
        if key is None or not key.is_valid(time.time()):
            raise NotAuthenticated(
                "The key in RINGFENCE_TOKEN is unknown, expired or revoked: put another there, "
                "or unset it where nobody administers this cluster by a key."
            )
        return _with_grants(key.actor, engine)


def actor_of_files(paths: ClusterPaths) -> Actor:
    """The user of the operating system, while there is no valid key with the role admin.

    Raises NotAuthenticated once there is one.
    """
    now_s = time.time()
    with _opened(paths) as engine:
        for key in _key_store(engine, paths).list():
            if Role.ADMIN in key.scope.roles and key.is_valid(now_s):
                raise NotAuthenticated(
                    "This cluster has an administrator: put your key, or your identity provider's "
                    "token, into RINGFENCE_TOKEN."
                )
        return _with_grants(Actor(f"{OS_ACTOR}{_user_name()}", FILES_ROLES), engine)


@contextmanager
def _opened(paths: ClusterPaths) -> Iterator[Engine]:
    engine = open_database(paths)
    try:
        yield engine
    finally:
        engine.dispose()


def _key_store(engine: Engine, paths: ClusterPaths) -> KeyStore:
    return KeyStore(engine, KeyHasher(paths.root_key.read_bytes()), SystemClock())


def _with_grants(actor: Actor, engine: Engine) -> Actor:
    now_s = time.time()
    with reading(engine).connect() as connection:
        taken = roles_of(actor.name, read_open_grants(connection, now_s), now_s)
    return replace(actor, roles=actor.roles | taken)


def _user_name() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # containers run as users that no file names
        return str(os.geteuid())
