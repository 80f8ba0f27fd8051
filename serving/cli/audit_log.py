"""`ringfence audit …`: verify the log, prove from it, export it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from router.accounts.people.permissions import Permission
from router.audit.log.checkpoint import parse_note, stored_notes
from router.audit.log.export import Selection
from router.audit.log.merkle_check import extends, includes
from router.audit.log.prove import consistency as prove_consistency
from router.audit.log.prove import prove as prove_request
from router.store.database import reading
from serving.cli import audit_vault
from serving.cli.actor import require_actor
from serving.cli.audit_export import write_recorded
from serving.cli.audit_key import key
from serving.cli.audit_state import open_log, shortened, table_of
from serving.cli.audit_verify import verify
from serving.cli.options import STATE_DIR, AsJson, StateDir
from serving.cli.output import counted, fail, out, print_json
from serving.cli.today import days
from serving.cli.vault_state import shown_time

app = typer.Typer(help="Verify the audit log, prove from it, export it.", no_args_is_help=True)
app.command()(verify)
app.command()(key)
app.add_typer(audit_vault.app)


@app.command()
def prove(
    request_id: Annotated[str, typer.Argument(help="The request, by the id of its record.")],
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Prove that a request's decision and outcome are in the log that was signed last.

    Example: ringfence audit prove 0199d2c4-7b1e-7c55-9a51-0e2d5a1f6b3c
    """
    with open_log(state_dir) as (engine, public_key), reading(engine).connect() as connection:
        proof = prove_request(connection, request_id)
        if proof.note is None or not proof.entries:
            fail(
                "no checkpoint covers this request yet: try again in a minute, while a gateway runs"
            )
        signed = parse_note(proof.note, public_key)
    for entry in proof.entries:
        if not includes(signed.root, signed.size, entry.leaf_hash, entry.seq, entry.inclusion):
            fail(f"place {entry.seq} is not in the signed log: ringfence audit verify says more")
    if as_json:
        entries = [
            {
                "seq": entry.seq,
                "entry_id": entry.entry_id,
                "kind": entry.kind,
                "leaf_hash": entry.leaf_hash.hex(),
                "inclusion": [each.hex() for each in entry.inclusion],
            }
            for entry in proof.entries
        ]
        shown = {"request_id": request_id, "checkpoint": proof.note, "entries": entries}
        print_json(shown | {"waiting": list(proof.waiting)})
        return
    table = table_of("kind", "place", "entry", "leaf hash", "hashes")
    for entry in proof.entries:
        above = str(len(entry.inclusion))
        table.add_row(entry.kind, str(entry.seq), entry.entry_id, shortened(entry.leaf_hash), above)
    out.print(table)
    for kind in proof.waiting:
        out.print(f"its {kind} is not covered yet", markup=False)
    out.print(f"in the log of {signed.size}, signed {shown_time(signed.timestamp_s)}", markup=False)


@app.command()
def consistency(
    old: Annotated[int, typer.Argument(help="The smaller size.", min=0)],
    new: Annotated[int, typer.Argument(help="The larger size.", min=0)],
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Prove that the log of one size begins with all of the log of another.

    Example: ringfence audit consistency 1000 2500
    """
    with open_log(state_dir) as (engine, _), reading(engine).connect() as connection:
        found = prove_consistency(connection, old, new)
    if not extends(found.old_root, old, found.new_root, new, found.proof):
        fail("the log contradicts itself: ringfence audit verify says where")
    proof = [each.hex() for each in found.proof]
    roots = {"old_root": found.old_root.hex(), "new_root": found.new_root.hex()}
    if as_json:
        print_json({"old_size": old, "new_size": new, **roots, "proof": proof})
        return
    for line in (f"{old} {roots['old_root']}", f"{new} {roots['new_root']}", *proof):
        out.print(line, markup=False)


@app.command()
def checkpoints(
    count: Annotated[int, typer.Option(help="How many, the latest first.", min=1)] = 20,
    notes: Annotated[bool, typer.Option("--notes", help="Print what was signed.")] = False,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """List the latest checkpoints. Kept elsewhere, their notes are witnesses for `verify`.

    Example: ringfence audit checkpoints --count 1 --notes > checkpoint-of-today
    """
    with open_log(state_dir) as (engine, public_key), reading(engine).connect() as connection:
        stored = stored_notes(connection, count)
        signed = [parse_note(note, public_key) for note in stored]
    if notes:
        for note in stored:
            typer.echo(note)
    elif as_json:
        print_json([asdict(each) | {"root": each.root.hex()} for each in signed])
    else:
        table = table_of("size", "signed", "root")
        for each in signed:
            table.add_row(str(each.size), shown_time(each.timestamp_s), shortened(each.root))
        out.print(table)


@app.command()
def export(
    output: Annotated[Path, typer.Option("--output", "-o", help="The bundle's file, a new one.")],
    request: Annotated[str | None, typer.Option(help="The id of one request.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="The first day, in UTC.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="The last day; today.")] = None,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Write records and their proofs to a file that deploy/verify_bundle.py verifies offline.

    Needs the role auditor, and is recorded.

    Example: ringfence audit export --from 2026-10-01 --to 2026-10-31 -o october.json
    """
    if (request is None) == (first is None):
        raise typer.BadParameter("name one request with --request, or a first day with --from")
    actor = require_actor(state_dir, Permission.READ_RECORDS_OF_ALL_TEAMS)
    with open_log(state_dir) as (engine, public_key):
        selection = Selection(request_id=request)
        if first is not None:
            from_s, to_s = days(first, last)
            selection = Selection(from_s=from_s, to_s=to_s)
        done = write_recorded(engine, public_key, selection, output, actor.name)
    if as_json:
        print_json({"file": str(output), **asdict(done)})
        return
    out.print(f"{counted(done.entries, 'entry', 'entries')} in {output}", markup=False)
    if done.waiting:
        out.print(
            f"{counted(done.waiting, 'more is', 'more are')} not in it: no signed checkpoint "
            "covers that yet",
            markup=False,
        )
