"""Who runs a command: known by a token, or by having the files while nobody administers them."""

from __future__ import annotations

import os
from pathlib import Path

from router.accounts.people.actor import Actor
from router.accounts.people.permissions import Permission, require
from router.domain import Role
from router.errors import RequestError
from serving.cli.output import cures, fail
from serving.cli.settling import settle_later
from serving.cli.state import existing
from serving.cluster.accounts import actor_of_files, actor_of_token

TOKEN_VARIABLE = "RINGFENCE_TOKEN"  # noqa: S105 -- its name, not a token


def require_actor(state_dir: Path, needed: Permission | Role) -> Actor:
    """Who acts, if they may: prints why not and leaves with exit status 1 otherwise.

    There has to be a state directory: one by a mistyped name would be a new cluster's, which
    whoever typed it administers.

    RINGFENCE_TOKEN has an API key with an owner, or a token of one of the policy's identity
    providers. Without it the user of the operating system acts, as `os:NAME` with the roles admin
    and operator, for as long as there is no valid key with the role admin.
    """
    paths = existing(state_dir)
    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    with cures():
        try:
            actor = actor_of_token(paths, token) if token else actor_of_files(paths)
            require(actor, needed)
        except RequestError as error:
            fail(str(error))
    settle_later(paths)
    return actor
