"""The ports of one cluster, chosen free once and handed to everybody who needs them."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass

_REPLICAS_PER_HOST = 32
# Below what Linux gives to outgoing connections, which would take them away again.
_FIRST, _LAST = 20_000, 32_000


class PortTaken(Exception):
    """Something listens where the cluster is to."""


@dataclass(frozen=True, slots=True)
class Ports:
    """`ingress_first` to `ingress_last` are where gateway replicas listen for the ingress."""

    http: int
    metrics: int
    stats: int
    fallback_http: int
    fallback_grpc: int
    ingress_first: int
    ingress_last: int
    ingress_grpc_first: int
    ingress_grpc_last: int


def choose_ports(host: str, http: int) -> Ports:
    """Finds ports that nothing listens on. Raises PortTaken if `http` is not free."""
    if http and not _is_free(host, http):
        raise PortTaken(
            f"something listens on {host}:{http} already: end it, or choose another with --port"
        )
    count = 5 + 2 * _REPLICAS_PER_HOST
    # Spreads clusters that start at the same moment.
    start = _FIRST + (os.getpid() * count) % (_LAST - _FIRST - count)
    for first in (*range(start, _LAST - count, count), *range(_FIRST, start, count)):
        if all(_is_free("", port) for port in range(first, first + count)):
            ingress, grpc = first + 5, first + 5 + _REPLICAS_PER_HOST
            return Ports(
                http=http or first,
                metrics=first + 1,
                stats=first + 2,
                fallback_http=first + 3,
                fallback_grpc=first + 4,
                ingress_first=ingress,
                ingress_last=grpc - 1,
                ingress_grpc_first=grpc,
                ingress_grpc_last=grpc + _REPLICAS_PER_HOST - 1,
            )
    raise PortTaken(f"no {count} free ports in a row between {_FIRST} and {_LAST}")


def free_port() -> int:
    """A loopback port that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
        # A port in TIME_WAIT is free for whoever binds it with this, as all of ours do.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError:
            return False
    return True


def is_listening(port: int) -> bool:
    """Whether something accepts connections on this loopback port."""
    with socket.socket() as client:
        client.settimeout(1.0)
        return client.connect_ex(("127.0.0.1", port)) == 0
