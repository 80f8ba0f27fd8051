"""A simulator on this machine in place of a provider, everything else of the model as it was."""

from __future__ import annotations

from dataclasses import replace

from router.domain import Location
from router.registry.origin import parse_base_url
from router.registry.registry import HttpBackend, Registry


def with_stand_in(registry: Registry, provider: str, base_url: str) -> Registry:
    """Sends what would go to `provider` to `base_url` and without its credential.

    Raises ValueError for a base URL that is not on loopback: approvals were given for the
    provider, and nothing but this machine may take its place.
    """
    url = parse_base_url(base_url)
    if not url.is_loopback:
        raise ValueError("a stand-in for a provider must be on loopback")
    entries = dict(registry.entries)
    for key, entry in registry.entries.items():
        backend = entry.backend
        if (
            isinstance(backend, HttpBackend)
            and backend.provider == provider
            and entry.spec.location is Location.EXTERNAL
        ):
            entries[key] = replace(
                entry,
                spec=replace(entry.spec, origin=url.origin, base_path=url.path),
                backend=replace(
                    backend,
                    base_url=str(url),
                    credential=None,
                    pinned_certificate_sha256=None,
                    allowed_networks=(),
                ),
            )
    return replace(registry, entries=entries)
