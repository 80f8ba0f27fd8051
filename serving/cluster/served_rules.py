"""The rules that a cluster serves with, read from its database."""

from __future__ import annotations

from sqlalchemy import Engine

from router.policy.archive import active, text_of
from router.policy.load import rules_of_text
from router.policy.policy import Rules
from router.store.database import reading


def served_rules(engine: Engine) -> Rules | None:
    """Those that serve, or did last: what was applied, whatever files say.

    None before a gateway has ever served. Raises ConfigError where this release cannot serve with
    them.
    """
    with reading(engine).connect() as connection:
        serving = active(connection)
        text = None if serving is None else text_of(connection, serving.digest)
    return None if text is None else rules_of_text(text)
