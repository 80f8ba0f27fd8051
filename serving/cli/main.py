"""`ringfence`: starts, stops and asks a cluster, checks its configuration, makes its keys."""

from __future__ import annotations

import typer

from serving.cli import bench, check, down, exceptions, keys, simulator, status, up

app = typer.Typer(
    name="ringfence",
    help=(
        "A private inference cluster: sensitive requests stay on-prem.\n\n"
        "Exit status: 0 done, 1 failed, 2 wrong usage, 3 no cluster runs."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
app.command("up")(up.up)
app.command("status")(status.status)
app.command("down")(down.down)
app.command("check")(check.check)
app.command("exceptions")(exceptions.exceptions)
app.add_typer(keys.app, name="keys")
app.command("simulator")(simulator.simulator)
app.add_typer(bench.app, name="bench")

if __name__ == "__main__":
    app()
