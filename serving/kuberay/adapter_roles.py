"""Which pods reach a provider: those with a way to the internet, or those without one.

What is on-prem may be sent restricted data, also over HTTP. That never passes through a pod that
could send it further.
"""

from __future__ import annotations

from collections.abc import Mapping

from router.domain import Location
from router.registry.registry import HttpBackend, RegisteredModel
from serving.kuberay.settings import EGRESS, PEER


class MixedProvider(ValueError):
    """A provider that is both inside and outside. Says which, and the cure."""


def adapter_roles(entries: Mapping[str, RegisteredModel]) -> dict[str, str]:
    """EGRESS or PEER, by provider. Raises MixedProvider."""
    roles: dict[str, str] = {}
    for entry in entries.values():
        if not isinstance(entry.backend, HttpBackend):
            continue
        role = EGRESS if entry.spec.location is Location.EXTERNAL else PEER
        provider = entry.backend.provider
        if roles.setdefault(provider, role) != role:
            raise MixedProvider(
                f"the provider {provider} has models on-prem and outside, and one adapter serves"
                " both: give those on-prem a provider of their own"
            )
    return roles
