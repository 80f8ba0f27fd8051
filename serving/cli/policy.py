"""`ringfence policy …`: reading, proving, comparing and applying routing policies."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Annotated

import typer

from router.errors import ConfigError
from router.policy.lint import lint as lint_rules
from router.policy.load import load_rules
from router.policy.ways import ways
from serving.cli import policy_apply, policy_diff, policy_explain, policy_simulate
from serving.cli.options import EXIT_FAILED, MODELS, POLICY, AsJson, Models, Policy
from serving.cli.output import counted, err, out, print_json

app = typer.Typer(help="Check, explain, compare and apply routing policies.", no_args_is_help=True)
app.command("explain")(policy_explain.explain)
app.command("simulate")(policy_simulate.simulate)
app.command("diff")(policy_diff.diff)
app.command("apply")(policy_apply.apply)
app.command("show")(policy_apply.show)


@app.command()
def lint(
    models: Models = MODELS,
    policy: Policy = POLICY,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings are failures.")] = False,
    as_json: AsJson = False,
) -> None:
    """Find what a policy says in vain: dead and shadowed rules, models that nothing reaches.

    Errors are what it could not be served with. Exit status: 0, or 1 for errors, and for warnings
    with --strict.

    Example: ringfence policy lint --policy router/policy.yaml --strict
    """
    try:
        found = [("warning", each) for each in lint_rules(load_rules(models, policy), time.time())]
    except ConfigError as error:
        found = [("error", problem) for problem in error.problems]
    failed = any(strict or severity == "error" for severity, _ in found)
    if as_json:
        print_json([{"severity": severity, **asdict(problem)} for severity, problem in found])
    else:
        for severity, problem in found:
            style = "red" if severity == "error" else "yellow"
            err.print(f"{severity}: {problem}", style=style, markup=False)
        out.print(counted(len(found), "finding") if found else "nothing found", markup=False)
    if failed:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def prove(models: Models = MODELS, policy: Policy = POLICY, as_json: AsJson = False) -> None:
    """Prove that no way through the policy ends at a model that may not see what is sent along it.

    Ways are those that are written: routes, stakes, models' names, and fallbacks of fallbacks.
    Where the proof fails, each problem is a witness. Exit status: 0 proven, 1 not.

    Example: ringfence policy prove --models models.yaml --policy router/policy.yaml
    """
    try:
        rules = load_rules(models, policy)
    except ConfigError as error:
        if as_json:
            print_json({"proven": False, "problems": [asdict(each) for each in error.problems]})
        else:
            err.print(f"not proven\n{error}", style="red", markup=False)
        raise typer.Exit(EXIT_FAILED) from None
    count = sum(1 for _ in ways(rules))
    if as_json:
        print_json({"proven": True, "ways": count, "digest": rules.policy.digest})
    else:
        out.print(f"proven: {counted(count, 'way')}, {rules.policy.digest}", markup=False)
