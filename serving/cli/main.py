"""`ringfence`: starts, stops and asks a cluster, checks its configuration, makes its keys."""

from __future__ import annotations

import typer

from serving.cli import (
    apply,
    audit_log,
    audit_vault,
    bench,
    check,
    compliance,
    costs,
    down,
    drain,
    drill,
    evals,
    evidence,
    exceptions,
    feedback,
    gate,
    hardware,
    keys,
    limits,
    mlflow,
    models,
    people,
    plan,
    policy,
    render,
    route,
    scale,
    simulator,
    status,
    up,
    vault,
    weights,
)
from serving.cli.settling import settling

app = typer.Typer(
    name="ringfence",
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


app.command("up")(up.up)
app.command("status")(status.status)
app.command("apply")(apply.apply)
app.command("scale")(scale.scale)
app.command("drain")(drain.drain_command)
app.command("down")(down.down)
app.command("check")(check.check)
app.command("exceptions")(exceptions.exceptions)
app.add_typer(keys.app, name="keys")
app.add_typer(people.app, name="break-glass")
app.command("limits")(limits.limits)
app.add_typer(models.app, name="models")
app.add_typer(weights.app, name="weights")
app.add_typer(mlflow.app, name="mlflow")
app.add_typer(hardware.app, name="hardware")
app.command("plan")(plan.plan)
app.add_typer(render.app, name="render")
app.add_typer(policy.app, name="policy")
app.command("compliance")(compliance.compliance)
app.command("evidence")(evidence.evidence)
app.add_typer(route.app, name="route")
app.add_typer(evals.app, name="evals")
app.command("gate")(gate.gate)
app.command("costs")(costs.costs)
app.command("drill")(drill.drill)
app.add_typer(feedback.app, name="feedback")
audit_log.app.add_typer(audit_vault.app)
app.add_typer(audit_log.app, name="audit")
app.add_typer(vault.app, name="vault")
app.command("simulator")(simulator.simulator)
app.add_typer(bench.app, name="bench")

if __name__ == "__main__":
    app()
