"""`ringfence feedback …`: what callers thought of answers."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from router.accounts.people.permissions import Permission
from router.audit.acts import Act, record_act
from router.clock import SystemClock
from router.domain import JsonObject
from router.feedback.reading import Given, given
from router.feedback.texts import read_notes
from router.store.database import reading
from serving.cli.actor import require_actor
from serving.cli.costs_period import Since, Until, period
from serving.cli.options import STATE_DIR, AsJson, StateDir
from serving.cli.output import counted, cures, out, print_json
from serving.cli.policy_records import opened
from serving.cli.state import existing
from serving.cli.vault_options import Reason, RequestId, Team
from serving.cli.vault_state import open_vault, shown_time

app = typer.Typer(
    help="What callers said of answers by POST /v1/feedback; docs/guides/feedback.md.",
    no_args_is_help=True,
)


@app.command("list")
def list_feedback(
    since: Since = None,
    until: Until = None,
    team: Team = None,
    latest: Annotated[
        bool, typer.Option("--latest", help="Of each key and request only what it said last.")
    ] = False,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """List scores and labels that were given in a time, oldest first; texts stay in the vault.

    Needs the role auditor, and is recorded.

    Example: ringfence feedback list --since 7d --team claims
    """
    days = period(since, until)
    actor = require_actor(state_dir, Permission.READ_RECORDS_OF_ALL_TEAMS)
    with cures(), opened(existing(state_dir)) as engine:
        with reading(engine).connect() as connection:
            rows = list(given(connection, days.from_s, days.to_s, team=team, latest=latest))
        details: JsonObject = {"from_s": days.from_s, "to_s": days.to_s, "feedback": len(rows)}
        with engine.begin() as connection:
            record_act(connection, Act("feedback.read", actor.name, "", details), time.time())
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    out.print(_table(rows))
    out.print(counted(len(rows), "piece of feedback", "pieces of feedback"), markup=False)


@app.command("read")
def read(
    request_id: RequestId,
    reason: Reason,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Print the corrections and comments on one request that the vault has kept.

    Needs the role auditor. That they were read, by whom and why, is in the log before they are
    printed. `ringfence vault read --part feedback` reads the same.

    Example: ringfence feedback read 0199d2c4-7b1e-7c55-9a51-0e2d5a1f6b3c --reason "complaint 4711"
    """
    actor = require_actor(state_dir, Permission.READ_TEXTS)
    with open_vault(state_dir) as vault:
        notes = read_notes(
            vault.engine, vault.wrapper(), SystemClock(), request_id, actor=actor, reason=reason
        )
    if as_json:
        print_json([note.as_json() for note in notes])
        return
    for note in notes:
        out.print(f"{shown_time(note.given_at_s)}  {note.feedback_id}", markup=False)
        for name, text in note.said.items():
            out.print(f"  {name}: {text}", markup=False)


def _table(rows: list[Given]) -> Table:
    table = Table(box=None)
    for name in ("given", "request", "team", "model", "task", "score", "label", "text"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(
            shown_time(row.given_at_s),
            row.request_id,
            escape(row.team),
            escape(row.model or "none"),
            row.task or "unknown",
            "" if row.score is None else f"{row.score:g}",
            row.label or "",
            "kept" if row.has_text else "",
        )
    return table
