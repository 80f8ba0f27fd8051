"""Which requests must stay, and so go first."""

from __future__ import annotations

from router.domain import Decision, InferenceRequest, Principal, Tier
from router.load.rules import CapacityRules, Lane
from router.policy.permit import stays


def lane_of(
    request: InferenceRequest, principal: Principal, decision: Decision, rules: CapacityRules
) -> Lane:
    """A request must stay if its class says so, or if its caller asked that it does.

    Not whether anything outside is permitted decides: in a cluster without models outside, that
    would be every request, and nothing would go before anything. Pure.
    """
    if decision.data_class >= rules.must_stay_from or stays(request, principal):
        return Lane.MUST_STAY
    return Lane.MUST_STAY if decision.choice == Tier.PRIVATE else Lane.OTHERS
