"""What models cost, as configured: a file of prices, and what a question's answer comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from router.config.validate import ConfigModel, validate
from router.config.yaml_document import load_yaml

SHIPPED = Path(__file__).with_name("prices.yaml")
CHARS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class ModelPrice:
    """USD for a million tokens; `is_on_prem` is what could run on machines of one's own."""

    input_usd_per_mtok: float
    output_usd_per_mtok: float
    is_on_prem: bool

    def usd(self, input_chars: float, output_chars: float) -> float:
        """Of one answer, at four characters a token."""
        return (
            (input_chars * self.input_usd_per_mtok + output_chars * self.output_usd_per_mtok)
            / CHARS_PER_TOKEN
            / 1e6
        )


@dataclass(frozen=True, slots=True)
class PriceTable:
    """`pair` is (weak, strong), of whom APGR is said."""

    models: Mapping[str, ModelPrice]
    pair: tuple[str, str] | None


class _Price(ConfigModel):
    input: float = Field(ge=0)
    output: float = Field(ge=0)
    on_prem: bool
    source: str


class _Pair(ConfigModel):
    weak: str
    strong: str


class _File(ConfigModel):
    schema_: Literal[1] = Field(alias="schema")
    pair: _Pair | None = None
    models: dict[str, _Price]


def load_prices(path: Path = SHIPPED) -> PriceTable:
    """Raises ConfigError with file, line and cure."""
    read = validate(load_yaml(path), _File)
    models = {
        name: ModelPrice(price.input, price.output, price.on_prem)
        for name, price in read.models.items()
    }
    return PriceTable(models, (read.pair.weak, read.pair.strong) if read.pair else None)
