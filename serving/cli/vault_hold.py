"""`ringfence vault hold …`: what must not go until somebody says so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any

import typer

from router.accounts.people.permissions import Permission
from router.audit.vault.holds import (
    Hold,
    OfRequest,
    OfSubject,
    OfTime,
    lift_hold,
    list_holds,
    place_hold,
)
from router.store.database import reading
from serving.cli.actor import require_actor
from serving.cli.options import STATE_DIR, AsJson, StateDir
from serving.cli.output import out, print_json
from serving.cli.particulars import particulars
from serving.cli.today import days
from serving.cli.vault_options import Reason, Request, Subject, Team, Until, subject_of
from serving.cli.vault_state import OpenVault, open_vault, shown_time

app = typer.Typer(help="Keep texts from erasure and pruning.", no_args_is_help=True)


@app.command("place")
def place(
    reason: Reason,
    request: Request = None,
    team: Team = None,
    subject: Subject = None,
    first: Annotated[str | None, typer.Option("--from", help="The first day, in UTC.")] = None,
    last: Until = None,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Hold a request, a subject of a team, or a team's requests of some days.

    Needs one of the roles auditor and admin. A recorded act.

    Example: ringfence vault hold place --team claims --from 2026-10-01 --reason "suit 12/26"
    """
    actor = require_actor(state_dir, Permission.PLACE_HOLDS)
    with open_vault(state_dir) as vault:
        covers = _scope(vault, request, team, subject, (first, last))
        with vault.engine.begin() as connection:
            hold_id = place_hold(connection, covers, actor=actor, reason=reason, now_s=time.time())
    if as_json:
        print_json({"id": hold_id})
    else:
        out.print(hold_id, markup=False)


@app.command("lift")
def lift(
    hold_id: Annotated[str, typer.Argument(help="The id that `vault hold list` shows.")],
    reason: Reason,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Lift a hold; what waited for that goes within the hour.

    Needs one of the roles auditor and admin. A recorded act.

    Example: ringfence vault hold lift 0199d2c4-7b1e-7c55-9a51-0e2d5a1f6b3c --reason "settled"
    """
    actor = require_actor(state_dir, Permission.PLACE_HOLDS)
    with open_vault(state_dir) as vault, vault.engine.begin() as connection:
        lift_hold(connection, hold_id, actor=actor, reason=reason, now_s=time.time())
    if as_json:
        print_json({"id": hold_id, "lifted": True})
    else:
        out.print("lifted", markup=False)


@app.command("list")
def show(state_dir: StateDir = STATE_DIR, as_json: AsJson = False) -> None:
    """List all holds, those that were lifted included. Needs one of the roles auditor and admin.

    Example: ringfence vault hold list --json
    """
    require_actor(state_dir, Permission.PLACE_HOLDS)
    with open_vault(state_dir) as vault, reading(vault.engine).connect() as connection:
        holds = list_holds(connection)
    if as_json:
        print_json([_as_json(hold) for hold in holds])
        return
    if not holds:
        out.print("no holds", markup=False)
        return
    for hold in holds:
        out.print(hold.id, markup=False)
        out.print(particulars(_particulars(hold)))


def _scope(
    vault: OpenVault,
    request: str | None,
    team: str | None,
    subject: str | None,
    between: tuple[str | None, str | None],
) -> OfRequest | OfSubject | OfTime:
    first, last = between
    match request, team, subject, first:
        case str(), None, None, None if last is None:
            return OfRequest(request)
        case None, str(), str(), None if last is None:
            return OfSubject(team, vault.digest(team, subject_of(subject)))
        case None, str(), None, str():
            return OfTime(team, *days(first, last))
    raise typer.BadParameter("name a --request, or a --team with its --subject or its --from")


def _particulars(hold: Hold) -> Iterator[tuple[str, str]]:
    yield "covers", _covered(hold)
    yield "reason", hold.reason
    yield "placed", f"{shown_time(hold.placed_at_s)} by {hold.placed_by}"
    yield "lifted", "" if hold.lifted_at_s is None else shown_time(hold.lifted_at_s)


def _covered(hold: Hold) -> str:
    match hold.covers:
        case OfRequest(request_id):
            return f"request {request_id}"
        case OfSubject(team, subject):
            return f"subject {subject[:12]}… of {team}"
        case OfTime(team, from_s, to_s):
            return f"{team}, {shown_time(from_s)} to {shown_time(to_s)}"


def _as_json(hold: Hold) -> dict[str, Any]:
    kind = {OfRequest: "request", OfSubject: "subject", OfTime: "time"}[type(hold.covers)]
    return asdict(hold) | {"covers": {"kind": kind, **asdict(hold.covers)}}
