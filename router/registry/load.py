"""models.yaml → Registry."""

from __future__ import annotations

from pathlib import Path

from router.config.validate import validate
from router.config.yaml_document import YamlDocument, load_yaml
from router.domain import DataClass, Dialect, ModelSpec, Price
from router.errors import ConfigError
from router.registry.check import check_models
from router.registry.origin import parse_base_url
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


def load_registry(path: Path) -> Registry:
    """Reads and checks models.yaml. Raises ConfigError with every problem."""
    return build_registry(load_yaml(path))


def build_registry(document: YamlDocument) -> Registry:
    """The registry of a document that has been read. Raises ConfigError with every problem."""
    file = validate(document, ModelsFile)
    problems = tuple(check_models(file, document))
    if problems:
        raise ConfigError(problems)
    directory = Path(document.file).resolve().parent
    models = (_registered(entry, directory) for entry in file.models)
    return Registry(
        entries={model.spec.key: model for model in models},
        aliases={name: f"{name}@{version}" for name, version in file.aliases.items()},
    )


def _registered(entry: ModelEntry, directory: Path) -> RegisteredModel:
    match entry.backend:
        case VllmEntry() as backend:
            spec = _spec(entry, Dialect.OPENAI, f"{entry.id}@{entry.version}", None, "")
            return RegisteredModel(spec, _vllm(backend, directory))
        case HttpEntry() as backend:
            url = parse_base_url(backend.base_url)
            spec = _spec(entry, Dialect(backend.kind), backend.model, url.origin, url.path)
            return RegisteredModel(spec, _http(backend, str(url)))


def _spec(
    entry: ModelEntry, dialect: Dialect, upstream_model: str, origin: str | None, base_path: str
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
        price=Price(entry.price.input_usd_per_mtok, entry.price.output_usd_per_mtok),
        upstream_model=upstream_model,
        origin=origin,
        base_path=base_path,
        accepts_fields=frozenset(entry.backend.accepts_fields),
        # What runs here is measured when it is loaded; what runs elsewhere stays unverified.
        weights_digest=None,
    )


def _vllm(backend: VllmEntry, directory: Path) -> VllmBackend:
    weights = backend.weights
    return VllmBackend(
        weights=EmbeddedWeights(weights.embedded)
        if weights.embedded is not None
        else WeightsDirectory(directory / (weights.path or "")),
        replicas=backend.replicas,
        max_ongoing_requests=backend.max_ongoing_requests,
        profiles={
            accelerator: EngineProfile(profile.engine, profile.cpus, profile.gpus, profile.env)
            for accelerator, profile in backend.profiles.items()
        },
    )


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
