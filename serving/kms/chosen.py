"""Where a cluster's master key is: with a key management service, in the environment, in a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from router.audit.vault.master_keys import VARIABLE, master_keys
from router.audit.vault.wrapping import KeyRing
from router.clock import SystemClock
from serving.kms.transit import TransitKeyWrapper
from serving.kms.transit_client import TransitClient
from serving.kms.transit_settings import ADDRESS, transit_settings


def key_ring(secrets: Path, environ: Mapping[str, str]) -> KeyRing:
    """As `master_keys`, with Transit before them where its address is set. Asks nobody yet.

    Raises ValueError for settings and keys that are none, OSError where `vault.key` is not there.
    """
    settings = transit_settings(environ)
    if settings is None:
        return master_keys(secrets, environ)
    transit = TransitKeyWrapper(TransitClient(settings), settings.key, SystemClock())
    return master_keys(secrets, environ, transit)


def kept_elsewhere(environ: Mapping[str, str]) -> str | None:
    """The variable that says that the master key is not in a file; None where it is in one."""
    return next((name for name in (ADDRESS, VARIABLE) if environ.get(name)), None)
