"""What lies where: the state directory, and the run directory beside it for sockets.

State outlives a cluster (keys, records, secrets); what is in the run directory does not matter
once nothing runs. They are apart because a Unix socket's path has at most 107 bytes and both Ray
and HAProxy put theirs under long generated names.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

DEFAULT_STATE_DIR = Path(".ringfence")
# Ray's longest, below its directory: session_<time>_<pid>/sockets/plasma_store.
_LONGEST_SOCKET_BYTES = 80
_LONGEST_SOCKET_PATH_BYTES = 107


class UnsafeDirectory(Exception):
    """A directory for secrets or sockets that somebody else could write to."""


@dataclass(frozen=True, slots=True)
class ClusterPaths:
    """Absolute paths of one cluster. Building one has no effect; `create` makes directories."""

    state: Path
    run: Path

    @classmethod
    def of(cls, state_dir: Path) -> ClusterPaths:
        """The run directory's name follows from the state directory's."""
        state = state_dir.expanduser().absolute()
        name = hashlib.sha256(f"{os.getuid()}:{state}".encode()).hexdigest()[:10]
        for parent in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108
            run = parent / f"rf-{name}"
            if len(os.fsencode(run)) + _LONGEST_SOCKET_BYTES <= _LONGEST_SOCKET_PATH_BYTES:
                break
        return cls(state=state, run=run)

    def create(self) -> None:
        """Makes both directories with mode 0700. Raises UnsafeDirectory for another's."""
        for directory in (self.state, self.run, self.logs, self.secrets, self.providers):
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            found = directory.lstat()
            # The run directory's name can be guessed, and its parent belongs to everybody.
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
                raise UnsafeDirectory(f"{directory} is not a directory of this user's: remove it")
            directory.chmod(0o700)

    @property
    def cluster_file(self) -> Path:
        return self.state / "cluster.json"

    @property
    def launch_file(self) -> Path:
        return self.state / "launch.json"

    @property
    def wanted_file(self) -> Path:
        return self.state / "wanted.json"

    @property
    def processes_file(self) -> Path:
        return self.state / "processes.json"

    @property
    def lock_file(self) -> Path:
        return self.state / "lock"

    @property
    def ingress_program(self) -> Path:
        return self.state / "haproxy"

    @property
    def first_key_file(self) -> Path:
        return self.state / "first-key"

    @property
    def database_url(self) -> str:
        """Read from its file, where `up` was told of one; a SQLite file of the cluster's own else.

        May hold a password.
        """
        try:
            return self.database_url_file.read_text("utf-8").strip()
        except FileNotFoundError:
            return f"sqlite:///{self.state / 'ringfence.db'}"

    @property
    def database_url_file(self) -> Path:
        return self.secrets / "database.url"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def metrics(self) -> Path:
        """Where the gateways of this host leave what they count."""
        return self.run / "metrics"

    @property
    def secrets(self) -> Path:
        return self.state / "secrets"

    @property
    def providers(self) -> Path:
        return self.secrets / "providers"

    @property
    def root_key(self) -> Path:
        return self.secrets / "root.key"

    @property
    def clearance_private_key(self) -> Path:
        return self.secrets / "clearance-private.key"

    @property
    def clearance_public_key(self) -> Path:
        return self.secrets / "clearance-public.key"

    @property
    def audit_private_key(self) -> Path:
        return self.secrets / "audit-private.key"

    @property
    def audit_public_key(self) -> Path:
        return self.secrets / "audit-public.key"

    @property
    def vault_key(self) -> Path:
        return self.secrets / "vault.key"

    @property
    def ray_token(self) -> Path:
        return self.secrets / "ray.token"

    @property
    def ray(self) -> Path:
        return self.run / "ray"

    @property
    def haproxy(self) -> Path:
        return self.run / "hap"
