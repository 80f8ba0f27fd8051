"""`ringfence break-glass …`: a role for a time, with a reason, for all to see."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from router.accounts.people.grants import MAX_HOURS, Grant
from router.accounts.people.permissions import Permission
from router.domain import Role
from serving.cli.actor import require_actor
from serving.cli.options import STATE_DIR, AsJson, Reason, StateDir
from serving.cli.output import cures, fail, out, print_json
from serving.cli.particulars import particulars
from serving.cli.state import existing
from serving.cluster.accounts import open_break_glass

app = typer.Typer(help="Take a role for a time, in an emergency.", no_args_is_help=True)


@app.command("open")
def open_grant(
    role: Annotated[Role, typer.Option(help="The role to take.")],
    reason: Reason,
    hours: Annotated[
        float, typer.Option(help=f"For how long, at most {MAX_HOURS:g}; it ends by itself.")
    ] = 1.0,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Take a role for a time. The log has who, why and how long, and every gateway warns of it.

    Needs one of the roles operator, auditor and admin.

    Example: ringfence break-glass open --role auditor --reason "complaint 4711" --hours 1
    """
    paths = existing(state_dir)
    actor = require_actor(state_dir, Permission.BREAK_GLASS)
    with cures():
        grant = open_break_glass(paths).open(actor, role, reason, hours)
    if as_json:
        print_json(_shown(grant))
    else:
        until = _shown(grant)["expires"]
        out.print(f"{grant.id}: {grant.actor} is {role.value} until {until}", markup=False)


@app.command("close")
def close_grant(
    grant_id: Annotated[str, typer.Argument(help="The id that `break-glass list` shows.")],
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """End a grant before its time, one's own or another's.

    Needs one of the roles operator, auditor and admin.

    Example: ringfence break-glass close 0199d2c4-7b1e-7c55-9a51-0e2d5a1f6b3c
    """
    paths = existing(state_dir)
    actor = require_actor(state_dir, Permission.BREAK_GLASS)
    with cures():
        closed = open_break_glass(paths).close(actor, grant_id)
    if not closed:
        fail("there is no such grant that is still open: ringfence break-glass list")
    if as_json:
        print_json({"id": grant_id, "state": "closed"})
    else:
        out.print("closed", markup=False)


@app.command("list")
def list_grants(state_dir: StateDir = STATE_DIR, as_json: AsJson = False) -> None:
    """List all grants there ever were, and which of them are open.

    Example: ringfence break-glass list --json
    """
    with cures():
        grants = open_break_glass(existing(state_dir)).list()
    if as_json:
        print_json([_shown(grant) for grant in grants])
        return
    if not grants:
        out.print("no grants", markup=False)
        return
    for grant in grants:
        out.print(grant.id, markup=False)
        out.print(particulars(_particulars(grant)))


def _particulars(grant: Grant) -> Iterator[tuple[str, str]]:
    shown = _shown(grant)
    for name in ("actor", "role", "state", "expires", "reason"):
        yield name, shown[name]


def _shown(grant: Grant) -> dict[str, Any]:
    over = "closed" if grant.closed_at_s is not None else "expired"
    return {
        "id": grant.id,
        "actor": grant.actor,
        "role": grant.role.value,
        "reason": grant.reason,
        "state": "open" if grant.is_open(time.time()) else over,
        "opened_at_s": grant.opened_at_s,
        "expires_at_s": grant.expires_at_s,
        "closed_at_s": grant.closed_at_s,
        "expires": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(grant.expires_at_s)),
    }
