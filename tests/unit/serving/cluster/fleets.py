"""Registries of engines and providers, and the applications that are made of them."""

from __future__ import annotations

from typing import Any

from router.registry.registry import Registry
from serving.cluster.applications import Ground, ModelApplication, applications
from tests.unit.router.registry.registry_documents import built, cloud, own, registry_document

GROUND = Ground("cpu", "/state", 30.0)


def engine(version: str = "1", state: str = "production", **backend: Any) -> dict[str, Any]:
    entry = own(version, state)
    entry["backend"] = {**entry["backend"], "max_ongoing_requests": 8, **backend}
    return entry


def registry(*models: dict[str, Any], **changes: Any) -> Registry:
    return built(registry_document(*models, **changes) | {"schema": 3})


def fleet(*models: dict[str, Any], ground: Ground = GROUND) -> dict[str, ModelApplication]:
    return applications(registry(*models), {}, ground)


def outside(**backend: Any) -> dict[str, Any]:
    entry = cloud(approved_data_classes=["public", "internal"])
    entry["backend"] = {**entry["backend"], **backend}
    return entry
