"""Options that the vault's commands share."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

RequestId: TypeAlias = Annotated[str, typer.Argument(help="The id of the request.")]
Reason: TypeAlias = Annotated[str, typer.Option(help="Why; it is kept in the log.")]
Team: TypeAlias = Annotated[str | None, typer.Option(help="The team whose requests they are.")]
Subject: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="Whom they are about, as x-ringfence-subject had it; - reads it from standard input."
    ),
]
Everything: TypeAlias = Annotated[
    bool, typer.Option("--everything", help="All of the team, whomever it is about.")
]
Request: TypeAlias = Annotated[str | None, typer.Option(help="The id of one request.")]
Since: TypeAlias = Annotated[str, typer.Option("--from", help="The first day, in UTC.")]
Until: TypeAlias = Annotated[str | None, typer.Option("--to", help="The last day; today.")]


def subject_of(said: str) -> str:
    """A name on the command line is in the shell's history; one on standard input is not."""
    if said != "-":
        return said
    return typer.get_text_stream("stdin").readline().strip()
