"""What a request did take, by model, as far as anybody said. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from router.accounts.limits.hold import NOTHING, Amount
from router.cascade.beside import BESIDE
from router.cascade.walk import ANSWERED, UNTRIED
from router.domain import Attempt, Outcome
from router.errors import BackendTimeout

MAX_CHARGE_NANO_USD = 10**15
"""A million dollars. A provider that says more than that is wrong, and sums have to have room."""

MAX_CHARGE_TOKENS = 10**12

_LEFT_ALONE = frozenset({ANSWERED, BackendTimeout.__name__, "cancelled"})
"""Attempts after which a backend had work of ours in hand and may charge for it."""


def models_tried(outcome: Outcome) -> frozenset[str]:
    return frozenset(each.model for each in outcome.attempts if each.outcome not in UNTRIED)


def charges(outcome: Outcome, estimates: Mapping[str, Amount]) -> dict[str, Amount]:
    """Of every model that may charge for the request.

    The one that answered takes what it reported, and what answered beside it what that reported.
    Where nobody says what an attempt took (it was
    given up at its deadline, the client left, the answer broke off before its usage came), its
    estimate counts: a budget that such requests did not touch could be spent without end.
    """
    made: dict[str, Amount] = {}
    beside_nano_usd = sum(attempt.cost_nano_usd for attempt in outcome.attempts)
    reported = _amount(
        outcome.usage.input_tokens + outcome.usage.output_tokens,
        outcome.cost_nano_usd - beside_nano_usd,
    )
    for attempt in outcome.attempts:
        if attempt.outcome not in _LEFT_ALONE and attempt.outcome not in BESIDE:
            continue
        said = _said_beside(attempt)
        if attempt.outcome == ANSWERED and attempt.model == outcome.model:
            said = reported
        amount = estimates.get(attempt.model, NOTHING) if said == NOTHING else said
        made[attempt.model] = made.get(attempt.model, NOTHING) + amount
    return made


def _said_beside(attempt: Attempt) -> Amount:
    if attempt.usage is None:
        return NOTHING
    tokens = attempt.usage.input_tokens + attempt.usage.output_tokens
    return _amount(tokens, attempt.cost_nano_usd)


def _amount(tokens: int, nano_usd: int) -> Amount:
    return Amount(tokens, max(0, min(nano_usd, MAX_CHARGE_NANO_USD)))
