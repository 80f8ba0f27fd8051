"""`ringfence`: starts, stops and asks a cluster, checks its configuration, makes its keys."""

from __future__ import annotations

import typer

from serving.cli.lazy_group import lazy_group
from serving.cli.settling import settling

COMMANDS = {
    "up": "serving.cli.up:up",
    "status": "serving.cli.status:status",
    "apply": "serving.cli.apply:apply",
    "scale": "serving.cli.scale:scale",
    "drain": "serving.cli.drain:drain_command",
    "down": "serving.cli.down:down",
    "check": "serving.cli.check:check",
    "exceptions": "serving.cli.exceptions:exceptions",
    "keys": "serving.cli.keys:app",
    "break-glass": "serving.cli.people:app",
    "limits": "serving.cli.limits:limits",
    "models": "serving.cli.models:app",
    "weights": "serving.cli.weights:app",
    "mlflow": "serving.cli.mlflow:app",
    "hardware": "serving.cli.hardware:app",
    "plan": "serving.cli.plan:plan",
    "render": "serving.cli.render:app",
    "policy": "serving.cli.policy:app",
    "compliance": "serving.cli.compliance:compliance",
    "evidence": "serving.cli.evidence:evidence",
    "route": "serving.cli.route:app",
    "evals": "serving.cli.evals:app",
    "gate": "serving.cli.gate:gate",
    "costs": "serving.cli.costs:costs",
    "drill": "serving.cli.drill:drill",
    "feedback": "serving.cli.feedback:app",
    "audit": "serving.cli.audit_log:app",
    "vault": "serving.cli.vault:app",
    "simulator": "serving.cli.simulator:simulator",
    "bench": "serving.cli.bench:app",
}
"""In the order of `ringfence --help`."""

app = typer.Typer(
    name="ringfence",
    cls=lazy_group(COMMANDS),
    help=(
        "A private inference cluster: sensitive requests stay on-prem.\n\n"
        "Exit status: 0 done, 1 failed, 2 wrong usage, 3 no cluster runs, "
        "or a gate that is inconclusive."
    ),
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


@app.callback()
def _settling(context: typer.Context) -> None:
    context.with_resource(settling())


if __name__ == "__main__":
    app()
