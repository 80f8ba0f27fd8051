"""Registries of schema 2 for tests, written as dicts."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from router.config.yaml_document import YamlDocument, parse_yaml
from router.errors import ConfigError, ConfigProblem
from router.registry.load import build_registry
from router.registry.registry import Registry

SINCE = "2026-01-01"


def own(version: str = "1", state: str = "production", **changes: Any) -> dict[str, Any]:
    """A version of `own`, a model of the cluster's own engine."""
    lifecycle: dict[str, Any] = {"state": state, "since": SINCE}
    if state == "canary":
        lifecycle["canary_share"] = 0.1
    return {
        "id": "own",
        "version": version,
        "owner": "a team",
        "licence": "Apache-2.0",
        "lifecycle": lifecycle,
        "next_review": "2027-01-01",
        "location": "on-prem",
        "residency": ["on-prem"],
        "approved_data_classes": ["public", "internal", "confidential", "restricted"],
        "capabilities": ["chat"],
        "context_tokens": 100,
        "price": {"input_usd_per_mtok": 1.0, "output_usd_per_mtok": 2.0},
        "backend": {
            "kind": "vllm",
            "weights": {"embedded": "tiny"},
            "replicas": 1,
            "max_ongoing_requests": 8,
            "profiles": {"cpu": {"engine": {"max_model_len": 100}}},
        },
    } | changes


def cloud(**changes: Any) -> dict[str, Any]:
    """A model of a provider's."""
    return (
        own()
        | {
            "id": "cloud",
            "location": "external",
            "residency": ["us"],
            "licence": "proprietary",
            "approved_data_classes": ["public", "internal", "confidential"],
            "backend": {
                "kind": "openai",
                "provider": "firm",
                "base_url": "https://api.example/v1",
                "model": "up",
            },
        }
        | changes
    )


def provider(**changes: Any) -> dict[str, Any]:
    return {
        "legal_entity": "Firm, Inc.",
        "jurisdiction": "US",
        "countries_of_processing": ["US"],
        "terms": {"document": "https://firm.example/terms", "accepted_by": "a team"},
    } | changes


def dpa(signed: str = "2026-01-01", expires: str | None = "2026-12-31") -> dict[str, Any]:
    contract: dict[str, Any] = {"kind": "DPA", "signed": signed, "covers": ["confidential"]}
    return contract if expires is None else contract | {"expires": expires}


def registry_document(*models: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Aliases follow from the states, unless `changes` has others."""
    aliases: dict[str, dict[str, str]] = {}
    for entry in models:
        alias = "champion" if _is_champion(entry) else "candidate"
        aliases.setdefault(entry["id"], {})[alias] = entry["version"]
    document = {"schema": 2, "models": [*models], "aliases": aliases}
    if any(entry["location"] == "external" for entry in models):
        document["providers"] = {"firm": provider()}
    return document | changes


def parsed(document: dict[str, Any] | str, directory: Path = Path()) -> YamlDocument:
    text = document if isinstance(document, str) else yaml.safe_dump(document, sort_keys=False)
    return parse_yaml(text.encode(), str(directory / "models.yaml"))


def recorded(directory: Path, name: str, **figures: Any) -> dict[str, str]:
    """A benchmark record in `directory`, and the reference to it."""
    content = json.dumps({"schema_version": 1} | figures).encode()
    (directory / name).write_bytes(content)
    return {"record": name, "sha256": hashlib.sha256(content).hexdigest()}


def built(document: dict[str, Any] | str, directory: Path = Path()) -> Registry:
    return build_registry(parsed(document, directory))


def refused(document: dict[str, Any] | str, directory: Path = Path()) -> tuple[ConfigProblem, ...]:
    with pytest.raises(ConfigError) as caught:
        built(document, directory)
    return caught.value.problems


def _is_champion(entry: dict[str, Any]) -> bool:
    return entry["lifecycle"]["state"] in {"production", "deprecated", "retired"}
