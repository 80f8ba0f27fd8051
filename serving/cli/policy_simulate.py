"""`ringfence policy simulate`: where requests that were made would go, and at what cost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Connection

from router.policy.load import load_rules
from router.policy.simulate import Simulation, Tally
from router.policy.simulate import simulate as simulated
from router.policy.traffic import of_lines, of_records
from router.store.database import reading
from serving.cli.options import MODELS, POLICY, STATE_DIR, AsJson, Models, Policy, StateDir
from serving.cli.output import cures, out, print_json
from serving.cli.state import existing
from serving.cli.today import day_of
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths

MONTH_DAYS = 30


def simulate(
    file: Annotated[
        Path | None, typer.Argument(help="Requests, one JSON object a line; without it, records.")
    ] = None,
    first: Annotated[str | None, typer.Option("--from", help="The first day, in UTC.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="The last day; today.")] = None,
    against: Annotated[
        Path | None, typer.Option(help="Another policy to compare with, instead of what happened.")
    ] = None,
    against_models: Annotated[
        Path | None, typer.Option(help="Its registry; the same as --models.")
    ] = None,
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Say where requests would go under a policy, before and after, and what they would cost.

    A line of FILE has some of team, purpose, class, choice, endpoint, private_only, tiers, stakes,
    input_tokens and output_tokens; `class` it must have. Without a file it is the records of the
    last 30 days, or of --from and --to. A request counts for the model that it is to try first, and
    costs the registry's price of the tokens that it took. Exit status: 0, or 1 for a file, a policy
    or a state directory that will not do.

    Example: ringfence policy simulate --from 2026-11-01 --policy new-policy.yaml
    """
    today = day_of(None)
    end = day_of(last)
    begin = end - timedelta(days=MONTH_DAYS - 1) if first is None else day_of(first)
    if file is not None and (first or last):
        raise typer.BadParameter("give a file, or days of records, and not both")
    with cures():
        rules = load_rules(models, policy)
        other = None if against is None else load_rules(against_models or models, against)
        if file is not None:
            try:
                lines = file.read_text().splitlines()
            except (OSError, UnicodeDecodeError):
                raise ValueError(f"{file} cannot be read as text: give a file of JSON") from None
            result = simulated(of_lines(lines, str(file)), rules, today, other)
        else:
            with records(existing(state_dir)) as connection:
                made = of_records(connection, start_s(begin), start_s(end + timedelta(days=1)))
                result = simulated(made, rules, today, other)
    if as_json:
        print_json(result.as_json())
        return
    out.print(_table(result))
    out.print(f"{result.requests} requests, {result.moved} of them elsewhere", markup=False)


@contextmanager
def records(paths: ClusterPaths) -> Iterator[Connection]:
    """A connection that reads the state directory's database."""
    engine = open_database(paths)
    try:
        with reading(engine).connect() as connection:
            yield connection
    finally:
        engine.dispose()


def start_s(day: date) -> float:
    """When a day begins in UTC, in seconds since the epoch."""
    return datetime.combine(day, time(), UTC).timestamp()


def _table(result: Simulation) -> Table:
    table = Table(box=None)
    table.add_column("destination", no_wrap=True)
    for column in ("before", "USD before", "after", "USD after"):
        table.add_column(column, justify="right")
    for name in dict.fromkeys((*result.before, *result.after)):
        before, after = result.before.get(name, Tally()), result.after.get(name, Tally())
        table.add_row(
            escape(name),
            str(before.requests),
            f"{before.cost_nano_usd / 1e9:.4f}",
            str(after.requests),
            f"{after.cost_nano_usd / 1e9:.4f}",
        )
    return table
