"""Installations in which everything that orders models is in use, drawn from a seed.

Whatever would refute a drawn policy is left out of it, so that each is proven.
"""

from __future__ import annotations

from random import Random

from router.policy.policy import CHOICES, Rules
from tests.unit.router.policy.policy_tables import (
    LABELS,
    canary,
    model,
    policy,
    rules_of_versions,
    version,
)

ON_PREM, OUTSIDE = ["a", "b", "c"], ["x", "y", "z"]
TEAMS, PURPOSES, STAKES = (
    ["team", "counsel", "stranger"],
    ["general", "contracts"],
    ["legal", "care"],
)


def busy_rules(random: Random) -> Rules:
    """`home` sees all; `v` and `w` make embeddings, on either side of the wall. Some have canaries,
    of which those on-prem may see more than their champions.
    """
    approved = {"home": LABELS}
    approved |= {name: LABELS[: random.randint(2, 4)] for name in ON_PREM}
    approved |= {name: LABELS[: random.randint(1, 3)] for name in OUTSIDE}
    residency = {label: ["on-prem", "us"] for label in LABELS[:2]}
    residency["confidential"] = random.choice([["on-prem"], ["on-prem", "us"]])
    residency["restricted"] = ["on-prem"]
    tiers = {
        "fast": some(random, ON_PREM),
        "balanced": some(random, ON_PREM + OUTSIDE),
        "reasoning": some(random, OUTSIDE),
        "private": ["home"],
    }

    def may_see(name: str, label: str) -> bool:
        return label in approved[name] and (name not in OUTSIDE or "us" in residency[label])

    def along(label: str) -> list[str]:
        """Tiers of which a class may see every model, in any order."""
        fitting = [
            tier for tier, names in tiers.items() if all(may_see(name, label) for name in names)
        ]
        return random.sample(fitting, random.randint(1, len(fitting)))

    def stands_in(name: str, other: str) -> bool:
        stays = name not in OUTSIDE
        sees = all(may_see(other, label) for label in LABELS if may_see(name, label))
        return name != other and sees and not (stays and other in OUTSIDE)

    routes = {label: {choice: along(label) for choice in CHOICES} for label in LABELS}
    for label in LABELS:
        routes[label]["private"] = ["private"]
    used = sorted({name for names in tiers.values() for name in names})
    fallbacks = {}
    for name in used:
        targets = [other for other in used if stands_in(name, other)]
        if targets and random.random() < 0.7:
            fallbacks[name] = some(random, targets)
    written = policy(tiers, routes, residency) | {
        "fallbacks": fallbacks,
        "stakes": {
            name: {
                "applies_to": {
                    "teams": random.choice([[], ["counsel"]]),
                    "purposes": random.choice([[], ["contracts"]]),
                },
                "prefer": {label: along(label) for label in some(random, LABELS)},
            }
            for name in STAKES
        },
        "purpose_floors": {"contracts": random.choice(LABELS)},
        "external_use": [
            {"team": team, "purposes": ["any"], "decided_by": "somebody", "reason": "tests"}
            for team in TEAMS[:2]
        ],
    }
    models = [
        *(
            model(name, on_prem=name not in OUTSIDE, approved=classes)
            for name, classes in approved.items()
        ),
        model("v", on_prem=True, approved=LABELS, capabilities=["embeddings"]),
        model("w", on_prem=False, approved=LABELS[:2], capabilities=["embeddings"]),
    ]
    canaries = [
        canary(entry, random.choice([0.2, 0.5, 0.9]), **more)
        for entry in models
        if random.random() < 0.5
        for more in [{} if entry["location"] == "external" else {"approved_data_classes": LABELS}]
    ]
    return rules_of_versions([*map(version, models), *canaries], written)


def some(random: Random, names: list[str]) -> list[str]:
    return random.sample(names, random.randint(1, min(3, len(names))))
