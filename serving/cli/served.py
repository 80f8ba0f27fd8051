"""The rules of a cluster, for commands that mean nothing without one."""

from __future__ import annotations

from sqlalchemy import Engine

from router.policy.policy import Rules
from serving.cli.output import fail
from serving.cluster.served_rules import served_rules


def require_served(engine: Engine) -> Rules:
    """As `served_rules`; says what to do and leaves with 1 where nothing has ever served."""
    rules = served_rules(engine)
    if rules is None:
        fail("nothing has served from here yet: ringfence up")
    return rules
