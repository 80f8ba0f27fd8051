"""What a request did take, by model: what its record says, and nothing else. Pure."""

from __future__ import annotations

from router.accounts.limits.hold import NOTHING, Amount
from router.accounts.limits.taken import MAX_CHARGE_NANO_USD
from router.cascade.walk import UNTRIED
from router.domain import Outcome, Usage


def models_tried(outcome: Outcome) -> frozenset[str]:
    return frozenset(each.model for each in outcome.attempts if each.outcome not in UNTRIED)


def charges(outcome: Outcome) -> dict[str, Amount]:
    """Of every model that may charge for the request, the one that answered among them.

    What nobody reported stands in the record as it was estimated (`taken.py`), so that budgets pay
    what records say, and records say what budgets have paid.
    """
    made: dict[str, Amount] = {}
    own_nano_usd = outcome.cost_nano_usd
    for attempt in outcome.attempts:
        if attempt.usage is not None:
            own_nano_usd -= attempt.cost_nano_usd
            amount = _amount(attempt.usage, attempt.cost_nano_usd)
            made[attempt.model] = made.get(attempt.model, NOTHING) + amount
    if outcome.model is not None:
        own = _amount(outcome.usage, own_nano_usd)
        made[outcome.model] = made.get(outcome.model, NOTHING) + own
    return made


def _amount(usage: Usage, nano_usd: int) -> Amount:
    tokens = usage.input_tokens + usage.output_tokens
    return Amount(tokens, max(0, min(nano_usd, MAX_CHARGE_NANO_USD)))
