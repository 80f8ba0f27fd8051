"""What a model took for a request: as it says or, where it does not, by the one rule here. Pure.

A model that is cut short, by a client that leaves, a stream that breaks off or a time that is over,
does not say what it took, and charges for it all the same. What had arrived was written, and the
prompt read: that is recorded, and charged to budgets, alike. Where nothing had arrived, nobody
knows how far it had come: a whole answer may have been written to its end, and thoughts are charged
that nobody is sent. Then it is what was held for it. Else a budget could be spent without end by
hanging up before the first byte.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from router.accounts.limits.estimate import estimate, input_tokens_of, text_tokens
from router.dialects.heard import Heard
from router.domain import Attempt, InferenceRequest, ModelSpec, Usage

MAX_CHARGE_NANO_USD = 10**15
"""A million dollars. A provider that says more than that is wrong, and sums have to have room."""

MAX_CHARGE_TOKENS = 10**12


@dataclass(frozen=True, slots=True)
class Taken:
    """`estimated` where the model did not say it."""

    usage: Usage
    cost_nano_usd: int
    estimated: bool

    def written_on(self, attempt: Attempt) -> Attempt:
        return replace(
            attempt,
            usage=self.usage,
            cost_nano_usd=self.cost_nano_usd,
            estimated=self.estimated,
        )


def taken(
    request: InferenceRequest,
    model: ModelSpec,
    heard: Heard | None = None,
    input_tokens: int | None = None,
) -> Taken:
    """What `model`, which had the request in hand, took to say what was heard, None for nothing.

    Of an answer a piece is a token at least. `input_tokens` are `input_tokens_of(request)` where
    somebody has counted them before: a body of 10 MB takes 40 ms.
    """
    heard = heard or Heard()
    if heard.usage is not None:
        return _priced(heard.usage, model, estimated=False)
    if input_tokens is None:
        input_tokens = input_tokens_of(request)
    most, pieces = estimate(request, model, input_tokens), heard.pieces
    written = max(len(pieces), text_tokens(pieces)) if pieces else most.output_tokens
    # Any number of answers may have been asked for.
    usage = Usage(most.input_tokens, min(written, MAX_CHARGE_TOKENS))
    return _priced(usage, model, estimated=True)


def _priced(usage: Usage, model: ModelSpec, *, estimated: bool) -> Taken:
    cost_nano_usd = min(model.price.cost_nano_usd(usage), MAX_CHARGE_NANO_USD)
    return Taken(usage, cost_nano_usd, estimated)
