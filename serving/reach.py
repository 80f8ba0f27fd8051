"""A model that is reached over HTTP, from what its deployment says of it."""

from __future__ import annotations

from typing import Any

from router.domain import Dialect, Location, ModelSpec, Price
from router.registry.execution import DeployedModel
from router.registry.origin import parse_base_url
from router.registry.registry import HttpBackend, RegisteredModel, Registry
from router.registry.standin import with_stand_in


def reached(key: str, deployed: DeployedModel) -> RegisteredModel:
    """All that an adapter needs, and nothing of what decides who is sent there: it approves nobody.

    Raises KeyError and ValueError for what `execution` did not make of an HTTP backend.
    """
    said: dict[str, Any] = deployed.written
    model_id, _, version = key.partition("@")
    url = parse_base_url(said["base_url"])
    spec = ModelSpec(
        id=model_id,
        version=version,
        dialect=Dialect(said["kind"]),
        location=Location(said["location"]),
        approved=frozenset(),
        residency=frozenset(),
        capabilities=frozenset(),
        context_tokens=0,
        price=Price(0.0, 0.0),
        upstream_model=said["model"],
        origin=url.origin,
        base_path=url.path,
    )
    backend = HttpBackend(
        kind=said["kind"],
        provider=said["provider"],
        base_url=said["base_url"],
        model=said["model"],
        credential=said["credential"],
        pinned_certificate_sha256=said["pinned_certificate_sha256"],
        allowed_networks=tuple(said["allowed_networks"]),
    )
    registry = Registry({key: RegisteredModel(spec, backend)}, {})
    if deployed.stand_in is not None:
        registry = with_stand_in(registry, backend.provider, deployed.stand_in)
    return registry.entries[key]
