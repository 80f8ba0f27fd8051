"""Which rules a gateway starts with: those that were applied last, and not what files said once."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from router.errors import ConfigError
from router.policy.archive import active, text_of
from router.policy.policy import Rules
from router.policy.reload import reloaded
from router.registry.execution import DeployedModel, as_deployed
from router.store.database import connect, reading

logger = logging.getLogger(__name__)


def starting_rules(
    database_url: str, built: Rules, given_at_s: float, deployed: Mapping[str, DeployedModel]
) -> Rules:
    """The rules in force, on what is deployed; `built` are those that the cluster began with.

    A gateway may be started again when the models that the cluster began with are long gone. Raises
    what the database raises.
    """
    engine = connect(database_url)
    try:
        with reading(engine).connect() as connection:
            now = active(connection)
            later = now is not None and now.applied_at_s > given_at_s
            text = text_of(connection, now.digest) if now is not None and later else None
    finally:
        engine.dispose()
    if text is not None:
        try:
            return reloaded(text, built, deployed)
        except ConfigError as error:
            logger.error("the rules that were applied cannot be started with: %s", error)
    return Rules(as_deployed(built.registry, deployed), built.policy)
