"""Options that the commands share by which models are moved."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from router.lifecycle.requirements import EvidenceKind

Key: TypeAlias = Annotated[str, typer.Argument(help="ID@VERSION, as `models list` shows it.")]
MoveId: TypeAlias = Annotated[str, typer.Argument(help="The id that `models list` shows.")]
Share: TypeAlias = Annotated[
    float | None, typer.Option(help="A canary's part of its champion's requests.")
]
Shown: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--evidence", help="KIND=FILE; evaluation, safety or bias. May be repeated."),
]


def parsed(shown: list[str] | None) -> list[tuple[EvidenceKind, Path]]:
    """What `--evidence` names. Raises BadParameter, which is wrong usage."""
    found = []
    for text in shown or []:
        kind, separator, path = text.partition("=")
        if not separator or not path or kind not in set(EvidenceKind):
            known = ", ".join(EvidenceKind)
            raise typer.BadParameter(f"--evidence takes KIND=FILE, where KIND is one of: {known}")
        found.append((EvidenceKind(kind), Path(path)))
    return found
