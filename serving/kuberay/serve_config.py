"""What KubeRay tells Serve to run: as `ringfence up` does, and where each replica belongs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from router.domain import Json, JsonObject
from router.registry.registry import (
    EmbeddedWeights,
    RegisteredModel,
    Registry,
    VllmBackend,
)
from serving.cluster.applications import (
    MODELS,
    Ground,
    ModelApplication,
    adapter_name,
    applications,
)
from serving.cluster.deploy import deploy_schema
from serving.kuberay.adapter_roles import adapter_roles
from serving.kuberay.environment import pod_launch
from serving.kuberay.placement_resources import (
    A_LITTLE,
    EGRESS_RESOURCE,
    GATEWAY_RESOURCE,
    PEER_RESOURCE,
)
from serving.kuberay.settings import EGRESS, PEER, STATE_DIR, WEIGHTS_DIR, ClusterSettings
from serving.weights.guard import WeightsGuard

_DRAIN_S = 120.0
_RESOURCES = {EGRESS: EGRESS_RESOURCE, PEER: PEER_RESOURCE}


class CannotServe(ValueError):
    """A model that pods cannot serve as it is written. Says which, and the cure."""


def serve_config(
    settings: ClusterSettings, registry: Registry, audit_public_key: bytes | None
) -> JsonObject:
    """Serve's configuration as its REST API takes it; the same for the same files.

    `audit_public_key` (32 bytes) verifies the weights' manifests; without one any is believed that
    lies on the claim. Raises CannotServe and MixedProvider, and ValueError for what `applications`
    makes none of.
    """
    entries = registry.without_retired().entries
    roles = adapter_roles(entries)
    adapters = {adapter_name(provider): _RESOURCES[role] for provider, role in roles.items()}
    ground = Ground("cuda", STATE_DIR, _DRAIN_S, is_zoned=True)
    fleet = [
        _on_nodes(made, adapters[made.name])
        if made.name in adapters
        else _with_weights(made, entries[made.name], audit_public_key)
        for made in applications(registry, {}, ground).values()
    ]
    schema = deploy_schema(pod_launch(settings), fleet)
    said = schema.model_dump(mode="json", exclude_unset=True)
    gateway, *models = said["applications"]
    for deployment in gateway["deployments"]:
        deployment["ray_actor_options"] = {
            "num_cpus": 0,
            "resources": {GATEWAY_RESOURCE: A_LITTLE},
        }
    # A proxy beside each gateway: the head takes no requests.
    return {**said, "proxy_location": "EveryNode", "applications": [gateway, *models]}


def _on_nodes(made: ModelApplication, resource: str) -> ModelApplication:
    """An adapter takes next to nothing, of the nodes that it belongs on."""
    return replace(made, args={**made.args, "bundles": [{resource: A_LITTLE}]})


def _with_weights(
    made: ModelApplication, entry: RegisteredModel, audit_public_key: bytes | None
) -> ModelApplication:
    """What serving finds where weights lie, said for weights that lie on the claim."""
    path, digest = _weights_of(entry), entry.expected_weights_digest
    if digest is None:
        raise CannotServe(
            f"{entry.spec.key} does not say which weights it is: import them where the claim is"
            f" mounted on {WEIGHTS_DIR}, and write the digest that `ringfence weights import`"
            " prints as its `weights_digest`"
        )
    guard = WeightsGuard(
        path, digest, frozenset(), Path(STATE_DIR) / "weights", public_key=audit_public_key
    )
    models: Mapping[str, Json] = {
        key: replace(model, weights_digest=digest).to_json() for key, model in made.models.items()
    }
    environment = made.args["env"]
    assert isinstance(environment, dict)
    args: JsonObject = {
        **made.args,
        "weights": str(path),
        "env": {**environment, **guard.to_environment()},
        MODELS: dict(models),
    }
    return replace(made, args=args)


def _weights_of(entry: RegisteredModel) -> Path:
    backend = entry.backend
    assert isinstance(backend, VllmBackend)
    if isinstance(backend.weights, EmbeddedWeights):
        raise CannotServe(
            f"{entry.spec.key} has embedded weights, which are made anew on the machine that serves"
            f" them: copy them onto the claim, and write `weights: {{path: {WEIGHTS_DIR}/NAME}}`"
        )
    if not backend.weights.path.is_relative_to(WEIGHTS_DIR):
        raise CannotServe(
            f"the weights of {entry.spec.key} are not below {WEIGHTS_DIR}, where pods have the"
            f" claim: write `weights: {{path: {WEIGHTS_DIR}/NAME}}`"
        )
    return backend.weights.path
