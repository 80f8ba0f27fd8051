"""`ringfence vault …`: texts read, compared and erased, each of it a recorded act."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from router.accounts.people.permissions import Permission
from router.audit.vault.erasure import Erasure, erase, pending_erasures
from router.audit.vault.holds import OfRequest, OfSubject
from router.audit.vault.reading import VaultReader
from router.audit.vault.rules import Part
from router.clock import SystemClock
from router.store.database import reading
from serving.cli import vault_hold, vault_keys
from serving.cli.actor import require_actor
from serving.cli.options import (
    EXIT_FAILED,
    MODELS,
    POLICY,
    STATE_DIR,
    AsJson,
    Models,
    Policy,
    StateDir,
)
from serving.cli.output import out, print_json
from serving.cli.vault_options import Reason, Request, RequestId, Subject, Team, subject_of
from serving.cli.vault_state import open_vault, shown_time
from serving.cluster.private_files import write_private

app = typer.Typer(
    help="Read, hold and erase the texts that the policy keeps; every act is recorded.",
    no_args_is_help=True,
)
app.add_typer(vault_hold.app, name="hold")
app.command("rotate")(vault_keys.rotate)
app.command("rewrap")(vault_keys.rewrap)

WhichPart = Annotated[Part, typer.Option(help="What was asked, or what was answered.")]


@app.command("read")
def read(
    request_id: RequestId,
    reason: Reason,
    part: WhichPart = Part.INPUT,
    to: Annotated[
        Path | None, typer.Option("--out", help="A file for it, of mode 0600; else it is printed.")
    ] = None,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Print a text that was kept: the body as canonical JSON, or {"texts": [...]} of an answer.

    Needs the role auditor. That it was read, by whom and why, is in the log before it is printed.

    Example: ringfence vault read 0199d2c4-7b1e-7c55-9a51-0e2d5a1f6b3c --reason "complaint 4711"
    """
    actor = require_actor(state_dir, Permission.READ_TEXTS)
    with open_vault(state_dir) as vault:
        reader = VaultReader(vault.engine, vault.wrapper(), SystemClock())
        text = reader.read_text(request_id, part, actor, reason)
    if to is None:
        typer.echo(text)
    else:
        write_private(to, text)


@app.command("compare")
def compare(
    request_id: RequestId,
    file: Annotated[Path, typer.Argument(help="What may be the text: JSON, or an answer's words.")],
    reason: Reason,
    part: WhichPart = Part.INPUT,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Say whether a file is the text that a record has the digest of, kept or not.

    Needs the role auditor, and is recorded. Exit status: 0 it is, 1 it is not.

    Example: ringfence vault compare 0199d2c4-7b1e-7c55-9a51-0e2d5a1f6b3c body.json --reason audit
    """
    actor = require_actor(state_dir, Permission.READ_TEXTS)
    with open_vault(state_dir) as vault:
        try:
            text = file.read_bytes()
        except OSError as error:
            raise ValueError(f"{file} cannot be read: {error.strerror}") from None
        reader = VaultReader(vault.engine, vault.wrapper(), SystemClock())
        same = reader.matches(request_id, part, text, actor, reason)
    if as_json:
        print_json({"request_id": request_id, "part": part.value, "matches": same})
    else:
        out.print("it is the text" if same else "it is another text", markup=False)
    if not same:
        raise typer.Exit(EXIT_FAILED)


@app.command("erase")
def erase_texts(
    reason: Reason,
    team: Team = None,
    subject: Subject = None,
    request: Request = None,
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Destroy the key of a subject, or of one request, and with it all that is under it.

    At once, but for what a legal hold or the policy's minimum retention keeps: that goes by itself
    when it may. The log stays whole. Needs the role admin. Exit status: 0 done or waiting, 1 where
    the vault has nothing of them.

    Example: ringfence vault erase --team claims --subject patient-17 --reason "their request"
    """
    actor = require_actor(state_dir, Permission.ERASE_SUBJECTS)
    with open_vault(state_dir) as vault:
        target: OfSubject | OfRequest
        if request is not None and team is None and subject is None:
            target = OfRequest(request)
        elif request is None and team is not None and subject is not None:
            target = OfSubject(team, vault.digest(team, subject_of(subject)))
        else:
            raise typer.BadParameter("name --team and --subject, or a --request")
        rules = vault.rules(models, policy).policy.vault
        with vault.engine.begin() as connection:
            done = erase(connection, target, rules, actor=actor, reason=reason, now_s=time.time())
    if as_json:
        print_json(asdict(done))
    else:
        out.print(f"{done.id}: {_said(done)}", markup=False)


@app.command("erasures")
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
        print_json([asdict(each) for each in waiting])
        return
    if not waiting:
        out.print("no erasure waits", markup=False)
        return
    table = Table(box=None)
    table.add_column("id", no_wrap=True)
    for column in ("asked for", "state"):
        table.add_column(column)
    for each in waiting:
        table.add_row(each.id, shown_time(each.requested_at_s), _said(each))
    out.print(table)


def _said(erasure: Erasure) -> str:
    if erasure.done:
        return "erased"
    waits = []
    if erasure.held:
        waits.append("for a legal hold to be lifted")
    if erasure.until_s is not None:
        waits.append(f"until {shown_time(erasure.until_s)}, the end of minimum retention")
    what = f"{erasure.texts_left} texts wait" if erasure.texts_left else "the key waits"
    return f"{what} {' and '.join(waits) or 'for the next housekeeping'}"
