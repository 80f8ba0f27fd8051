"""What `vllm bench serve` wrote down of each request, as plain numbers; no text is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from http import HTTPStatus
from operator import add
from typing import Any

_PHRASES = frozenset(status.phrase for status in HTTPStatus)
_EXCEPTIONS = (
    "ClientConnectorError",
    "ServerDisconnectedError",
    "ClientPayloadError",
    "ClientOSError",
    "ConnectionResetError",
    "TimeoutError",
    "JSONDecodeError",
)


class NotAResult(ValueError):
    """The load generator's result is not of a form that is known."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A request that was answered; `start_s` counts from the first request of the run.

    `gaps_s` are the times between its chunks.
    """

    start_s: float
    ttft_s: float
    gaps_s: tuple[float, ...]
    isl: int
    osl: int

    @property
    def first_token_s(self) -> float:
        return self.start_s + self.ttft_s

    @property
    def e2e_s(self) -> float:
        return self.ttft_s + sum(self.gaps_s)

    @property
    def end_s(self) -> float:
        """The very number that `tokens` has for its last chunk."""
        return reduce(add, self.gaps_s, self.first_token_s)

    @property
    def tpot_s(self) -> float | None:
        """None for an answer of one token."""
        return sum(self.gaps_s) / (self.osl - 1) if self.osl > 1 else None

    def tokens(self) -> Iterator[tuple[float, float]]:
        """When how many tokens came, in seconds of the run. All but the first share what is left:
        a chunk may hold several.
        """
        at_s = self.first_token_s
        if not self.gaps_s:
            yield at_s, float(self.osl)
            return
        yield at_s, 1.0
        each = (self.osl - 1) / len(self.gaps_s)
        for gap_s in self.gaps_s:
            at_s += gap_s
            yield at_s, each


@dataclass(frozen=True, slots=True)
class Answered:
    """One run: its requests in the order in which they were sent, and how others failed.

    `indices` are the samples' places in the workload.
    """

    duration_s: float
    samples: tuple[Sample, ...]
    indices: tuple[int, ...]
    failures: Mapping[str, int]

    @property
    def input_tokens(self) -> int:
        return sum(sample.isl for sample in self.samples)

    @property
    def output_tokens(self) -> int:
        return sum(sample.osl for sample in self.samples)


def answered(said: Mapping[str, Any]) -> Answered:
    """Of the JSON that `--save-detailed` writes. Raises NotAResult."""
    try:
        rows = list(
            zip(
                said["start_times"],
                said["ttfts"],
                said["itls"],
                said["input_lens"],
                said["output_lens"],
                said["errors"],
                strict=True,
            )
        )
        duration_s = float(said["duration"])
    except (KeyError, TypeError, ValueError) as error:
        raise NotAResult(f"the load generator's result has no {error}") from None
    ok = [index for index, row in enumerate(rows) if not row[5] and row[4] > 0]
    first_s = min((rows[index][0] for index in ok), default=0.0)
    samples = tuple(
        Sample(start - first_s, ttft, tuple(itl), isl, osl)
        for start, ttft, itl, isl, osl, _ in (rows[index] for index in ok)
    )
    failures = Counter(_reason(row[5]) for row in rows if row[5] or row[4] <= 0)
    return Answered(duration_s, samples, tuple(ok), dict(failures))


def _reason(error: str) -> str:
    """A status's phrase, or an exception that is known: whatever else is said is not kept (I6)."""
    if error in _PHRASES:
        return error
    found = [(error.rfind(name), name) for name in _EXCEPTIONS if name in error]
    return max(found)[1] if found else "failed otherwise"
