"""A registry and a policy of one model: what is measured, and nothing that would take CPU from it.

The model keeps its backend, profile and classes; every tier is it, and no request goes elsewhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from router.config.yaml_document import load_yaml
from router.domain import DataClass


def write_configuration(directory: Path, models: Path, policy: Path, key: str) -> tuple[Path, Path]:
    """Writes models.yaml and policy.yaml into `directory`; returns their paths.

    `models` and `policy` have been read before and are valid, `key` is the model's ID@VERSION.
    """
    model_id, _, version = key.partition("@")
    document: dict[str, Any] = dict(load_yaml(models).data)
    entry = next(
        one
        for one in document["models"]
        if one["id"] == model_id and str(one["version"]) == version
    )
    entry = dict(entry)
    entry["backend"] = _absolute(dict(entry["backend"]), models.resolve().parent)
    # Of every class, so that a policy of one model can be proven; this cluster has no other user.
    entry["approved_data_classes"] = [one.label for one in DataClass]
    for part in ("price", "measured"):
        entry.pop(part, None)
    entry["price"] = {"input_usd_per_mtok": 0.0, "output_usd_per_mtok": 0.0}
    wanted = {"schema": document.get("schema", 1), "models": [entry]}
    wanted["aliases"] = {
        model_id: {"champion": version} if wanted["schema"] != 1 else version,
    }
    rules: dict[str, Any] = dict(load_yaml(policy).data)
    rules["tiers"] = {tier: [model_id] for tier in rules["tiers"]}
    rules["fallbacks"] = {}
    return _write(directory / "models.yaml", wanted), _write(directory / "policy.yaml", rules)


def _absolute(backend: dict[str, Any], base: Path) -> dict[str, Any]:
    weights = backend.get("weights", {})
    if "path" in weights:
        backend["weights"] = {"path": str(base / weights["path"])}
    # One replica at every layer: what is compared is the way to it.
    backend["replicas"] = 1
    backend.pop("autoscaling", None)
    return backend


def _write(path: Path, document: dict[str, Any]) -> Path:
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path
