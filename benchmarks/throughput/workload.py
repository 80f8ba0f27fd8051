"""Prompts of exactly so many tokens, the same ones wherever the same seed and tokenizer are.

Plain words at random: no two prompts begin alike, so that a prefix cache has nothing to offer, and
nothing in them looks like anybody's data. A conversation that was seen before is the same prompt
again.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.throughput.plain_words import PLAIN_WORDS
from benchmarks.throughput.scenario import MIX_LONGEST, Kind, Lengths, Scenario

_MIX_SIGMA = 0.7
_ATTEMPTS = 64


class Tokenizer(Protocol):
    def count(self, text: str) -> int:
        """Tokens, with those that the engine puts around a prompt by itself."""
        ...


class NoTokenizer(ValueError):
    """The checkpoint has no tokenizer.json, or prompts of exact length cannot be made with it."""


class CheckpointTokenizer:
    """tokenizer.json of a checkpoint. Raises NoTokenizer."""

    def __init__(self, checkpoint: Path) -> None:
        from tokenizers import Tokenizer as HFTokenizer  # noqa: PLC0415  (0.1 s)

        file = checkpoint / "tokenizer.json"
        try:
            self._tokenizer = HFTokenizer.from_file(str(file))
        except Exception as error:  # the library raises no narrower type
            raise NoTokenizer(
                f"{checkpoint.name} has no tokenizer.json that can be read "
                f"({type(error).__name__}): put the model's own there"
            ) from None

    def count(self, text: str) -> int:
        return len(self._tokenizer.encode(text).ids)


@dataclass(frozen=True, slots=True)
class Request:
    prompt: str
    isl: int
    osl: int


@dataclass(frozen=True, slots=True)
class Workload:
    """What one run sends, in order."""

    requests: tuple[Request, ...]

    @property
    def jsonl(self) -> bytes:
        """As `vllm bench serve --dataset-name custom` reads it."""
        lines = (
            json.dumps({"prompt": one.prompt, "output_tokens": one.osl}) + "\n"
            for one in self.requests
        )
        return "".join(lines).encode()

    @property
    def digest(self) -> str:
        return f"sha256:{hashlib.sha256(self.jsonl).hexdigest()}"


def workload(
    scenario: Scenario, repeat: int, slots: int, seed: int, tokenizer: Tokenizer
) -> Workload:
    """The requests of one run: other ones in every repeat, the same ones at every layer.

    Raises NoTokenizer.
    """
    draw = random.Random(f"{seed}/{scenario.name}/{repeat}")  # noqa: S311
    count = scenario.requests(slots)
    if scenario.kind is Kind.UNLOADED:
        same = _request(scenario.lengths.isl, scenario.lengths.osl, draw, tokenizer)
        return Workload((same,) * count)
    lengths = _drawn(scenario.lengths, count, draw)
    return Workload(tuple(_request(isl, osl, draw, tokenizer) for isl, osl in lengths))


def _drawn(lengths: Lengths, count: int, draw: random.Random) -> Iterator[tuple[int, int]]:
    for _ in range(count):
        if lengths.is_mix:
            yield _near(lengths.isl, draw), _near(lengths.osl, draw)
        else:
            yield lengths.isl, lengths.osl


def _near(mean: int, draw: random.Random) -> int:
    """Log-normal with this mean, between an eighth and three times it."""
    factor = draw.lognormvariate(-(_MIX_SIGMA**2) / 2, _MIX_SIGMA)
    return max(1, round(mean * min(max(factor, 1 / 8), MIX_LONGEST)))


def _request(isl: int, osl: int, draw: random.Random, tokenizer: Tokenizer) -> Request:
    return Request(_prompt(isl, draw, tokenizer), isl, osl)


def _prompt(tokens: int, draw: random.Random, tokenizer: Tokenizer) -> str:
    """Common words are a token each, mostly: what is too many or too few is mended at the end."""
    words = draw.choices(PLAIN_WORDS, k=tokens)
    for _ in range(_ATTEMPTS):
        missing = tokens - tokenizer.count(" ".join(words))
        if missing == 0:
            return " ".join(words)
        words = _mended(words, missing, draw)
        if not words:
            break
    raise NoTokenizer(f"no prompt of exactly {tokens} tokens can be made with this tokenizer")


def _mended(words: Sequence[str], missing: int, draw: random.Random) -> list[str]:
    if missing < 0:
        return list(words[:missing])
    return [*words, *draw.choices(PLAIN_WORDS, k=missing)]
