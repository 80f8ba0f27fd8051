"""The registry at run time: what every model is, and what serving needs to run or reach it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeAlias

from router.domain import DataClass, Json, ModelSpec
from router.registry.card import LifecycleState, ModelCard
from router.registry.deployment import Autoscaling, Bounds, Placement
from router.registry.providers import Provider, Requirements

Accelerator: TypeAlias = Literal["cpu", "cuda"]

CHAMPION = "champion"
CANDIDATE = "candidate"


@dataclass(frozen=True, slots=True)
class EmbeddedWeights:
    """Weights that come in a package, by the name that serving knows them under."""

    name: str


@dataclass(frozen=True, slots=True)
class WeightsDirectory:
    """A checkpoint on disk; absolute, relative paths are taken from where models.yaml lies."""

    path: Path


@dataclass(frozen=True, slots=True)
class EngineProfile:
    """How the engine runs on one kind of accelerator.

    `cpus` and `gpus` are per replica or, where it is split over several GPUs, per part.
    """

    engine: Mapping[str, Json]
    cpus: float
    gpus: float
    env: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class VllmBackend:
    """A deployment of our own engine.

    `replicas` is how many run until somebody asks for others within the `bounds`, or the load does
    where there is `autoscaling`.
    """

    weights: EmbeddedWeights | WeightsDirectory
    replicas: int
    max_ongoing_requests: int
    profiles: Mapping[Accelerator, EngineProfile]
    bounds: Bounds = field(default_factory=Bounds)
    placement: Placement = field(default_factory=Placement)
    autoscaling: Autoscaling | None = None


@dataclass(frozen=True, slots=True)
class HttpBackend:
    """A server reached over HTTP.

    `base_url` has no trailing slash; `credential` names an environment variable;
    `pinned_certificate_sha256` is 64 lower-case hex digits over the DER certificate;
    `allowed_networks` are CIDRs outside of which the host must not resolve, empty for no limit.
    """

    kind: Literal["openai", "anthropic"]
    provider: str
    base_url: str
    model: str
    credential: str | None
    pinned_certificate_sha256: str | None
    allowed_networks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegisteredModel:
    """`expected_weights_digest` is what serving must find at load, None where nobody said.

    `narrowed` says of each class that the file approves, and that may not be sent on the day that
    the registry is narrowed to, why (the codes of `validity.py`). It is empty in a registry that is
    of no day.
    """

    spec: ModelSpec
    backend: VllmBackend | HttpBackend
    card: ModelCard = field(default_factory=ModelCard)
    expected_weights_digest: str | None = None
    narrowed: Mapping[DataClass, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Registry:
    """`entries` by key (`id@version`) in the order of the file; `aliases` from bare id to key.

    A bare id means its champion; `candidates` has, by bare id, the key of what may replace it.
    """

    entries: Mapping[str, RegisteredModel]
    aliases: Mapping[str, str]
    candidates: Mapping[str, str] = field(default_factory=dict)
    providers: Mapping[str, Provider] = field(default_factory=dict)
    requirements: Requirements = field(default_factory=Requirements)

    @property
    def models(self) -> tuple[ModelSpec, ...]:
        return tuple(entry.spec for entry in self.entries.values())

    def resolve(self, name: str) -> ModelSpec | None:
        """The model of a key, of a bare id, or of `ID@champion` or `ID@candidate`; or None."""
        key = self.aliases.get(name, name)
        model_id, _, alias = name.partition("@")
        if alias == CHAMPION:
            key = self.aliases.get(model_id, name)
        elif alias == CANDIDATE:
            key = self.candidates.get(model_id, name)
        entry = self.entries.get(key)
        return entry.spec if entry else None

    def with_weights_digests(self, digests: Mapping[str, str]) -> Registry:
        """The same registry knowing what serving measured, by key. Raises KeyError."""
        entries = dict(self.entries)
        for key, digest in digests.items():
            entry = entries[key]
            entries[key] = replace(entry, spec=replace(entry.spec, weights_digest=digest))
        return replace(self, entries=entries)

    def without_retired(self) -> Registry:
        """What has to be deployed: a retired model answers nobody, and needs no machine."""
        kept = {
            key: entry
            for key, entry in self.entries.items()
            if entry.card.lifecycle.state is not LifecycleState.RETIRED
        }
        return replace(self, entries=kept)
