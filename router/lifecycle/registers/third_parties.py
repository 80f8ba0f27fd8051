"""The third-party register: who stands behind external models, and under what contract.

Its columns follow what Regulation (EU) 2022/2554 (DORA), article 28(3), wants kept of ICT services.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from router.domain import DataClass, Json, JsonObject
from router.registry.providers import Contract, Provider
from router.registry.registry import HttpBackend, Registry
from router.registry.validity import in_force


def third_parties(registry: Registry, day: date) -> list[JsonObject]:
    """A row for each provider of models.yaml, in its order. None is not stated.

    `data_classes` are those that may go to one of its models on `day`, as far as the registry says.
    """
    narrowed = in_force(registry, day)
    return [_row(provider, narrowed, day) for provider in registry.providers.values()]


def _row(provider: Provider, registry: Registry, day: date) -> JsonObject:
    models = dict(_models(provider, registry))
    classes = sorted({data_class for approved in models.values() for data_class in approved})
    countries, others = provider.countries_of_processing, provider.sub_processors
    return {
        "provider": provider.name,
        "legal_entity": provider.legal_entity,
        "jurisdiction": provider.jurisdiction,
        "countries_of_processing": None if countries is None else list(countries),
        "sub_processors": None if others is None else list(others),
        "terms": None if provider.terms is None else provider.terms.document,
        "terms_accepted_by": None if provider.terms is None else provider.terms.accepted_by,
        "contracts": [_contract(contract, day) for contract in provider.contracts],
        "models": list(models),
        "data_classes": [data_class.label for data_class in classes],
    }


def _models(provider: Provider, registry: Registry) -> Iterator[tuple[str, frozenset[DataClass]]]:
    for key, entry in registry.entries.items():
        backend = entry.backend
        if isinstance(backend, HttpBackend) and backend.provider == provider.name:
            yield key, entry.spec.approved


def _contract(contract: Contract, day: date) -> Json:
    return {
        "kind": contract.kind,
        "signed": contract.signed.isoformat(),
        "expires": None if contract.expires is None else contract.expires.isoformat(),
        "covers": [data_class.label for data_class in sorted(contract.covers)],
        "in_force": contract.is_in_force(day),
    }
