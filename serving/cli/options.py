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
        " A password belongs into the environment: others see options.",
        envvar="RINGFENCE_DATABASE_URL",
        show_envvar=True,
    ),
]
Models: TypeAlias = Annotated[Path, typer.Option(help="The registry of models.")]
Policy: TypeAlias = Annotated[Path, typer.Option(help="The routing policy.")]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

STATE_DIR = DEFAULT_STATE_DIR
MODELS = Path("models.yaml")
POLICY = Path(router.__file__).parent / "policy.yaml"

EXIT_FAILED = 1
EXIT_NOT_RUNNING = 3
