"""models.yaml, of schema 1, 2 or 3 → Registry."""

from __future__ import annotations

from pathlib import Path

from router.config.validate import validate
from router.config.yaml_document import YamlDocument, load_yaml
from router.domain import DataClass, Dialect, ModelSpec, Price
from router.errors import ConfigError
from router.registry.check import check_models
from router.registry.check_price import entry_price
from router.registry.deployment import Autoscaling, Bounds, Placement, Targets
from router.registry.load_card import model_card, provider, requirements
from router.registry.origin import BaseUrl, parse_base_url
from router.registry.registry import (
    EmbeddedWeights,
    EngineProfile,
    HttpBackend,
    RegisteredModel,
    Registry,
    VllmBackend,
    WeightsDirectory,
)
from router.registry.schema import HttpEntry, ModelEntry, ModelsFile, VllmEntry
from router.registry.schema_deployment import AutoscalingEntry
from router.registry.upgrade import schema_of, upgraded


def load_registry(path: Path) -> Registry:
    """Reads and checks models.yaml. Raises ConfigError with every problem."""
    return build_registry(load_yaml(path))


def build_registry(document: YamlDocument) -> Registry:
    """The registry of a document that has been read. Raises ConfigError with every problem."""
    complete = schema_of(document) > 1
    document = upgraded(document)
    file = validate(document, ModelsFile)
    directory = Path(document.file).resolve().parent
    problems = tuple(check_models(file, document, directory, complete))
    if problems:
        raise ConfigError(problems)
    models = (_registered(entry, directory) for entry in file.models)
    return Registry(
        entries={model.spec.key: model for model in models},
        aliases={
            name: f"{name}@{alias.champion}"
            for name, alias in file.aliases.items()
            if alias.champion
        },
        candidates={
            name: f"{name}@{alias.candidate}"
            for name, alias in file.aliases.items()
            if alias.candidate
        },
        providers={name: provider(name, entry) for name, entry in file.providers.items()},
        requirements=requirements(file),
    )


def _registered(entry: ModelEntry, directory: Path) -> RegisteredModel:
    price = entry_price(entry.price, directory)
    match entry.backend:
        case VllmEntry() as backend:
            key = f"{entry.id}@{entry.version}"
            spec = _spec(entry, price, Dialect.OPENAI, key)
            runs: VllmBackend | HttpBackend = _vllm(backend, directory)
        case HttpEntry() as backend:
            url = parse_base_url(backend.base_url)
            dialect = Dialect(backend.kind)
            spec = _spec(entry, price, dialect, backend.model, url)
            runs = _http(backend, str(url))
    return RegisteredModel(spec, runs, model_card(entry, directory), entry.weights_digest)


def _spec(
    entry: ModelEntry,
    price: Price,
    dialect: Dialect,
    upstream_model: str,
    url: BaseUrl | None = None,
) -> ModelSpec:
    return ModelSpec(
        id=entry.id,
        version=entry.version,
        dialect=dialect,
        location=entry.location,
        approved=frozenset(map(DataClass.from_label, entry.approved_data_classes)),
        residency=frozenset(entry.residency),
        capabilities=frozenset(entry.capabilities),
        context_tokens=entry.context_tokens,
        price=price,
        upstream_model=upstream_model,
        origin=None if url is None else url.origin,
        base_path="" if url is None else url.path,
        accepts_fields=frozenset(entry.backend.accepts_fields),
        # What runs here is measured when it is loaded; what runs elsewhere stays unverified.
        weights_digest=None,
    )


def _vllm(backend: VllmEntry, directory: Path) -> VllmBackend:
    weights, placement, autoscaling = backend.weights, backend.placement, backend.autoscaling
    replicas = backend.replicas
    return VllmBackend(
        weights=EmbeddedWeights(weights.embedded)
        if weights.embedded is not None
        else WeightsDirectory(directory / (weights.path or "")),
        replicas=replicas.target or replicas.min,
        max_ongoing_requests=backend.max_ongoing_requests,
        profiles={
            accelerator: EngineProfile(profile.engine, profile.cpus, profile.gpus, profile.env)
            for accelerator, profile in backend.profiles.items()
        },
        bounds=Bounds(replicas.min, replicas.max),
        placement=Placement(placement.accelerator_type, placement.tensor_parallel, placement.zone),
        autoscaling=None if autoscaling is None else _autoscaling(autoscaling),
    )


def _autoscaling(entry: AutoscalingEntry) -> Autoscaling:
    targets = Targets(
        target_ongoing_requests=entry.target_ongoing_requests,
        target_kv_use=entry.target_kv_use,
        target_waiting_requests=entry.target_waiting_requests,
        ttft_objective_s=entry.ttft_objective_s,
    )
    return Autoscaling(targets, entry.upscale_delay_s, entry.downscale_delay_s)


def _http(backend: HttpEntry, base_url: str) -> HttpBackend:
    pin = backend.pinned_certificate_sha256
    return HttpBackend(
        kind=backend.kind,
        provider=backend.provider,
        base_url=base_url,
        model=backend.model,
        credential=backend.credential,
        pinned_certificate_sha256=pin.replace(":", "").lower() if pin else None,
        allowed_networks=tuple(backend.allowed_networks),
    )
