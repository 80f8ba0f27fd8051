"""External adapters in Serve's replicas: the only processes that hold a credential."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from router.clock import SystemClock
from router.domain import JsonObject
from router.errors import BackendUnreachable
from router.protocols import Backend, Dispatch
from router.registry.execution import DeployedModel
from router.registry.registry import HttpBackend, RegisteredModel
from serving.cluster.applications import MODELS
from serving.cluster.paths import ClusterPaths
from serving.external.adapter import adapter_for
from serving.external.credentials import NO_CREDENTIAL, FileSecret, Secret
from serving.reach import reached


class AdapterDeployment:
    """All models of one provider. Reads its own credentials and the public key, nothing else."""

    def __init__(self, args: Mapping[str, Any]) -> None:
        """`args` are those of `serving.cluster.applications`."""
        paths = ClusterPaths.of(Path(args["state_dir"]))
        self._credentials_dir = paths.providers
        public_key = paths.clearance_public_key.read_bytes()
        self._public_key = Ed25519PublicKey.from_public_bytes(public_key)
        self._backends: dict[str, tuple[DeployedModel, Backend]] = {}

    def reconfigure(self, config: Mapping[str, Any]) -> None:
        """Serve calls it before the first request, and when a model comes or goes.

        What stays as it was keeps its connections, and requests under way go on.
        """
        wanted = {key: DeployedModel(**said) for key, said in config[MODELS].items()}
        self._backends = {
            key: self._backends[key]
            if key in self._backends and self._backends[key][0] == model
            else (model, self._made(reached(key, model)))
            for key, model in wanted.items()
        }

    async def attempt(self, dispatch: Dispatch) -> AsyncIterator[JsonObject]:
        """See `router.protocols.Backend.attempt`."""
        if dispatch.model not in self._backends:
            raise BackendUnreachable("the adapter does not serve this model")
        _, backend = self._backends[dispatch.model]
        async with aclosing(backend.attempt(dispatch)) as answers:  # type: ignore[type-var]
            async for answer in answers:
                yield answer

    def _made(self, entry: RegisteredModel) -> Backend:
        return adapter_for(
            entry,
            credential=self._credential(entry),
            public_key=self._public_key,
            clock=SystemClock(),
        )

    def _credential(self, entry: RegisteredModel) -> str | Secret:
        name = entry.backend.credential if isinstance(entry.backend, HttpBackend) else None
        return NO_CREDENTIAL if name is None else FileSecret(self._credentials_dir / name)
