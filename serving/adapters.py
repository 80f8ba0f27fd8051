"""External adapters as Serve deployments: the only processes that hold a credential."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from ray import serve
from ray.serve import Application

from router.clock import SystemClock
from router.domain import JsonObject
from router.protocols import Dispatch
from router.registry.registry import HttpBackend, RegisteredModel
from serving.external.adapter import adapter_for
from serving.external.credentials import NO_CREDENTIAL, FileSecret, Secret

MAX_ONGOING_REQUESTS = 1_000


def adapter_name(provider: str) -> str:
    """The deployment that reaches a provider; it serves all of the provider's models."""
    return f"adapter-{provider}"


class AdapterDeployment:
    """All models of one provider. Reads its own credential and the public key, nothing else."""

    def __init__(
        self, entries: Mapping[str, RegisteredModel], credentials_dir: Path, public_key_file: Path
    ) -> None:
        public_key = Ed25519PublicKey.from_public_bytes(public_key_file.read_bytes())
        self._backends = {
            key: adapter_for(
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
