"""How much of a cluster may be taken away at once, by whoever drains nodes."""

from __future__ import annotations

from collections.abc import Iterable

from router.domain import JsonObject
from serving.kuberay.settings import CLUSTER_LABEL, GATEWAY, ROLE_LABEL, ClusterSettings

_GROUP_LABEL = "ray.io/group"
_HEAD_GROUP = "headgroup"


def disruption_budgets(settings: ClusterSettings, groups: Iterable[str]) -> list[JsonObject]:
    """One for each group: one pod of it at a time. The head has none to lose.

    Pods that an engine's node loses come back with minutes of loading, so a drain waits for each.
    """
    return [
        _budget(settings, GATEWAY, {ROLE_LABEL: GATEWAY}),
        _budget(settings, "head", {_GROUP_LABEL: _HEAD_GROUP}, unavailable=0),
        *(_budget(settings, name, {_GROUP_LABEL: name}) for name in groups),
    ]


def _budget(
    settings: ClusterSettings, name: str, labels: dict[str, str], unavailable: int = 1
) -> JsonObject:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": f"{settings.name}-{name}", "namespace": settings.namespace},
        "spec": {
            "maxUnavailable": unavailable,
            "selector": {"matchLabels": {CLUSTER_LABEL: settings.name, **labels}},
        },
    }
