"""`ringfence vault erase` and `erasures`: what is to be gone, what is, and what waits for what."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

import typer
from rich.table import Table

from router.accounts.people.permissions import Permission
from router.audit.vault.erasing import erase_all
from router.audit.vault.erasure import Erasure, pending_erasures
from router.audit.vault.erasure_scope import OfTeam, Target
from router.audit.vault.holds import OfRequest, OfSubject
from router.clock import SystemClock
from router.store.database import reading
from serving.cli.actor import require_actor
from serving.cli.options import MODELS, POLICY, STATE_DIR, AsJson, Models, Policy, StateDir
from serving.cli.output import counted, err, out, print_json
from serving.cli.vault_options import Everything, Reason, Request, Subject, Team, subject_of
from serving.cli.vault_state import OpenVault, open_vault, shown_time


def erase(
    reason: Reason,
    team: Team = None,
    subject: Subject = None,
    request: Request = None,
    everything: Everything = False,
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Erase the texts of a subject, of one request, or of a whole team, and destroy their keys.

    At once, but for what a legal hold or the policy's minimum retention keeps: that goes by itself
    when it may. What is under way now is not kept any more, even of whom the vault has nothing yet.
    Asked for again while it waits, it is the same erasure, of what came since, too. The log
    stays whole. Needs the role admin. Exit status: 0 done or waiting, 1 where the vault has nothing
    of them.

    Example: ringfence vault erase --team claims --subject patient-17 --reason "their request"
    """
    actor = require_actor(state_dir, Permission.ERASE_SUBJECTS)
    with open_vault(state_dir) as vault:
        target = _target(vault, (team, subject, request), everything)
        rules = vault.rules(models, policy).policy.vault
        with err.status("erasing") as status:
            erased = erase_all(
                vault.engine,
                target,
                rules,
                actor=actor,
                reason=reason,
                clock=SystemClock(),
                progress=lambda texts: status.update(f"{counted(texts, 'text')} erased"),
            )
    if as_json:
        print_json(_as_json(erased.erasure) | {"overwritten": erased.overwritten})
        return
    out.print(f"{erased.erasure.id}: {_said(erased.erasure)}", markup=False)
    if not erased.overwritten:
        err.print(
            "SQLite's write-ahead log still has earlier bytes, since somebody reads the database: "
            "a gateway's housekeeping empties it within the hour",
            style="yellow",
            markup=False,
        )


def list_erasures(
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """List the erasures that wait, and for what. Needs the role admin.

    Example: ringfence vault erasures --json
    """
    require_actor(state_dir, Permission.ERASE_SUBJECTS)
    with open_vault(state_dir) as vault:
        rules = vault.rules(models, policy).policy.vault
        with reading(vault.engine).connect() as connection:
            waiting = pending_erasures(connection, rules, time.time())
    if as_json:
        print_json([_as_json(each) for each in waiting])
        return
    if not waiting:
        out.print("no erasure waits", markup=False)
        return
    table = Table(box=None)
    table.add_column("id", no_wrap=True)
    for column in ("asked for", "state"):
        table.add_column(column)
    for each in waiting:
        table.add_row(each.id, shown_time(each.requested_at_s), _waits(each))
    out.print(table)


def _target(
    vault: OpenVault, named: tuple[str | None, str | None, str | None], everything: bool
) -> Target:
    match *named, everything:
        case None, None, str(request), False:
            return OfRequest(request)
        case str(team), str(subject), None, False:
            return OfSubject(team, vault.digest(team, subject_of(subject)))
        case str(team), None, None, True:
            return OfTeam(team)
    raise typer.BadParameter("name --team and --subject, --team and --everything, or a --request")


def _as_json(erasure: Erasure) -> dict[str, Any]:
    said = asdict(erasure)
    del said["more"]
    return said


def _said(erasure: Erasure) -> str:
    done = (
        f"erased {counted(erasure.texts_erased, 'text')} and "
        f"{counted(erasure.keys_destroyed, 'key')}"
    )
    return done if erasure.done else f"{done}; {_waits(erasure)}"


def _waits(erasure: Erasure) -> str:
    reasons = []
    if erasure.held:
        reasons.append("for a legal hold to be lifted")
    if erasure.until_s is not None:
        reasons.append(f"until {shown_time(erasure.until_s)}, the end of minimum retention")
    left = erasure.texts_left
    what = counted(left, "text waits", "texts wait") if left else "what is left waits"
    return f"{what} {' and '.join(reasons) or 'for the next housekeeping'}"
