"""From a registry entry to the adapter that reaches it."""

from __future__ import annotations

from ipaddress import ip_network
from typing import assert_never

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from router.protocols import Backend, Clock
from router.registry.registry import HttpBackend, RegisteredModel
from serving.external.anthropic_messages import AnthropicBackend
from serving.external.credentials import Secret
from serving.external.openai_compatible import OpenAICompatibleBackend
from serving.external.pinned_tls import Peer


def adapter_for(
    entry: RegisteredModel, *, credential: str | Secret, public_key: Ed25519PublicKey, clock: Clock
) -> Backend:
    """The adapter for one model that is reached over HTTP; TypeError for one that is not."""
    backend = entry.backend
    if not isinstance(backend, HttpBackend):
        raise TypeError(f"{entry.spec.key} is not reached over HTTP")
    peer = None
    if backend.pinned_certificate_sha256 or backend.allowed_networks:
        peer = Peer(
            certificate_sha256=backend.pinned_certificate_sha256,
            allowed_networks=tuple(map(ip_network, backend.allowed_networks)),
        )
    match backend.kind:
        case "openai":
            kind: type[OpenAICompatibleBackend | AnthropicBackend] = OpenAICompatibleBackend
        case "anthropic":
            kind = AnthropicBackend
        case _:
            assert_never(backend.kind)
    return kind(entry.spec, credential=credential, public_key=public_key, clock=clock, peer=peer)
