"""The registry at run time: what every model is, and what serving needs to run or reach it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from router.domain import Json, ModelSpec

Accelerator: TypeAlias = Literal["cpu", "cuda"]


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
    """How the engine runs on one kind of accelerator; `cpus` and `gpus` are per replica."""

    engine: Mapping[str, Json]
    cpus: float
    gpus: float
    env: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class VllmBackend:
    """A deployment of our own engine."""

    weights: EmbeddedWeights | WeightsDirectory
    replicas: int
    max_ongoing_requests: int
    profiles: Mapping[Accelerator, EngineProfile]


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
    spec: ModelSpec
    backend: VllmBackend | HttpBackend


@dataclass(frozen=True, slots=True)
class Registry:
    """`entries` by key (`id@version`) in the order of the file; `aliases` from bare id to key."""

    entries: Mapping[str, RegisteredModel]
    aliases: Mapping[str, str]

    @property
    def models(self) -> tuple[ModelSpec, ...]:
        return tuple(entry.spec for entry in self.entries.values())

    def resolve(self, name: str) -> ModelSpec | None:
        """The model of a key, or of a bare id through its alias; None for any other name."""
        entry = self.entries.get(self.aliases.get(name, name))
        return entry.spec if entry else None

    def with_weights_digests(self, digests: Mapping[str, str]) -> Registry:
        """The same registry knowing what serving measured, by key. Raises KeyError."""
        entries = dict(self.entries)
        for key, digest in digests.items():
            entry = entries[key]
            entries[key] = replace(entry, spec=replace(entry.spec, weights_digest=digest))
        return replace(self, entries=entries)
