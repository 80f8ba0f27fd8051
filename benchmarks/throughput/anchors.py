"""Others' figures, with who says so: beside ours in the report, and never among them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from router.config.validate import ConfigModel, validate
from router.config.yaml_document import load_yaml

ANCHORS = Path(__file__).with_name("anchors.yaml")


class Anchor(ConfigModel):
    """`gpu` is as its source calls it: not all of them say which form of the card it was."""

    gpu: str
    model: str
    dtype: Literal["fp32", "bf16", "fp16", "fp8"]
    lengths: str
    output_tokens_per_s: float = Field(gt=0)
    joules_per_output_token: float | None = None
    source: str


class _File(ConfigModel):
    schema_version: Literal[1] = Field(alias="schema")
    anchors: list[Anchor]


def load_anchors(path: Path = ANCHORS) -> tuple[Anchor, ...]:
    """Raises ConfigError."""
    return tuple(validate(load_yaml(path), _File).anchors)
