"""The format of models.yaml, key by key. What keys mean together is in check.py.

Its own number, `schema`, is read before (`upgrade.py`): here is what every schema becomes.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, JsonValue

from router.config.validate import ConfigModel, pattern
from router.domain import Capability, Location
from router.registry.schema_card import (
    CertificationEntry,
    LifecycleEntry,
    Name,
    QuotedDate,
    RecordEntry,
    WeightsDigest,
)
from router.registry.schema_deployment import (
    AutoscalingEntry,
    PlacementEntry,
    Replicas,
)
from router.registry.schema_providers import (
    ContractKind,
    ProviderEntry,
    ProviderName,
)
from router.registry.schema_providers import DataClassLabel as DataClassLabel  # noqa: PLC0414

ModelId: TypeAlias = Annotated[
    str,
    pattern(
        r"[a-z0-9][a-z0-9._-]{0,127}",
        "is not a model id",
        "use lower-case letters, digits, `.`, `_` and `-`, starting with a letter or digit",
    ),
]
Version: TypeAlias = Annotated[
    str,
    pattern(
        r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}",
        "is not a version",
        "use letters, digits, `.`, `_` and `-`, starting with a letter or digit",
    ),
]
Region: TypeAlias = Annotated[
    str,
    pattern(
        r"[a-z0-9][a-z0-9-]*",
        "is not a region",
        "use lower-case letters, digits and `-`, such as `on-prem`, `eu` or `us-east-1`",
    ),
]
EnvironmentVariable: TypeAlias = Annotated[
    str,
    pattern(
        r"[A-Z][A-Z0-9_]*",
        "is not the name of an environment variable",
        "name the variable that holds the credential, such as OPENAI_API_KEY; never write the "
        "credential itself here",
    ),
]
FieldName: TypeAlias = Annotated[
    str,
    pattern(r"[A-Za-z_][A-Za-z0-9_]*", "is not a field name", "name a top-level request field"),
]
Sha256: TypeAlias = Annotated[
    str,
    pattern(
        r"[0-9A-Fa-f]{64}|[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){31}",
        "is not a SHA-256 fingerprint",
        "write the 64 hex digits that `openssl x509 -noout -fingerprint -sha256` prints",
    ),
]
Dollars: TypeAlias = Annotated[float, Field(ge=0, le=100_000)]


class PriceEntry(ConfigModel):
    """US dollars per million tokens, or what an hour of the GPU costs and how much it does in it.

    Until there is a record of the throughput, the price is per token.
    """

    input_usd_per_mtok: Dollars | None = None
    output_usd_per_mtok: Dollars | None = None
    gpu_hour_usd: Dollars | None = None
    throughput_record: RecordEntry | None = None


class WeightsEntry(ConfigModel):
    """Exactly one of the two."""

    embedded: Annotated[str, Field(min_length=1)] | None = None
    path: Annotated[str, Field(min_length=1)] | None = None


class ProfileEntry(ConfigModel):
    """How the engine runs on one kind of accelerator.

    `cpus` and `gpus` are per replica or, where it is split over several GPUs, per part.
    """

    engine: dict[str, JsonValue] = Field(default_factory=dict)
    cpus: Annotated[float, Field(ge=0)] = 1.0
    gpus: Annotated[float, Field(ge=0)] = 0.0
    env: dict[str, str] = Field(default_factory=dict)


class VllmEntry(ConfigModel):
    """A deployment of our own engine. A plain number of replicas is `min`, `max` and `target`."""

    kind: Literal["vllm"]
    weights: WeightsEntry
    replicas: Replicas
    max_ongoing_requests: Annotated[int, Field(ge=1, le=100_000)]
    profiles: Annotated[dict[Literal["cpu", "cuda"], ProfileEntry], Field(min_length=1)]
    accepts_fields: list[FieldName] = Field(default_factory=list)
    placement: PlacementEntry = Field(default_factory=PlacementEntry)
    autoscaling: AutoscalingEntry | None = None


class HttpEntry(ConfigModel):
    """A provider, or a server of the customer's own, that is reached over HTTP."""

    kind: Literal["openai", "anthropic"]
    provider: ModelId
    base_url: str
    model: Annotated[str, Field(min_length=1)]
    credential: EnvironmentVariable | None = None
    pinned_certificate_sha256: Sha256 | None = None
    allowed_networks: list[str] = Field(default_factory=list)
    accepts_fields: list[FieldName] = Field(default_factory=list)


class ModelEntry(ConfigModel):
    """One version of one model."""

    id: ModelId
    version: Version
    location: Location
    residency: Annotated[list[Region], Field(min_length=1)]
    approved_data_classes: Annotated[list[DataClassLabel], Field(min_length=1)]
    capabilities: Annotated[list[Capability], Field(min_length=1)]
    context_tokens: Annotated[int, Field(ge=1, le=100_000_000)]
    price: PriceEntry
    backend: Annotated[VllmEntry | HttpEntry, Field(discriminator="kind")]
    owner: Name | None = None
    licence: Name | None = None
    lifecycle: LifecycleEntry = Field(default_factory=LifecycleEntry)
    next_review: QuotedDate | None = None
    certifications: list[CertificationEntry] = Field(default_factory=list)
    weights_digest: WeightsDigest | None = None
    measured: dict[str, RecordEntry] = Field(default_factory=dict)


class AliasEntry(ConfigModel):
    """Which versions `ID@champion` (and the bare id) and `ID@candidate` mean."""

    champion: Version | None = None
    candidate: Version | None = None


class ModelsFile(ConfigModel):
    """All of models.yaml but the number of its schema."""

    models: Annotated[list[ModelEntry], Field(min_length=1)]
    aliases: dict[str, AliasEntry]
    providers: dict[ProviderName, ProviderEntry] = Field(default_factory=dict)
    certifications_required: dict[DataClassLabel, list[Name]] = Field(default_factory=dict)
    contracts_required: dict[DataClassLabel, list[ContractKind]] = Field(default_factory=dict)
