"""Loaders by the names that suites give their sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from benchmarks.quality.item import Item
from benchmarks.quality.loaders import bbq, mmlu_pro

Loader: TypeAlias = Callable[[Path, int, int], tuple[Item, ...]]
"""(folder, seed, count) → that many items at most. Raises SetAbsent."""

LOADERS: Final[Mapping[str, Loader]] = {"bbq": bbq.load, "mmlu_pro": mmlu_pro.load}
