"""`ringfence route`: whether to try a cheaper model first, and what may be promised of it."""

from __future__ import annotations

import typer

from serving.cli.route_advise import advise
from serving.cli.route_certify import certify
from serving.cli.route_train import train
from serving.cli.route_watch import watch

app = typer.Typer(
    name="route",
    help="Try a cheaper model first where that pays, and promise what is certified.",
    no_args_is_help=True,
)
app.command("advise")(advise)
app.command("certify")(certify)
app.command("train")(train)
app.command("watch")(watch)
