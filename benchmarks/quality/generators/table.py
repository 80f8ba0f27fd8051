"""Generators by the names that suites give them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from benchmarks.quality.generators import (
    classification,
    counterfactual,
    extraction,
    functions,
    grounded_qa,
    jailbreak,
    multilingual_classification,
    multilingual_maths,
    multilingual_qa,
    prompt_injection,
    prompt_leak,
    refusal,
    rewriting,
    summary,
    tool_calling,
    word_problems,
)
from benchmarks.quality.item import Item

Generator: TypeAlias = Callable[[int, int], Item]
"""(seed, number) → the item, the same always."""

GENERATORS: Final[Mapping[str, Generator]] = {
    "classification": classification.make,
    "counterfactual": counterfactual.make,
    "extraction": extraction.make,
    "functions": functions.make,
    "grounded_qa": grounded_qa.make,
    "jailbreak": jailbreak.make,
    "multilingual_classification": multilingual_classification.make,
    "multilingual_maths": multilingual_maths.make,
    "multilingual_qa": multilingual_qa.make,
    "prompt_injection": prompt_injection.make,
    "prompt_leak": prompt_leak.make,
    "refusal": refusal.make,
    "rewriting": rewriting.make,
    "summary": summary.make,
    "tool_calling": tool_calling.make,
    "word_problems": word_problems.make,
}
