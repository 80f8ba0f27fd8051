"""Whether the cluster may listen where it is told to."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

_RAY_TLS = ("RAY_TLS_SERVER_CERT", "RAY_TLS_SERVER_KEY", "RAY_TLS_CA_CERT")


def is_loopback(host: str) -> bool:
    """Names other than `localhost` count as not, wherever they resolve to now."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_exposure(
    host: str,
    tls_cert: Path | None,
    tls_key: Path | None,
    insecure: bool,
    environ: Mapping[str, str],
) -> None:
    """Raises ValueError, with the cure, for a cluster that others could listen in on.

    Off loopback it takes TLS at the ingress and on Ray's own ports (Ray's token is always there),
    or the word that it be insecure.
    """
    if (tls_cert is None) != (tls_key is None):
        raise ValueError("--tls-cert and --tls-key come together")
    for file in (tls_cert, tls_key):
        if file is not None and not file.is_file():
            raise ValueError(f"{file} is not a file")
    if insecure or is_loopback(host):
        return
    missing = [] if tls_cert else ["TLS at the ingress (--tls-cert, --tls-key)"]
    absent = [name for name in _RAY_TLS if not environ.get(name)]
    if environ.get("RAY_USE_TLS") != "1" or absent:
        missing.append(f"TLS on Ray's own ports (RAY_USE_TLS=1, {', '.join(_RAY_TLS)})")
    if missing:
        raise ValueError(
            f"{host} is not loopback, and there is no {' and no '.join(missing)}. Give them, "
            "listen on 127.0.0.1 behind something that has TLS, or say "
            "--insecure-plaintext-off-loopback"
        )
