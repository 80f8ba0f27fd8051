"""Puts what happened to weights into the audit log, for processes without a writer."""

from __future__ import annotations

import time

from router.audit.acts import Act, record_act
from router.store.database import connect


def record(database_url: str, act: Act) -> None:
    """Durable when this returns. Raises SQLAlchemyError."""
    engine = connect(database_url)
    try:
        with engine.begin() as connection:
            record_act(connection, act, time.time())
    finally:
        engine.dispose()
