"""`ringfence audit exposure` and `rescan`: what went out, and what should not have."""

from __future__ import annotations

import typer

from serving.cli.audit_exposure import exposure
from serving.cli.audit_rescan import rescan

app = typer.Typer(help="What went out, and what should not have.", no_args_is_help=True)
app.command("exposure")(exposure)
app.command("rescan")(rescan)
