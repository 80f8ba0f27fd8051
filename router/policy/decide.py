"""The decision: permit, then rank. Pure; no clock, no I/O, no await."""

from __future__ import annotations

from router.domain import Classification, Decision, InferenceRequest, Principal
from router.policy.conditions import Conditions
from router.policy.permit import permit
from router.policy.policy import Rules
from router.policy.rank import NOBODY_LOOKED, NOTHING_KNOWN, rank
from router.task import Features


def decide(  # noqa: PLR0917
    request: InferenceRequest,
    classification: Classification,
    principal: Principal,
    rules: Rules,
    features: Features = NOTHING_KNOWN,
    conditions: Conditions = NOBODY_LOOKED,
) -> Decision:
    """What may see the request and in which order to try it.

    What is known of the request, and of how models stand, orders and never permits.

    The plan is empty where no model of its route may see the request: `refuse.not_permitted` says
    why. Raises UnknownModel and InvalidRequest as `rank` does.
    """
    data_class = classification.data_class
    permission = permit(request, data_class, principal, rules)
    permitted = permission.permitted
    ranking = rank(
        request, data_class, principal, permitted, rules, features=features, conditions=conditions
    )
    return Decision(
        choice=ranking.choice,
        data_class=data_class,
        permitted=tuple(permitted),
        excluded=permission.excluded,
        plan=ranking.plan,
        reasons=(
            f"class:{data_class.label}",
            *(f"basis:{basis.value}" for basis in classification.basis),
            *ranking.reasons,
        ),
        policy_digest=rules.policy.digest,
        features=features,
        expectations=ranking.expectations,
    )
