"""`ringfence policy simulate`: where requests that were made would go, and at what cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from router.accounts.people.permissions import Permission
from router.escalation.codes import WORDS
from router.policy.load import load_rules
from router.policy.policy import Rules
from router.policy.simulate import Simulation
from router.policy.simulate import simulate as simulated
from router.policy.simulate_cascade import NONE
from router.policy.traffic import Made, of_lines
from serving.cli.actor import require_actor
from serving.cli.options import MODELS, POLICY, STATE_DIR, AsJson, Models, Policy, StateDir
from serving.cli.output import counted, cures, out, print_json
from serving.cli.policy_records import (
    NOTHING_SERVED,
    Days,
    records,
    serving_rules,
    use_records,
)
from serving.cli.state import existing
from serving.cli.today import day_of
from serving.cluster.paths import ClusterPaths

__all__ = ["records", "simulate"]

SERVING, RECORDED, NOTHING = "serving", "recorded", "nothing"


def simulate(
    file: Annotated[
        Path | None, typer.Argument(help="Requests, one JSON object a line; without it, records.")
    ] = None,
    first: Annotated[str | None, typer.Option("--from", help="The first day, in UTC.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="The last day; today.")] = None,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="POLICY|serving|recorded|nothing",
            help="What to compare with: another policy's file, what serves, or what happened."
            " What serves, if anything does.",
        ),
    ] = None,
    against_models: Annotated[
        Path | None, typer.Option(help="The registry of that file; the same as --models.")
    ] = None,
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Say where requests would go under a policy, before and after, and what they would cost.

    A line of FILE has some of team, purpose, class, choice, endpoint, private_only, tiers, stakes,
    task, stream, tools, cascade (allow or never), input_tokens and output_tokens; `class` it must
    have, and team and purpose are `default` and `general` where it does not say. Without a file it
    is the records of the last 30 days, or of --from and --to: that needs the role auditor, and is
    recorded. A request counts for the first model of its plan, and costs the registry's price of
    the tokens that it took; where a cheaper model is tried before, it is counted as such, and what
    that costs is not. Tasks are those of when the requests were made. Exit status: 0, or 1 for a
    file, a policy or a state directory that will not do.

    Example: ringfence policy simulate --from 2026-11-01 --policy new-policy.yaml
    """
    today = day_of(None)
    days = Days.month_until(day_of(last))
    if first is not None:
        days = replace(days, first=day_of(first))
    if file is not None and (first or last or against == RECORDED):
        raise typer.BadParameter("give a file, or days of records, and not both")
    with cures():
        rules = load_rules(models, policy)
        paths = ClusterPaths.of(state_dir) if file is not None else existing(state_dir)
        other, name = _compared_with(against, against_models or models, paths)

        def run(made: Iterable[Made]) -> Simulation:
            if name is None:
                made = (replace(each, planned=None) for each in made)
            return simulated(made, rules, today, other)

        if file is None:
            actor = require_actor(state_dir, Permission.READ_RECORDS_OF_ALL_TEAMS)
            result = use_records(paths, actor, days, run)
        else:
            result = run(of_lines(_lines(file), str(file)))
    if as_json:
        print_json({"compared_with": name, **result.as_json()})
        return
    out.print(_table(result) if result.is_compared else _table_alone(result))
    out.print(_tasks(result))
    for line in _cascades(result):
        out.print(line, markup=False)
    compared = f", {result.moved} of them elsewhere than under {name}" if name is not None else ""
    out.print(f"{counted(result.requests, 'request')}{compared}", markup=False)


def _compared_with(
    against: str | None, models: Path, paths: ClusterPaths
) -> tuple[Rules | None, str | None]:
    """Other rules, if it is rules, and what it is called; None for both is no comparison."""
    if against == NOTHING:
        return None, None
    if against == RECORDED:
        return None, "what happened"
    if against not in {None, SERVING}:
        return load_rules(models, Path(str(against))), str(against)
    rules = serving_rules(paths)
    if rules is not None:
        return rules, f"what serves, {rules.policy.digest}"
    if against == SERVING:
        raise ValueError(NOTHING_SERVED)
    return None, None


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        raise ValueError(f"{file} cannot be read as text: give a file of JSON") from None


def _table(result: Simulation) -> Table:
    table = _columns("before", "USD before", "after", "USD after")
    for name, before, after in result.destinations:
        cells = [str(before.requests), f"{before.usd:.4f}", str(after.requests), f"{after.usd:.4f}"]
        table.add_row(escape(name), *cells)
    return table


def _table_alone(result: Simulation) -> Table:
    table = _columns("requests", "USD")
    for name, _, after in result.destinations:
        table.add_row(escape(name), str(after.requests), f"{after.usd:.4f}")
    return table


def _tasks(result: Simulation) -> Table:
    """How many of each task there are, and how many of them a cheaper model is tried with first."""
    numbers = ("requests", "moved", "cheaper first before", "after")
    alone = ("requests", "cheaper first")
    table = _columns(*(numbers if result.is_compared else alone), of="task")
    for task, each in result.cascades.tasks.items():
        compared = (each.moved, each.tried_before) if result.is_compared else ()
        counts = (each.requests, *compared, each.tried_after)
        table.add_row(task.value, *map(str, counts))
    return table


def _cascades(result: Simulation) -> Iterator[str]:
    """What became of each request for which a pair of tiers is there."""
    for code, before, after in result.cascades.codes:
        if code != NONE:
            counts = f"{before} before, {after} after" if result.is_compared else str(after)
            yield f"{code}  {WORDS.get(code, 'tried')}: {counts}"


def _columns(*numbers: str, of: str = "destination") -> Table:
    table = Table(box=None)
    table.add_column(of, overflow="fold")
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    return table
