"""`ringfence audit rescan`"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from router.accounts.people.actor import Actor
from router.accounts.people.permissions import Permission
from router.audit.vault.rescan import Higher, Range, Rescan, Rescanner
from router.clock import SystemClock
from router.errors import DetectionFailed
from router.policy.policy import Policy as RoutingPolicy
from serving.cli.actor import require_actor
from serving.cli.options import MODELS, POLICY, STATE_DIR, AsJson, Models, Policy, StateDir
from serving.cli.output import err, fail, out, print_json
from serving.cli.today import days
from serving.cli.vault_options import Reason, Since, Team, Until
from serving.cli.vault_state import OpenVault, open_vault, shown_time

DETECTOR_PROCESSES = 2


def rescan(
    reason: Reason,
    first: Since,
    last: Until = None,
    team: Team = None,
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Run this release's detector over kept inputs: which would be of a higher class now?

    Shows where each of them went, and never a text. Needs the role auditor. A recorded act.

    Example: ringfence audit rescan --from 2026-10-01 --reason "a new detector"
    """
    actor = require_actor(state_dir, Permission.RESCAN_TEXTS)
    with open_vault(state_dir) as vault:
        which = Range(*days(first, last), team)
        rules = vault.rules(models, policy).policy
        try:
            found = asyncio.run(_rescan(vault, rules, which, actor, reason))
        except DetectionFailed as error:
            fail(f"the detector does not start: {error}")
    if as_json:
        print_json(asdict(found) | {"higher": [_as_json(each) for each in found.higher]})
    else:
        _print(found)


async def _rescan(
    vault: OpenVault, policy: RoutingPolicy, which: Range, actor: Actor, reason: str
) -> Rescan:
    from serving.detection.pool import DetectorPool  # noqa: PLC0415

    detector = DetectorPool(
        workers=DETECTOR_PROCESSES,
        deadline_s=policy.detection_deadline_s,
        max_waiting=DETECTOR_PROCESSES,
        recognisers=policy.detection.recognisers,
    )
    rescanner = Rescanner(
        engine=vault.engine,
        wrapper=vault.wrapper(),
        detector=detector,
        rules=policy.detection,
        clock=SystemClock(),
    )
    await detector.start()
    try:
        with _bars() as bars:
            task = bars.add_task("texts", total=None)
            return await rescanner.run(
                which, actor, reason, lambda done, of: bars.update(task, completed=done, total=of)
            )
    finally:
        await detector.close()


def _bars() -> Progress:
    columns = (TextColumn("texts"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=err, disable=not err.is_terminal)


def _print(found: Rescan) -> None:
    table = Table(box=None)
    table.add_column("request", no_wrap=True)
    for column in ("team", "when", "was", "now", "found", "went to"):
        table.add_column(column)
    for each in found.higher:
        counts = ", ".join(f"{name} {count}" for name, count in each.entity_counts.items())
        table.add_row(
            each.request_id,
            each.team,
            shown_time(each.requested_at_s),
            each.was.label,
            each.now.label,
            "cannot be judged" if each.undetermined else counts,
            ", ".join((*each.models, *each.sent_to)) or "nobody",
        )
    if found.higher:
        out.print(table)
    out.print(
        f"{found.scanned} scanned, {len(found.higher)} would be of a higher class, "
        f"{found.unreadable} cannot be read",
        markup=False,
    )


def _as_json(each: Higher) -> dict[str, Any]:
    return asdict(each) | {"was": each.was.label, "now": each.now.label}
