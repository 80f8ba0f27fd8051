"""Records of processing activities: what each team's requests are, go to, and stay for.

Its columns follow Regulation (EU) 2016/679 (GDPR), article 30(1). What a controller alone knows,
such as the people concerned and why, has to be added by the controller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from router.domain import DataClass, JsonObject
from router.policy.policy import Policy
from router.registry.registry import HttpBackend, Registry
from router.registry.validity import in_force


@dataclass(frozen=True, slots=True)
class TeamActivity:
    """What the database knows of one team: what its keys are for, and what its requests were.

    `entity_types` are those that were found in them, `requests` how many there were by class.
    """

    team: str
    purposes: frozenset[str] = frozenset()
    entity_types: frozenset[str] = frozenset()
    requests: Mapping[DataClass, int] = field(default_factory=dict)


def processing(
    registry: Registry,
    policy: Policy,
    activities: Sequence[TeamActivity],
    controller: str | None,
    day: date,
) -> list[JsonObject]:
    """A row for each team that has keys, records or a place in the policy, by name."""
    known = {activity.team: activity for activity in activities}
    teams = sorted({*known, *policy.external_use, *policy.detection.team_floors})
    today = in_force(registry, day)
    return [_row(known.get(team, TeamActivity(team)), today, policy, controller) for team in teams]


def _row(
    activity: TeamActivity, registry: Registry, policy: Policy, controller: str | None
) -> JsonObject:
    outside = policy.external_use.get(activity.team, frozenset())
    recipients = _recipients(registry, policy) if outside else {}
    countries = {
        country
        for name in recipients
        for country in registry.providers[name].countries_of_processing or ()
    }
    return {
        "activity": f"answers of language models to requests of {activity.team}",
        "controller": controller,
        "team": activity.team,
        "purposes": [*sorted(activity.purposes | outside)],
        "purposes_with_external_models": [*sorted(outside)],
        "categories_of_personal_data": [*sorted(activity.entity_types)],
        "requests_by_class": {c.label: n for c, n in sorted(activity.requests.items())},
        "recipients": {name: [*classes] for name, classes in recipients.items()},
        "countries_of_recipients": [*sorted(countries)],
        "safeguards": [
            f"{contract.kind} with {name}, signed {contract.signed}"
            for name in recipients
            for contract in registry.providers[name].contracts
        ],
        "places_of_processing": {
            c.label: [*sorted(regions)] for c, regions in sorted(policy.residency.items())
        },
        "retention_days_of_texts": {c.label: policy.vault.of(c).max_days for c in DataClass},
    }


def _recipients(registry: Registry, policy: Policy) -> dict[str, list[str]]:
    """The providers that models outside belong to, with the classes that may go to them."""
    found: dict[str, set[DataClass]] = {}
    for entry in registry.entries.values():
        spec, backend = entry.spec, entry.backend
        if spec.is_external and isinstance(backend, HttpBackend):
            allowed = {c for c in spec.approved if spec.residency <= policy.residency[c]}
            if allowed:
                found.setdefault(backend.provider, set()).update(allowed)
    return {name: [c.label for c in sorted(classes)] for name, classes in sorted(found.items())}
