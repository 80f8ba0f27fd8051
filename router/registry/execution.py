"""What a deployment is made of, as plain data that can be compared and kept.

The rest of an entry (prices, approvals, the lifecycle, how many replicas) is for deciding, or is
changed on replicas that go on running.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from router.domain import Json, JsonObject
from router.registry.registry import (
    Accelerator,
    EmbeddedWeights,
    HttpBackend,
    RegisteredModel,
    Registry,
    VllmBackend,
)
from router.registry.standin import with_stand_in

IDENTITY = frozenset({"kind", "provider", "location", "base_url", "model"})
"""What a record's model id stands for: a version has these for good."""


@dataclass(frozen=True, slots=True)
class DeployedModel:
    """What runs under a registry key.

    `written` is what models.yaml said of it when it was deployed; `accelerator` what it was
    deployed for. `stand_in` is the base URL of the simulator that it is reached at in its
    provider's place, `weights_digest` that of the weights that were found, each None where there is
    none.
    """

    written: JsonObject
    accelerator: Accelerator
    stand_in: str | None = None
    weights_digest: str | None = None

    def to_json(self) -> JsonObject:
        return {
            "written": self.written,
            "accelerator": self.accelerator,
            "stand_in": self.stand_in,
            "weights_digest": self.weights_digest,
        }

    def differs(self, entry: RegisteredModel) -> tuple[str, ...]:
        """The keys, dotted, that models.yaml now says something else of; sorted, without values."""
        wanted = execution(entry, self.accelerator)
        differing = set(_differing(self.written, wanted, ""))
        expected = entry.expected_weights_digest
        if self.weights_digest is not None and expected not in (None, self.weights_digest):
            differing.add("weights_digest")
        return tuple(sorted(differing))


def execution(entry: RegisteredModel, accelerator: Accelerator) -> JsonObject:
    """What models.yaml says that a deployment is made of; the same for the same deployment."""
    location = entry.spec.location.value
    match entry.backend:
        case HttpBackend() as backend:
            return {
                "kind": backend.kind,
                "provider": backend.provider,
                "location": location,
                "base_url": backend.base_url,
                "model": backend.model,
                "credential": backend.credential,
                "pinned_certificate_sha256": backend.pinned_certificate_sha256,
                "allowed_networks": list(backend.allowed_networks),
            }
        case VllmBackend() as backend:
            weights, profile = backend.weights, backend.profiles.get(accelerator)
            placement = backend.placement
            return {
                "kind": "vllm",
                "location": location,
                "weights": {"embedded": weights.name}
                if isinstance(weights, EmbeddedWeights)
                else {"path": str(weights.path)},
                "profile": None
                if profile is None
                else {
                    "engine": dict(profile.engine),
                    "cpus": profile.cpus,
                    "gpus": profile.gpus,
                    "env": dict(profile.env),
                },
                "placement": {
                    "accelerator_type": placement.accelerator_type,
                    "tensor_parallel": placement.tensor_parallel,
                    "zone": placement.zone,
                },
                # Serve starts a deployment again when it begins to scale, or ends to.
                **({} if backend.autoscaling is None else {"autoscaling": "on"}),
            }


def as_started(registry: Registry, accelerator: Accelerator = "cpu") -> dict[str, DeployedModel]:
    """As if all of it had been deployed as it is written: for gateways that start their own."""
    return {
        key: DeployedModel(
            execution(entry, accelerator), accelerator, weights_digest=entry.spec.weights_digest
        )
        for key, entry in registry.without_retired().entries.items()
    }


def as_deployed(registry: Registry, deployed: Mapping[str, DeployedModel]) -> Registry:
    """The registry on the deployments that run: their weights' digests, their stand-ins."""
    entries = dict(registry.entries)
    for key, entry in registry.entries.items():
        found = deployed.get(key)
        if found is not None:
            spec = replace(entry.spec, weights_digest=found.weights_digest)
            entries[key] = replace(entry, spec=spec)
    registry = replace(registry, entries=entries)
    for provider, base_url in sorted(_stand_ins(registry, deployed)):
        registry = with_stand_in(registry, provider, base_url)
    return registry


def _stand_ins(registry: Registry, deployed: Mapping[str, DeployedModel]) -> set[tuple[str, str]]:
    return {
        (entry.backend.provider, deployed[key].stand_in or "")
        for key, entry in registry.entries.items()
        if isinstance(entry.backend, HttpBackend) and key in deployed and deployed[key].stand_in
    }


def _differing(was: Json, is_now: Json, name: str) -> Iterator[str]:
    if not isinstance(was, dict) or not isinstance(is_now, dict):
        if was != is_now:
            yield name
        return
    for key in was.keys() | is_now.keys():
        # Absent and null are the same: what an entry does not say.
        yield from _differing(was.get(key), is_now.get(key), f"{name}.{key}" if name else key)
