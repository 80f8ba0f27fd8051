"""Providers: every external model has one that is described, and its contracts can be in force."""

from __future__ import annotations

from collections.abc import Iterator

from router.config.validate import closest
from router.config.yaml_document import KeyPath, YamlDocument
from router.domain import Location
from router.errors import ConfigProblem
from router.registry.schema import HttpEntry, ModelsFile
from router.registry.schema_providers import ProviderEntry

_REQUIRED = ("legal_entity", "jurisdiction", "countries_of_processing")


def check_providers(
    file: ModelsFile, document: YamlDocument, complete: bool
) -> Iterator[ConfigProblem]:
    for index, entry in enumerate(file.models):
        backend = entry.backend
        if entry.location is not Location.EXTERNAL or not isinstance(backend, HttpEntry):
            continue
        if backend.provider not in file.providers:
            near = closest(backend.provider, file.providers)
            hint = f"write `{near}`, or add" if near else "add"
            yield document.problem(
                ("models", index, "backend", "provider"),
                f"{entry.id} is external, and nobody says who {backend.provider} is",
                f"{hint} `{backend.provider}` under `providers`",
            )
    for name, provider in file.providers.items():
        if complete:
            yield from _check_complete(name, provider, document)
        yield from _check_contracts(name, provider, ("providers", name, "contracts"), document)


def _check_complete(
    name: str, provider: ProviderEntry, document: YamlDocument
) -> Iterator[ConfigProblem]:
    for key in _REQUIRED:
        if getattr(provider, key) is None:
            yield document.problem(
                ("providers", name),
                f"`{key}` of the provider {name} is missing",
                f"add the key `{key}`",
            )


def _check_contracts(
    name: str, provider: ProviderEntry, here: KeyPath, document: YamlDocument
) -> Iterator[ConfigProblem]:
    for index, contract in enumerate(provider.contracts):
        if contract.expires is not None and contract.expires < contract.signed:
            yield document.problem(
                (*here, index, "expires"),
                f"the {contract.kind} with {name} expires before it was signed",
                f"write a day from {contract.signed} on",
            )
        if "restricted" in contract.covers:
            yield document.problem(
                (*here, index, "covers"),
                f"the {contract.kind} with {name} covers restricted, which never leaves",
                "remove `restricted`",
            )
