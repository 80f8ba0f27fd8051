"""What a token costs on a GPU that is paid by the hour, from how many of them it does in one.

A record of throughput is a JSON object with, beside what a benchmark says of itself:

    input_tokens_per_s    prompt tokens a second, while the deployment does nothing but prefill
    output_tokens_per_s   tokens made a second, while it does nothing but decode
    gpus                  how many GPUs that was measured on; 1 where it does not say

Both rates are those of the whole deployment. A request then costs the time that it takes of the
GPUs: input_tokens / input_tokens_per_s + output_tokens / output_tokens_per_s.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from router.domain import Json, JsonObject, Price
from router.registry.records import RecordProblem

_S_PER_HOUR = 3_600
_TOKENS = 1_000_000


@dataclass(frozen=True, slots=True)
class Throughput:
    """Positive, finite rates of a deployment on `gpus` GPUs."""

    input_tokens_per_s: float
    output_tokens_per_s: float
    gpus: float = 1.0


def token_price(gpu_hour_usd: float, throughput: Throughput) -> Price:
    """US dollars per million tokens: dollars per hour over tokens per hour."""
    per_hour_usd = gpu_hour_usd * throughput.gpus
    per_input = per_hour_usd / (throughput.input_tokens_per_s * _S_PER_HOUR)
    per_output = per_hour_usd / (throughput.output_tokens_per_s * _S_PER_HOUR)
    return Price(per_input * _TOKENS, per_output * _TOKENS)


def throughput_of(record: JsonObject) -> Throughput:
    """The figures of a record. Raises RecordProblem where it has none that can be priced."""
    return Throughput(
        input_tokens_per_s=_positive(record.get("input_tokens_per_s"), "input_tokens_per_s"),
        output_tokens_per_s=_positive(record.get("output_tokens_per_s"), "output_tokens_per_s"),
        gpus=_positive(record.get("gpus", 1), "gpus"),
    )


def _positive(value: Json, name: str) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # Below a token in eleven days, a price per token would be no number.
    if is_number and math.isfinite(figure := float(str(value))) and figure > 1e-6:
        return figure
    raise RecordProblem(
        f"the record has no `{name}` above 0",
        "name a record of throughput, as docs/guides/models.md describes it",
    )
