"""Ports that are free, and an error for one that is not."""

from __future__ import annotations

import socket

import pytest

from serving.cluster.ports import PortTaken, choose_ports, free_port, is_listening


def test_all_ports_differ() -> None:
    ports = choose_ports("127.0.0.1", 0)
    single = {ports.http, ports.metrics, ports.stats, ports.fallback_http, ports.fallback_grpc}
    ingress = set(range(ports.ingress_first, ports.ingress_last + 1))
    grpc = set(range(ports.ingress_grpc_first, ports.ingress_grpc_last + 1))
    assert len(single) == 5
    assert not single & ingress
    assert not (single | ingress) & grpc


def test_the_port_asked_for_is_the_port() -> None:
    port = free_port()
    assert choose_ports("127.0.0.1", port).http == port


def test_a_port_in_use_is_refused_with_the_cure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert is_listening(port)
        with pytest.raises(PortTaken, match="--port"):
            choose_ports("127.0.0.1", port)
    assert not is_listening(port)
