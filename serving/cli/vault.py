"""`ringfence vault …`: texts read and compared, each of it a recorded act; and the rest of it."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from router.accounts.people.actor import Actor
from router.accounts.people.permissions import Permission
from router.audit.vault.reading import VaultReader
from router.audit.vault.rules import Part
from router.clock import SystemClock
from router.feedback.texts import read_notes
from serving.cli import vault_erase, vault_hold, vault_keys
from serving.cli.actor import require_actor
from serving.cli.options import EXIT_FAILED, STATE_DIR, AsJson, StateDir
from serving.cli.output import out, print_json
from serving.cli.vault_options import Reason, RequestId
from serving.cli.vault_state import OpenVault, open_vault
from serving.cluster.private_files import write_private

app = typer.Typer(
    help="Read, hold and erase the texts that the policy keeps; every act is recorded.",
    no_args_is_help=True,
)
app.add_typer(vault_hold.app, name="hold")
app.command("erase")(vault_erase.erase)
app.command("erasures")(vault_erase.list_erasures)
app.command("rotate")(vault_keys.rotate)
app.command("rewrap")(vault_keys.rewrap)

WhichPart = Annotated[Part, typer.Option(help="What was asked, or what was answered.")]


class Kept(StrEnum):
    """What the vault may have of a request: its two texts, and what callers wrote about them."""

    INPUT = Part.INPUT.value
    OUTPUT = Part.OUTPUT.value
    FEEDBACK = "feedback"


WhichKept = Annotated[
    Kept, typer.Option(help="What was asked, what was answered, or what callers wrote about it.")
]


@app.command("read")
def read(
    request_id: RequestId,
    reason: Reason,
    part: WhichKept = Kept.INPUT,
    to: Annotated[
        Path | None, typer.Option("--out", help="A file for it, of mode 0600; else it is printed.")
    ] = None,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Print a text that was kept: the body as canonical JSON, or {"texts": [...]} of an answer.

    Of feedback it is a list, oldest first, with `correction`, `comment` or both of each piece.
    Needs the role auditor. That it was read, by whom and why, is in the log before it is printed.

    Example: ringfence vault read 0199d2c4-7b1e-7c55-9a51-0e2d5a1f6b3c --reason "complaint 4711"
    """
    actor = require_actor(state_dir, Permission.READ_TEXTS)
    with open_vault(state_dir) as vault:
        text = _text(vault, request_id, part, actor, reason)
    if to is not None:
        write_private(to, text)
    elif not as_json:
        typer.echo(text)
    if as_json:
        where = {"text": json.loads(text)} if to is None else {"file": str(to)}
        print_json({"request_id": request_id, "part": part.value, **where})


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


def _text(vault: OpenVault, request_id: str, part: Kept, actor: Actor, reason: str) -> bytes:
    """JSON. The act is committed before it is opened; raises what reading the vault raises."""
    wrapper, clock = vault.wrapper(), SystemClock()
    if part is Kept.FEEDBACK:
        notes = read_notes(vault.engine, wrapper, clock, request_id, actor=actor, reason=reason)
        return json.dumps([note.as_json() for note in notes], ensure_ascii=False).encode()
    reader = VaultReader(vault.engine, wrapper, clock)
    return reader.read_text(request_id, Part(part.value), actor, reason)
