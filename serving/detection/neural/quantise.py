"""`python -m serving.detection.neural.quantise`: makes the int8 model at set-up, once.

The directory in the cache appears whole or not at all; a second run finds it and verifies it.
"""

from __future__ import annotations

import json
import shutil
from importlib import metadata
from pathlib import Path
from tempfile import mkdtemp

from serving.detection.neural.model_files import (
    MANIFEST,
    MODEL,
    RECIPE,
    ModelFiles,
    locate,
    published,
    target_of,
)
from serving.weights import sha256_of


def ensure(cache: Path | None = None) -> ModelFiles:
    """Effects: may write 19 MB below `cache` and take a few seconds. Raises ModelMissing."""
    files = published()
    source_sha256 = sha256_of(files.model)
    target = target_of(source_sha256, cache)
    if not (target / MANIFEST).is_file():
        _make(files.model, files.config, source_sha256, target)
    return locate(cache)


def _make(source: Path, config: Path, source_sha256: str, target: Path) -> None:
    from serving.detection.neural.graph import convert  # noqa: PLC0415  (needs onnx: set-up only)

    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        convert(source, json.loads(config.read_text()), partial / MODEL)
        manifest = {
            "source": {"file": source.name, "sha256": source_sha256},
            "tools": {tool: metadata.version(tool) for tool in ("onnx", "onnxruntime")},
            "recipe": RECIPE,
            "sha256": sha256_of(partial / MODEL),
        }
        (partial / MANIFEST).write_text(json.dumps(manifest, indent=2))
        partial.chmod(0o755)
        for file in partial.iterdir():
            file.chmod(0o644)
        try:
            partial.rename(target)
        except OSError:
            # Somebody else was quicker; theirs is as good.
            if not (target / MANIFEST).is_file():
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


if __name__ == "__main__":
    print(ensure().model)  # noqa: T201
