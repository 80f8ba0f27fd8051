"""Where a cluster's master keys are: the one in use, and the one before while it is replaced."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from router.audit.vault.wrapping import EnvironmentKeyWrapper, FileKeyWrapper, KeyRing, KeyWrapper

CURRENT_FILE = "vault.key"
PREVIOUS_FILE = "vault-previous.key"
VARIABLE = "RINGFENCE_VAULT_KEY"


def master_keys(directory: Path, environ: Mapping[str, str], *services: KeyWrapper) -> KeyRing:
    """Reads the key of the environment where there is one, and both files of `directory`.

    The first of key management `services` wraps; else what the environment has; else `vault.key`.
    The others only unwrap. Raises ValueError for a key that is none, OSError where `vault.key` is
    not there or not to be read.
    """
    previous = directory / PREVIOUS_FILE
    wrappers: list[KeyWrapper] = [*services]
    if VARIABLE in environ:
        wrappers.append(EnvironmentKeyWrapper(environ, VARIABLE))
    wrappers.append(_of_file(directory / CURRENT_FILE))
    if previous.exists():
        wrappers.append(_of_file(previous))
    return KeyRing(*wrappers)


def _of_file(path: Path) -> FileKeyWrapper:
    try:
        return FileKeyWrapper(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}; put the file back from a copy") from None
