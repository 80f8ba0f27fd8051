"""Who may be at the other end of a connection: one certificate, some networks.

For a server of the customer's own, whose certificate no public authority has signed and whose name
an attacker on the network might resolve to elsewhere. Both are checked on the connection that the
request then takes, and before a byte of it is written.
"""
# ruff: noqa: ASYNC109 - the interface is httpcore2's.

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpcore2
import httpx2

from router.errors import EgressRefused

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
SocketOption: TypeAlias = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


@dataclass(frozen=True, slots=True)
class Peer:
    """Who a server must be. `certificate_sha256` is hex, over the certificate's DER.

    With a certificate named, only that one is accepted, self-signed or not, and plain HTTP is
    refused. With networks named, only an address inside one of them is connected to.
    """

    certificate_sha256: str | None = None
    allowed_networks: tuple[Network, ...] = ()


def tls_context(peer: Peer) -> ssl.SSLContext:
    """Trust for `peer`: public authorities, or nobody but the pinned certificate.

    A pinned context verifies nothing by itself; `PeerCheckingNetwork` does, after the handshake.
    """
    if peer.certificate_sha256 is None:
        return httpx2.create_ssl_context(trust_env=False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class PeerCheckingNetwork(httpcore2.AsyncNetworkBackend):
    """Connects to `peer` and to nobody else."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Resolves `host` once and connects to an address of that answer.

        Raises EgressRefused where none of them is in an allowed network.
        """
        failure: Exception | None = None
        for address in await self._addresses(host, port):
            try:
                stream = await self._network.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
                return _PeerCheckingStream(stream, self._peer)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or EgressRefused("the server's address is in no allowed network")

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        raise EgressRefused("a socket of this machine is no server of the registry's")

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)

    async def _addresses(self, host: str, port: int) -> list[str]:
        if not self._peer.allowed_networks:
            return [host]
        try:
            resolved = await asyncio.get_running_loop().getaddrinfo(
                host, port, type=socket.SOCK_STREAM
            )
        except OSError as error:
            raise httpcore2.ConnectError(str(error)) from error
        addresses = dict.fromkeys(str(info[4][0]) for info in resolved)
        return [address for address in addresses if self._is_allowed(address)]

    def _is_allowed(self, address: str) -> bool:
        ip = ipaddress.ip_address(address)
        if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        return any(ip in network for network in self._peer.allowed_networks)


class _PeerCheckingStream(httpcore2.AsyncNetworkStream):
    """A fresh connection, which lets nothing through before its certificate has been seen."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream, peer: Peer) -> None:
        self._stream = stream
        self._peer = peer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._peer.certificate_sha256 is not None:
            await self.aclose()
            raise EgressRefused("plain HTTP to a server whose certificate is pinned")
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        stream = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        pinned = self._peer.certificate_sha256
        if pinned is not None:
            ssl_object = stream.get_extra_info("ssl_object")
            shown = hashlib.sha256(ssl_object.getpeercert(binary_form=True) or b"").hexdigest()
            if not hmac.compare_digest(shown, pinned.lower().replace(":", "")):
                await stream.aclose()
                raise EgressRefused("the server shows another certificate than the pinned one")
        return stream

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _UnhurriedPool(httpcore2.AsyncConnectionPool):
    """Closes what it has begun to close, whoever is cancelled meanwhile.

    A request that ends closes idle connections of others too. httpcore2 shields that against
    cancellation as anyio has it and not as asyncio has it: they would stay open, and nobody's.
    """

    async def _close_connections(self, closing: list[httpcore2.AsyncConnectionInterface]) -> None:
        if closing:
            await asyncio.shield(super()._close_connections(closing))


class PeerCheckingTransport(httpx2.AsyncHTTPTransport):
    """httpx2's own transport on a pool that connects through `PeerCheckingNetwork`.

    No retries, no proxies, nothing from the environment. As many connections as there are requests:
    how many there may be is the deployment's business.
    """

    def __init__(self, peer: Peer | None = None) -> None:
        peer = peer or Peer()
        context = tls_context(peer)
        super().__init__(verify=context, trust_env=False, retries=0)
        # httpx2 has no argument for the network backend, and its mapping of exceptions is worth
        # keeping; a test fails if a release names its pool otherwise.
        self._pool = _UnhurriedPool(
            ssl_context=context,
            max_connections=None,
            max_keepalive_connections=64,
            keepalive_expiry=30.0,
            retries=0,
            network_backend=PeerCheckingNetwork(peer),
        )
