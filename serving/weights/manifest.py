"""What a manifest says: the files, one digest of all, and how they came to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from router.domain import JsonObject
from serving.weights.digest import FileEntry, digest_of

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Conversion:
    """From what, and with what, a checkpoint was made: `tools` from name to version."""

    source_file: str
    source_sha256: str
    tools: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Manifest:
    """`path` is where the files lay when they were hashed, absolute; `files` by relative name.

    `conversion` is None for weights that are served as they were found.
    """

    path: Path
    files: Mapping[str, FileEntry]
    imported_at_s: float
    conversion: Conversion | None = None

    @property
    def weights_digest(self) -> str:
        return digest_of(self.files)


def manifest_to_json(manifest: Manifest) -> JsonObject:
    """The digest of all is written down too: for people, and checked again by whoever reads."""
    conversion = manifest.conversion
    return {
        "schema": SCHEMA,
        "path": str(manifest.path),
        "files": {name: asdict(entry) for name, entry in manifest.files.items()},
        "weights_digest": manifest.weights_digest,
        "conversion": None if conversion is None else _conversion_to_json(conversion),
        "imported_at_s": manifest.imported_at_s,
    }


def manifest_from_json(said: Any) -> Manifest:
    """Raises ValueError, KeyError or TypeError for anything but what `manifest_to_json` writes."""
    if said["schema"] != SCHEMA:
        raise ValueError("another schema")
    converted = said["conversion"]
    manifest = Manifest(
        path=Path(said["path"]),
        files={str(name): FileEntry(**entry) for name, entry in said["files"].items()},
        imported_at_s=float(said["imported_at_s"]),
        conversion=None if converted is None else conversion_from_json(converted),
    )
    if manifest.weights_digest != said["weights_digest"]:
        raise ValueError("the digest is not that of the files")
    return manifest


def _conversion_to_json(conversion: Conversion) -> JsonObject:
    return {
        "source": {"file": conversion.source_file, "sha256": conversion.source_sha256},
        "tools": dict(conversion.tools),
    }


def conversion_from_json(said: Any) -> Conversion:
    source = said["source"]
    return Conversion(str(source["file"]), str(source["sha256"]), dict(said["tools"]))
