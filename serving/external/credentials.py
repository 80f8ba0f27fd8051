"""Where an adapter's credential comes from: asked anew for each attempt, so that it can rotate."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Protocol

from router.errors import BackendUnauthorized, ConfigError, ConfigProblem

NO_CREDENTIAL = "none"
"""What a server that asks for no credential is given, since the SDKs insist on one."""


class Secret(Protocol):
    """Something that knows a credential. Raises ConfigError if it does not."""

    def __call__(self) -> str: ...


class FileSecret:
    """The first line of a file that nobody but its owner can read. Read on each call."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self) -> str:
        """Raises ConfigError, with the cure, for a file that is absent, open to others or empty."""
        try:
            with self._path.open(encoding="utf-8") as file:
                # Of the opened file: the path may name another one by now.
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
                secret = file.readline().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise self._problem(
                f"the credential cannot be read ({type(error).__name__})",
                "write the provider's key into this file and set its mode to 0600",
            ) from None
        if mode & 0o077:
            raise self._problem(
                f"the credential's mode is {mode:04o}: others on this machine can read it",
                f"chmod 600 {self._path}, and replace the key if the machine is shared",
            )
        if not secret:
            raise self._problem("the credential is empty", "write the provider's key into the file")
        return secret

    def __repr__(self) -> str:
        return f"FileSecret({str(self._path)!r})"

    def _problem(self, problem: str, cure: str) -> ConfigError:
        return ConfigError((ConfigProblem(str(self._path), None, problem, cure),))


def current(credential: str | Secret) -> str:
    """The credential to use now; raises BackendUnauthorized if there is none."""
    if isinstance(credential, str):
        return credential
    try:
        return credential()
    except ConfigError:
        problem = "the credential cannot be read; `ringfence check` says why"
    raise BackendUnauthorized(problem)
