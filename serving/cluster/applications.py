"""What a cluster runs, as data: an application of Ray Serve's for each engine and each provider.

Serve restarts an application whose `args` change, and no other: so they have all that makes a model
what it is, and nothing that does not. How many replicas there are, and what else a replica can
change without a restart, stands beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from hardware.accelerator import Accelerator
from router.domain import DataClass, Json, JsonObject
from router.registry.deployment import SECURE
from router.registry.execution import DeployedModel, execution
from router.registry.registry import (
    EngineProfile,
    HttpBackend,
    RegisteredModel,
    Registry,
    VllmBackend,
)
from serving.autoscaling.serve_policy import autoscaling_config, told
from serving.weights import Weights

ENGINE = "serving.local.EngineDeployment"
SIMULATED_ENGINE = "serving.simulated_engine.SimulatedEngine"
_ADAPTER = "serving.adapters.AdapterDeployment"

MODELS = "models"
"""Where an application says which models it serves; Serve hands it out to whoever asks."""

_A_LITTLE = 0.001
"""Of a resource that only says what a node is: any number of replicas find some."""

_ADAPTER_MAX_ONGOING_REQUESTS = 1_000

# What every engine of ours runs under, whatever its profile says.
_ENGINE_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_DO_NOT_TRACK": "1",
    # vLLM logs a refused request's text at lower levels than this one (I6).
    "VLLM_LOGGING_LEVEL": "WARNING",
}


@dataclass(frozen=True, slots=True)
class ModelApplication:
    """One application, with one deployment of the same name.

    `options` can change while it runs. `bundles` are what a replica takes of one node, empty for
    next to nothing. `autoscaling` says that `replicas` is only how many there are at first.
    """

    name: str
    args: JsonObject
    replicas: int
    models: Mapping[str, DeployedModel]
    options: JsonObject = field(default_factory=dict)
    bundles: tuple[Mapping[str, float], ...] = ()
    autoscaling: JsonObject | None = None

    def serving(self, models: Mapping[str, DeployedModel]) -> ModelApplication:
        """The same for other models, where it is one that can take up others while it runs."""
        said = self.options.get("user_config")
        if not isinstance(said, dict) or MODELS not in said:
            return self
        options = {**self.options, "user_config": _said(models)}
        return replace(self, models=dict(models), options=options)


@dataclass(frozen=True, slots=True)
class Ground:
    """What applications are made on, beside the registry.

    `engine` is an import path. `is_zoned` says whether any node has a zone: where none has, the
    cluster is one machine and all of it is every zone. `stand_ins` are base URLs by provider.
    `drain_s` bounds how long a replica that leaves waits for its requests.
    """

    accelerator: Accelerator
    state_dir: str
    drain_s: float
    engine: str = ENGINE
    is_zoned: bool = False
    stand_ins: Mapping[str, str] = field(default_factory=dict)


def adapter_name(provider: str) -> str:
    """The application that reaches a provider; it serves all of the provider's models."""
    return f"adapter-{provider}"


def application_of(key: str, model: DeployedModel) -> str:
    """The application, and its deployment, that serves a model."""
    provider = model.written.get("provider")
    return adapter_name(provider) if isinstance(provider, str) else key


def applications(
    registry: Registry, weights: Mapping[str, Weights], ground: Ground
) -> dict[str, ModelApplication]:
    """All that a registry needs, by name; nothing for what is retired.

    `weights` are those of the engines, by key; an engine without any is a simulated one. Raises
    ValueError for an engine that has no profile for the cluster's accelerator, and for one that may
    see restricted data where some nodes are secure and nothing keeps it on them.
    """
    entries = registry.without_retired().entries
    made = [*_engines(entries, weights, ground), *_adapters(entries, ground)]
    return {application.name: application for application in made}


def replica_bundles(
    backend: VllmBackend, accelerator: Accelerator, *, is_zoned: bool
) -> tuple[dict[str, float], ...]:
    """What a replica takes: all of it on one node, a part for each GPU that it is split over.

    Raises KeyError where there is no profile for the accelerator.
    """
    profile, placement = backend.profiles[accelerator], backend.placement
    part = {"CPU": profile.cpus}
    if profile.gpus:
        part["GPU"] = profile.gpus
        if placement.accelerator_type is not None:
            part[f"accelerator_type:{placement.accelerator_type}"] = _A_LITTLE
    if placement.zone is not None and is_zoned:
        part[f"zone:{placement.zone}"] = _A_LITTLE
    count = placement.tensor_parallel if accelerator == "cuda" else 1
    return tuple(dict(part) for _ in range(count))


def _engines(
    entries: Mapping[str, RegisteredModel], weights: Mapping[str, Weights], ground: Ground
) -> Iterator[ModelApplication]:
    for key, entry in entries.items():
        backend = entry.backend
        if not isinstance(backend, VllmBackend):
            continue
        profile = backend.profiles.get(ground.accelerator)
        if profile is None:
            raise ValueError(
                f"{key} has no profile for `{ground.accelerator}`, which this cluster runs on: add "
                f"it under `profiles`, or retire the model"
            )
        may_see_restricted = DataClass.RESTRICTED in entry.spec.approved
        if ground.is_zoned and may_see_restricted and backend.placement.zone != SECURE:
            raise ValueError(
                f"{key} is approved for restricted, nodes there have zones, and nothing keeps it "
                f"on the secure ones: add `placement: {{zone: {SECURE}}}` to its backend"
            )
        yield _engine(entry, backend, profile, weights=weights.get(key), ground=ground)


def _engine(
    entry: RegisteredModel,
    backend: VllmBackend,
    profile: EngineProfile,
    *,
    weights: Weights | None,
    ground: Ground,
) -> ModelApplication:
    key, rule = entry.spec.key, backend.autoscaling
    bundles = replica_bundles(backend, ground.accelerator, is_zoned=ground.is_zoned)
    deployed = DeployedModel(
        execution(entry, ground.accelerator),
        ground.accelerator,
        weights_digest=None if weights is None else weights.digest,
    )
    args: JsonObject = {
        "name": key,
        "class": ground.engine,
        "accelerator": ground.accelerator,
        "engine": dict(profile.engine),
        "env": {
            **profile.env,
            **_eagerly(profile),
            **_ENGINE_ENVIRONMENT,
            **({} if weights is None else weights.guard.to_environment()),
        },
        "weights": None if weights is None else str(weights.path),
        "bundles": [dict(bundle) for bundle in bundles],
        MODELS: {key: deployed.to_json()},
    }
    return ModelApplication(
        name=key,
        args=args,
        replicas=backend.replicas,
        models={key: deployed},
        options={
            "max_ongoing_requests": backend.max_ongoing_requests,
            "graceful_shutdown_timeout_s": ground.drain_s,
            **({} if rule is None else {"user_config": told(rule)}),
        },
        bundles=bundles,
        autoscaling=None
        if rule is None
        else autoscaling_config(rule, backend.bounds, backend.replicas),
    )


def _eagerly(profile: EngineProfile) -> dict[str, str]:
    """vLLM compiles two helpers of sampling whatever `enforce_eager` says: 20 s in the first
    request that asks for logprobs, and a failure where there is no C++ compiler.
    """
    return {"TORCHDYNAMO_DISABLE": "1"} if profile.engine.get("enforce_eager") else {}


def _adapters(entries: Mapping[str, RegisteredModel], ground: Ground) -> Iterator[ModelApplication]:
    """One for each provider, which takes up another of its models without a restart."""
    providers: dict[str, dict[str, DeployedModel]] = {}
    for key, entry in entries.items():
        if isinstance(entry.backend, HttpBackend):
            provider = entry.backend.provider
            stand_in = ground.stand_ins.get(provider) if entry.spec.is_external else None
            deployed = DeployedModel(
                execution(entry, ground.accelerator), ground.accelerator, stand_in=stand_in
            )
            providers.setdefault(provider, {})[key] = deployed
    for provider, models in providers.items():
        yield ModelApplication(
            name=adapter_name(provider),
            args={
                "name": adapter_name(provider),
                "class": _ADAPTER,
                "state_dir": ground.state_dir,
                "env": {},
                "bundles": [],
            },
            replicas=1,
            models=models,
            options={
                "max_ongoing_requests": _ADAPTER_MAX_ONGOING_REQUESTS,
                "graceful_shutdown_timeout_s": ground.drain_s,
                "user_config": _said(models),
            },
        )


def _said(models: Mapping[str, DeployedModel]) -> JsonObject:
    said: dict[str, Json] = {key: model.to_json() for key, model in sorted(models.items())}
    return {MODELS: said}


def served(fleet: Mapping[str, ModelApplication]) -> dict[str, DeployedModel]:
    """All models of the applications, by key."""
    return {key: model for made in fleet.values() for key, model in made.models.items()}
