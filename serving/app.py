"""The composition root: registry and policy → one Ray Serve application."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ray.serve import Application

from hardware.accelerator import Accelerator
from router.policy.load import load_rules
from router.policy.policy import Rules
from router.registry.registry import HttpBackend, RegisteredModel
from router.registry.standin import with_stand_in
from serving.adapters import adapter_deployment
from serving.cluster.engine_weights import weights_of
from serving.cluster.paths import ClusterPaths
from serving.gateway_deployment import gateway_deployment
from serving.weights import Weights


@dataclass(frozen=True, slots=True)
class AppArgs:
    """All that the deploy schema says. `simulator` maps providers to their stand-ins' URLs."""

    state_dir: str
    models: str
    policy: str
    accelerator: Accelerator
    simulator: Mapping[str, str]


def build(args: dict[str, object]) -> Application:
    """Called by Serve, in a process of its own, for `import_path: serving.app:build`.

    The rules are read and proven here, once: a replica that starts again later serves with the same
    rules as the others, whatever the files say by then. Raises ConfigError, WeightsError.
    """
    said = AppArgs(**args)  # type: ignore[arg-type]
    paths = ClusterPaths.of(Path(said.state_dir))
    rules = load_rules(Path(said.models), Path(said.policy))
    registry = rules.registry
    for provider, base_url in said.simulator.items():
        registry = with_stand_in(registry, provider, base_url)
    weights = weights_of(registry.without_retired().entries, paths)
    registry = registry.with_weights_digests({key: found.digest for key, found in weights.items()})
    deployed = registry.without_retired().entries
    backends = {
        **_engines(deployed, weights, said.accelerator),
        **_adapters(deployed, paths),
    }
    return gateway_deployment(Rules(registry, rules.policy), paths, backends)


def _engines(
    entries: Mapping[str, RegisteredModel],
    weights: Mapping[str, Weights],
    accelerator: Accelerator,
) -> dict[str, Application]:
    from serving.local import engine_deployment  # noqa: PLC0415 -- imports vLLM; gateways do not

    return {
        key: engine_deployment(entries[key], found, accelerator) for key, found in weights.items()
    }


def _adapters(
    entries: Mapping[str, RegisteredModel], paths: ClusterPaths
) -> dict[str, Application]:
    """One deployment for each provider, named by all of the provider's models."""
    providers: dict[str, dict[str, RegisteredModel]] = {}
    for key, entry in entries.items():
        if isinstance(entry.backend, HttpBackend):
            providers.setdefault(entry.backend.provider, {})[key] = entry
    deployments: dict[str, Application] = {}
    for provider, models in providers.items():
        adapter = adapter_deployment(provider, models, paths.providers, paths.clearance_public_key)
        deployments |= dict.fromkeys(models, adapter)
    return deployments
