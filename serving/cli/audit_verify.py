"""`ringfence audit verify`"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from router.audit.log.checkpoint import split_notes
from router.audit.log.faults import Verification
from router.audit.log.verify import verify as verify_log
from serving.cli.audit_state import open_log
from serving.cli.options import EXIT_FAILED, STATE_DIR, AsJson, StateDir
from serving.cli.output import Steps, counted, err, out, print_json


def verify(
    witness: Annotated[
        list[Path] | None,
        typer.Option(help="A file of checkpoints that were kept elsewhere; may be repeated."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(help="The log's key, or a file that has it; the one of this machine if not."),
    ] = None,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Verify the whole log: every entry, every root, every signature. Exit status 1 if any fails.

    Only a witness can show that a whole log was rolled back to what it once was; only a key that
    was kept elsewhere (`audit key`), that it was not written anew under another.

    Example: ringfence audit verify --key key-of-the-log --witness /mnt/elsewhere/checkpoints
    """
    with open_log(state_dir, key) as (engine, public_key), Steps() as steps:
        notes = [note for file in witness or () for note in split_notes(_text(file))]
        steps.begin("verify the log")
        found = verify_log(
            engine,
            public_key,
            witnesses=notes,
            progress=lambda done, size: steps.say(f"{done:,} of {size:,} entries"),
        )
    if as_json:
        print_json(asdict(found) | {"ok": found.ok, "root": found.root.hex()})
    else:
        _print(found)
    if not found.ok:
        raise typer.Exit(EXIT_FAILED)


def _text(file: Path) -> str:
    """Raises ValueError for what cannot be read as text."""
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{file} is no file of checkpoints: they are text") from None


def _print(found: Verification) -> None:
    # Whole lines for programs; between words for people.
    for fault in found.faults:
        err.print(str(fault), style="red", markup=False, soft_wrap=not err.is_terminal)
    if (more := found.faults_total - len(found.faults)) > 0:
        err.print(f"and {more} more", style="red", markup=False)
    table = Table(box=None, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for name, number in (
        ("entries in the log", found.size),
        ("of which signed", found.signed),
        ("of which pruned", found.pruned),
        ("entries that wait for a place", found.pending),
        ("checkpoints", found.checkpoints),
        ("witnesses", found.witnesses),
        ("rows from before the log", found.before_log),
        ("faults", found.faults_total),
    ):
        table.add_row(name, f"{number:,}")
    out.print(table)
    for note in _notes(found):
        out.print(note, markup=False, soft_wrap=not out.is_terminal)


def _notes(found: Verification) -> Iterator[str]:
    """What a whole log does not vouch for, in words."""
    if found.pending:
        yield (
            f"{counted(found.pending, 'entry waits', 'entries wait')} for a place: one that is "
            "deleted before it has one is not missed. A gateway gives places within a second; "
            "while none runs, the next command that is recorded does."
        )
    if found.size > found.signed:
        yield (
            f"{counted(found.size - found.signed, 'entry', 'entries')} at the end not signed yet: "
            "whoever has the database can still write that end anew. While a gateway runs, signing "
            "takes a minute."
        )
    if found.pruned_bare:
        yield (
            f"Of {counted(found.pruned_bare, 'pruned entry', 'pruned entries')} an earlier release "
            "kept no digest of id, kind, request and time: nothing vouches for those."
        )
    if found.moves_bare:
        yield (
            f"Of {counted(found.moves_bare, 'move')} of models an act was pruned: nothing vouches "
            "for what only that had said."
        )
    if not found.began and (found.size or found.before_log):
        yield (
            "What there was before the log is not in it yet: a row that is dated before it is "
            "believed. The next start, or the next command that is recorded, writes it down."
        )
