"""Options that several commands share, and what stands for them when they are not given."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

import router
from serving.cluster.paths import DEFAULT_STATE_DIR

StateDir: TypeAlias = Annotated[
    Path,
    typer.Option(help="Where keys, records and secrets are kept.", envvar="RINGFENCE_STATE_DIR"),
]
DatabaseUrl: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="PostgreSQL instead of a file in the state directory; kept there for later starts."
        " With a password in it, say it in RINGFENCE_DATABASE_URL: others see options.",
    ),
]
Models: TypeAlias = Annotated[Path, typer.Option(help="The registry of models.")]
Policy: TypeAlias = Annotated[Path, typer.Option(help="The routing policy.")]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def _said(text: str | None) -> str | None:
    """Raises BadParameter for a reason that says nothing, or too much."""
    if text is None:
        return None
    if not text.strip() or len(text) > MAX_REASON:
        raise typer.BadParameter(f"say why, in at most {MAX_REASON:,} characters")
    return text.strip()


Reason: TypeAlias = Annotated[str, typer.Option(help="Why; it is kept in the log.", callback=_said)]
ReasonIfAny: TypeAlias = Annotated[
    str | None, typer.Option("--reason", help="Why; it is kept in the log.", callback=_said)
]

STATE_DIR = DEFAULT_STATE_DIR
MODELS = Path("models.yaml")
POLICY = Path(router.__file__).parent / "policy.yaml"

THROUGHPUT_RESULTS = Path("benchmarks/results/throughput")

MAX_REASON = 1_000

EXIT_FAILED = 1
EXIT_NOT_RUNNING = 3
