"""What the vault's commands work on: a state directory's database, master keys and names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from router.audit.vault.errors import VaultError
from router.audit.vault.subjects import PURPOSE, SubjectNames
from router.audit.vault.wrapping import KeyWrapper
from router.errors import RequestError
from router.policy.archive import active, text_of
from router.policy.load import load_rules, rules_of_text
from router.policy.policy import Rules
from router.privacy.tenancy import TenantSecrets
from router.store.database import reading
from serving.cli.output import cures, fail
from serving.cli.state import existing
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths
from serving.kms.chosen import key_ring


@dataclass(frozen=True, slots=True)
class OpenVault:
    paths: ClusterPaths
    engine: Engine

    def wrapper(self) -> KeyWrapper:
        """The master keys. Raises ValueError for one that is none."""
        return key_ring(self.paths.secrets, os.environ)

    def digest(self, team: str, subject: str) -> str:
        secrets = TenantSecrets(self.paths.root_key.read_bytes())
        return SubjectNames(secrets.purpose(PURPOSE)).digest(team, subject)

    def rules(self, models: Path, policy: Path) -> Rules:
        """What serves, whatever the files say meanwhile; the files where nothing ever has."""
        with reading(self.engine).connect() as connection:
            now = active(connection)
            text = None if now is None else text_of(connection, now.digest)
        return load_rules(models, policy) if text is None else rules_of_text(text)


@contextmanager
def open_vault(state_dir: Path) -> Iterator[OpenVault]:
    """For the time of the `with`; what the vault refuses becomes a line and an exit status."""
    paths = existing(state_dir)
    with cures():
        engine = open_database(paths)
        try:
            yield OpenVault(paths, engine)
        except (RequestError, VaultError) as error:
            fail(str(error))
        finally:
            engine.dispose()


def shown_time(at_s: float) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M:%SZ}"
