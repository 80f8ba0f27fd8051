"""For how long an engine may be quiet before that means something."""

from __future__ import annotations

from hardware.accelerator import Accelerator
from serving.health.judge import Patience

LOOP_S = 10.0
"""Neither an answer nor any computing for this long is not what load looks like."""
LEAST_TOKENS_S = 20.0

_MARGIN = 2.0
_SLOWEST_PREFILL_TOKENS_PER_S = {"cpu": 50.0, "cuda": 1_000.0}
"""Well below what is measured anywhere: an engine that is slower than this is as good as down."""


def patience_of(accelerator: Accelerator, max_model_len: int) -> Patience:
    """`max_model_len` is the longest prompt, in tokens.

    While only prompts are read no token comes, and the longest that this can take is the prefill of
    the longest prompt: after that its first token is due, whatever waits behind it. The bound is
    max_model_len / slowest prefill rate, doubled.
    """
    prefill_s = max_model_len / _SLOWEST_PREFILL_TOKENS_PER_S[accelerator]
    return Patience(LOOP_S, max(LEAST_TOKENS_S, _MARGIN * prefill_s))
