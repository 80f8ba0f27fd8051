"""The part of a run that neither begins nor ends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.throughput.samples import Sample

FULL_SHARE = 0.9
MIN_TOKENS = 32


@dataclass(frozen=True, slots=True)
class Steady:
    """`at_a_time` is how many answers were being made on average, `context_tokens` how many tokens
    they had behind them, all together. Prompts count where their first token came.
    """

    begin_s: float
    duration_s: float
    output_tokens: float
    input_tokens: int
    at_a_time: float
    context_tokens: float

    @property
    def output_tokens_per_s(self) -> float:
        return self.output_tokens / self.duration_s


def steady(samples: Sequence[Sample], full_share: float = FULL_SHARE) -> Steady | None:
    """From the first to the last moment at which so large a share of the most were being made.

    None where nothing was made for long enough to tell: answers of one token, or under 32 tokens in
    the whole of it. Pure.
    """
    bounds = _full(samples, full_share)
    if bounds is None:
        return None
    begin_s, end_s = bounds
    tokens = [each for sample in samples for each in sample.tokens() if begin_s < each[0] <= end_s]
    made = sum(count for _, count in tokens)
    if made < MIN_TOKENS:
        return None
    duration_s = end_s - begin_s
    present_s = context_token_s = 0.0
    for sample in samples:
        here_s = min(sample.end_s, end_s) - max(sample.first_token_s, begin_s)
        if here_s <= 0:
            continue
        present_s += here_s
        context_token_s += here_s * (sample.isl + _mean_made(sample, begin_s, end_s))
    return Steady(
        begin_s=begin_s,
        duration_s=duration_s,
        output_tokens=made,
        input_tokens=sum(one.isl for one in samples if begin_s < one.first_token_s <= end_s),
        at_a_time=present_s / duration_s,
        context_tokens=context_token_s / duration_s,
    )


def _full(samples: Sequence[Sample], full_share: float) -> tuple[float, float] | None:
    """Ends count before beginnings at the same moment."""
    events = sorted(
        [(sample.first_token_s, 1) for sample in samples if sample.gaps_s]
        + [(sample.end_s, -1) for sample in samples if sample.gaps_s],
    )
    counts: list[tuple[float, int]] = []
    running = 0
    for at_s, change in events:
        running += change
        counts.append((at_s, running))
    if not counts:
        return None
    needed = full_share * max(count for _, count in counts)
    full = [index for index, (_, count) in enumerate(counts) if count >= needed]
    # The last of them is followed by an end: what is full ends at some time.
    begin_s, end_s = counts[full[0]][0], counts[full[-1] + 1][0]
    return (begin_s, end_s) if end_s > begin_s else None


def _mean_made(sample: Sample, begin_s: float, end_s: float) -> float:
    """Tokens made so far, on average between the two moments: they come evenly, nearly."""
    whole_s = sample.end_s - sample.first_token_s
    if whole_s <= 0:
        return float(sample.osl)
    from_share = (max(begin_s, sample.first_token_s) - sample.first_token_s) / whole_s
    to_share = (min(end_s, sample.end_s) - sample.first_token_s) / whole_s
    return sample.osl * (from_share + to_share) / 2
