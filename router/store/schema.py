"""All tables of ours together: the metadata that migrations are checked against."""

from __future__ import annotations

import router.accounts.limits.tables
import router.accounts.tables
import router.audit.log.lease
import router.audit.log.published
import router.audit.log.tables
import router.audit.tables
import router.audit.vault.tables
import router.conversation.store
import router.feedback.tables
import router.lifecycle.tables
import router.load.drain_tables
import router.policy.archive_tables
import router.privacy.taint_store
import router.trials.tables  # noqa: F401 -- importing it declares its tables
from router.store.database import metadata

__all__ = ["metadata"]
