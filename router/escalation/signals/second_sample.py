"""The same question, asked of the same model once more."""

from __future__ import annotations

from dataclasses import replace

from router.domain import InferenceRequest

LEAST_TEMPERATURE = 0.7
"""Below it, a model would say the same again, whether it is sure or not."""

_NOT_AGAIN = frozenset({"seed", "stream", "stream_options", "logprobs", "top_logprobs"})


def asked_again(request: InferenceRequest) -> InferenceRequest:
    """Whole and not streamed; without a seed, which would fix the answer to that of before."""
    body = {name: value for name, value in request.body.items() if name not in _NOT_AGAIN}
    temperature = body.get("temperature")
    if isinstance(temperature, int | float) and temperature < LEAST_TEMPERATURE:
        body["temperature"] = LEAST_TEMPERATURE
    return replace(request, body=body, stream=False)
