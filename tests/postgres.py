"""A PostgreSQL of the tests' own: the server of the `pgserver` wheel, on a Unix socket.

The wheel's Python makes users and loosens directories; what it ships is run here without it.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

START_TIMEOUT_S = 60.0
_SUPERUSER = "postgres"


class CannotStart(Exception):
    """This machine runs no PostgreSQL for the tests; says why."""


def programs() -> Path:
    """Where the wheel has `postgres`, `pg_dump` and the others. Raises CannotStart without it."""
    found = find_spec("pgserver")
    if found is None or found.origin is None:
        raise CannotStart("the wheel pgserver is not installed")
    return Path(found.origin).parent / "pginstall" / "bin"


class PostgresServer:
    """One server, its data in a directory of its own. Effects: a process between start and stop.

    Running as root, the server becomes `nobody`: PostgreSQL refuses to run as root.
    """

    def __init__(self) -> None:
        # Short, for a socket's path has at most 107 bytes.
        self.directory = Path(tempfile.mkdtemp(prefix="rf-pg-", dir="/tmp"))
        self.data = self.directory / "data"
        self._process: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:
            shutil.chown(self.directory, "nobody")
        as_superuser = ("-U", _SUPERUSER, "-A", "trust")
        self._run("initdb", "-D", self.data, *as_superuser, "--no-sync", "-E", "UTF8")

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://{_SUPERUSER}@/{database}?host={self.directory}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Returns when it takes connections; raises CannotStart if it never does.

        What a killed server leaves behind keeps the next one out for a moment: it is tried again.
        """
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline_s:
            if self._process is None or self._process.poll() is not None:
                self._process = self._launch()
            try:
                self._connect().close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise CannotStart((self.directory / "log").read_text(errors="replace")[-2_000:])

    def stop(self) -> None:
        """As an administrator does it: connections are closed, what is committed is written."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """As a power cut does it, with all of its processes."""
        self._end(signal.SIGKILL)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.directory)

    def new_database(self, template: str = "template0") -> str:
        """The name of an empty one, or of a copy of one that nobody is connected to."""
        name = f"t{secrets.token_hex(6)}"
        # Nothing is synced here, so that files are copied in a third of the time of their log.
        made = f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"
        with self._connect() as connection:
            connection.execute(made)  # type: ignore[call-overload]
        return name

    def drop(self, database: str) -> None:
        with self._connect() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")  # type: ignore[call-overload]

    def run_client(self, program: str, *arguments: str | Path) -> None:
        """Runs `pg_dump` and its like against this server; raises CalledProcessError."""
        self._run(program, "-h", self.directory, "-U", _SUPERUSER, *arguments)

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host=str(self.directory), user=_SUPERUSER, dbname="postgres", autocommit=True
        )

    def _launch(self) -> subprocess.Popen[bytes]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": self.directory,
            # Its processes are killed here, and the machine's power is not cut.
            "fsync": "off",
            "shared_buffers": "32MB",
            "max_connections": "60",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.directory / "log").open("ab") as log:
            return subprocess.Popen(
                [programs() / "postgres", "-D", self.data, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.directory,
                start_new_session=True,
                **_unprivileged(),
            )

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        self._process.wait()
        self._process = None

    def _run(self, program: str, *arguments: str | Path) -> None:
        subprocess.run(
            [programs() / program, *arguments],
            check=True,
            capture_output=True,
            cwd=self.directory,
            **_unprivileged(),
        )


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """A server for the time of the `with`. Raises CannotStart."""
    try:
        server = PostgresServer()
    except (OSError, subprocess.CalledProcessError) as error:
        raise CannotStart(f"initdb failed: {error}") from error
    try:
        server.start()
        yield server
    finally:
        server.remove()


def _unprivileged() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": ()}
