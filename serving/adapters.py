"""External adapters as Serve deployments: the only processes that hold a credential."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from ipaddress import ip_network
from pathlib import Path
from typing import assert_never

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from ray import serve
from ray.serve import Application

from router.clock import SystemClock
from router.domain import JsonObject
from router.protocols import Backend, Clock, Dispatch
from router.registry.registry import HttpBackend, RegisteredModel
from serving.external.anthropic_messages import AnthropicBackend
from serving.external.credentials import FileSecret, Secret
from serving.external.openai_compatible import OpenAICompatibleBackend
from serving.external.pinned_tls import Peer

NO_CREDENTIAL = "none"
MAX_ONGOING_REQUESTS = 1_000


def adapter_name(provider: str) -> str:
    """The deployment that reaches a provider; it serves all of the provider's models."""
    return f"adapter-{provider}"


def http_backend(
    entry: RegisteredModel, *, credential: str | Secret, public_key: Ed25519PublicKey, clock: Clock
) -> Backend:
    """The adapter for one registry entry that is reached over HTTP."""
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
            return OpenAICompatibleBackend(
                entry.spec, credential=credential, public_key=public_key, clock=clock, peer=peer
            )
        case "anthropic":
            return AnthropicBackend(
                entry.spec, credential=credential, public_key=public_key, clock=clock, peer=peer
            )
        case _:
            assert_never(backend.kind)


class AdapterDeployment:
    """All models of one provider. Reads its own credential and the public key, nothing else."""

    def __init__(
        self, entries: Mapping[str, RegisteredModel], credentials_dir: Path, public_key_file: Path
    ) -> None:
        public_key = Ed25519PublicKey.from_public_bytes(public_key_file.read_bytes())
        self._backends = {
            key: http_backend(
                entry,
                credential=_credential(entry, credentials_dir),
                public_key=public_key,
                clock=SystemClock(),
            )
            for key, entry in entries.items()
        }

    async def attempt(self, dispatch: Dispatch) -> AsyncIterator[JsonObject]:
        """See `router.protocols.Backend.attempt`."""
        async with aclosing(self._backends[dispatch.model].attempt(dispatch)) as answers:  # type: ignore[type-var]
            async for answer in answers:
                yield answer


def adapter_deployment(
    provider: str,
    entries: Mapping[str, RegisteredModel],
    credentials_dir: Path,
    public_key_file: Path,
) -> Application:
    deployment = serve.deployment(
        AdapterDeployment,
        name=adapter_name(provider),
        max_ongoing_requests=MAX_ONGOING_REQUESTS,
        ray_actor_options={"num_cpus": 0},
    )
    return deployment.bind(entries, credentials_dir, public_key_file)


def _credential(entry: RegisteredModel, credentials_dir: Path) -> str | Secret:
    name = entry.backend.credential if isinstance(entry.backend, HttpBackend) else None
    return NO_CREDENTIAL if name is None else FileSecret(credentials_dir / name)
