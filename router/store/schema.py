"""All tables of ours together: the metadata that migrations are checked against."""

from __future__ import annotations

import router.accounts.tables
import router.audit.tables
import router.privacy.taint_store  # noqa: F401 -- importing it declares its table
from router.store.database import metadata

__all__ = ["metadata"]
