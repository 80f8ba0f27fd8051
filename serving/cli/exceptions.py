"""`ringfence exceptions`"""

from __future__ import annotations

import time
from typing import Any

from rich.markup import escape
from rich.table import Table

from router.policy.load import load_rules
from router.privacy.exceptions import PolicyException
from serving.cli.options import MODELS, POLICY, AsJson, Models, Policy
from serving.cli.output import cures, out, print_json


def exceptions(models: Models = MODELS, policy: Policy = POLICY, as_json: AsJson = False) -> None:
    """List what the policy excepts from detection, for whom, and for how long.

    Nothing but a live exception lowers a data class. Exit status: 0, or 1 if the policy cannot be
    served with.

    Example: ringfence exceptions --policy router/policy.yaml --json
    """
    with cures():
        rules = load_rules(models, policy)
    now_s = time.time()
    shown = [_shown(exception, now_s) for exception in rules.policy.detection.exceptions]
    if as_json:
        print_json(shown)
        return
    if not shown:
        out.print("no exceptions", markup=False)
        return
    table = Table(box=None)
    table.add_column("id", no_wrap=True)
    for column in ("team", "entity types", "paths", "lowers to", "state", "expires"):
        table.add_column(column)
    table.add_column("days left", justify="right")
    for entry in shown:
        table.add_row(
            entry["id"],
            entry["team"],
            ", ".join(entry["entity_types"]),
            "everywhere" if entry["paths"] is None else escape(", ".join(entry["paths"])),
            entry["lowers_to"],
            entry["state"],
            entry["expires"],
            str(entry["days_left"]),
        )
    out.print(table)


def _shown(exception: PolicyException, now_s: float) -> dict[str, Any]:
    days_left = exception.days_left(now_s)
    waiting = "pending" if days_left else "expired"
    paths = exception.paths
    return {
        "id": exception.id,
        "team": exception.team,
        "entity_types": sorted(exception.entity_types),
        "paths": None if paths is None else [path.text for path in paths],
        "lowers_to": exception.lowers_to.label,
        "reason": exception.reason,
        "approved_by": list(exception.approved_by),
        "approved_on": exception.approved_on.isoformat(),
        "expires": exception.expires.isoformat(),
        "state": "live" if exception.is_live(now_s) else waiting,
        "days_left": days_left,
    }
