"""`ringfence exceptions`: what is taken out of detection, for whom, and for how long."""

from __future__ import annotations

import time
from typing import Any

from rich.markup import escape
from rich.table import Table

from router.policy.load import load_rules
from router.privacy.exceptions import PolicyException
from serving.cli.options import MODELS, POLICY, AsJson, Models, Policy
from serving.cli.output import cures, out, print_json
from serving.cli.particulars import particulars


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
    table.add_column("id", overflow="fold")
    for column in ("team", "lowers to", "state", "expires"):
        table.add_column(column, overflow="fold")
    table.add_column("days left", justify="right")
    for entry in shown:
        cells = [entry[name] for name in ("id", "team", "lowers_to", "state", "expires")]
        table.add_row(*map(escape, cells), str(entry["days_left"]))
    out.print(table)
    for entry in shown:
        out.print(f"\n{entry['id']}", markup=False)
        paths = entry["paths"]
        out.print(
            particulars(
                [
                    ("entity types", ", ".join(entry["entity_types"])),
                    ("where", "everywhere" if paths is None else ", ".join(paths)),
                    ("approved by", ", ".join(entry["approved_by"])),
                    ("reason", entry["reason"]),
                ]
            )
        )


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
