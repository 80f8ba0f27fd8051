"""The decision: permit, then rank. Pure; no clock, no I/O, no await."""

from __future__ import annotations

from router.domain import Classification, Decision, InferenceRequest, Principal
from router.policy.permit import permit
from router.policy.policy import Rules
from router.policy.rank import rank


def decide(
    request: InferenceRequest, classification: Classification, principal: Principal, rules: Rules
) -> Decision:
    """What may see the request and in which order to try it.

    The plan is empty where no model of its route may see the request: `refuse.not_permitted` says
    why. Raises UnknownModel and InvalidRequest as `rank` does.
    """
    data_class = classification.data_class
    permission = permit(request, data_class, principal, rules)
    ranking = rank(request, data_class, principal, permission.permitted, rules)
    return Decision(
        choice=ranking.choice,
        data_class=data_class,
        permitted=tuple(model.key for model in permission.permitted),
        excluded=permission.excluded,
        plan=ranking.plan,
        reasons=(
            f"class:{data_class.label}",
            *(f"basis:{basis.value}" for basis in classification.basis),
            *ranking.reasons,
        ),
        policy_digest=rules.policy.digest,
    )
