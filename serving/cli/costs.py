"""`ringfence costs`: what was spent, on what, and what was got for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from router.accounts.people.permissions import Permission
from router.costs.cell import By, Cell, Costs
from router.costs.cell import costs as summed
from router.costs.escalations import bought
from router.costs.figures import measured_figures, with_opinions
from router.costs.labels import labels
from router.costs.query import Span, cells, opinions, tried
from router.costs.roi import roi
from router.domain import JsonObject
from router.lifecycle.registers.files import as_csv
from router.policy.load import load_rules
from router.registry.records import RecordProblem, read_record
from router.registry.registry import Registry
from router.store.database import reading
from serving.cli.actor import require_actor
from serving.cli.costs_page import page
from serving.cli.costs_period import Since, Until, period
from serving.cli.costs_report import Report, as_json, print_report, rows
from serving.cli.options import MODELS, POLICY, STATE_DIR, AsJson, Models, Policy, StateDir
from serving.cli.output import Steps, cures, out, print_json
from serving.cli.policy_records import Days, opened
from serving.cli.state import existing
from serving.cli.vault_options import Team
from serving.cluster.served_rules import served_rules

_READING = "Reading what was spent"


def costs(
    since: Since = None,
    until: Until = None,
    by: Annotated[
        list[By] | None, typer.Option(help="What to tell apart; may be said several times.")
    ] = None,
    team: Team = None,
    quality: Annotated[
        list[Path] | None,
        typer.Option(
            help="A record of `ringfence bench quality` besides those that models.yaml names: its"
            " items say which answers were right. May be said several times."
        ),
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="A file for the table, as CSV.")] = None,
    html: Annotated[
        Path | None, typer.Option(help="A file for a page with pictures that needs nothing else.")
    ] = None,
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    json_wanted: AsJson = False,
) -> None:
    """Say what requests cost, what escalations bought, and what routing was worth.

    First the share of the fast tier, then sums and the table. What routing was worth stands beside
    three other ways to have spent the money, by the figures of quality that models.yaml names, or
    by feedback where there are none. Prices and figures are those of what serves; --models and
    --policy are read where nothing has served yet. Needs the role operator, admin or auditor.

    Example: ringfence costs --since 30d --by team --by model --html costs.html
    """
    days = period(since, until)
    require_actor(state_dir, Permission.SEE_KEYS_AND_LIMITS)
    span = Span(days.from_s, days.to_s, team)
    with cures(), opened(existing(state_dir)) as engine:
        serving = served_rules(engine)
        registry = (serving or load_rules(models, policy)).registry
        records = [_record(file) for file in quality or []]
        with Steps() as steps, reading(engine).connect() as connection:
            steps.begin(_READING)
            spent = list(_told(connection, span, days, steps))
            report = _report(connection, span, days, spent, by or [], registry, records)
        if csv is not None:
            csv.write_bytes(as_csv(list(rows(report.costs))))
        if html is not None:
            html.write_text(page(report, spent), encoding="utf-8")
    if json_wanted:
        print_json(as_json(report))
    else:
        print_report(report)
    for file in (csv, html):
        if file is not None and not json_wanted:
            out.print(f"written to {file}", markup=False)


def _told(connection: Connection, span: Span, days: Days, steps: Steps) -> Iterator[Cell]:
    count, total = 0, (days.last - days.first).days + 1
    for number, day in enumerate(span.days, start=1):
        for cell in cells(connection, day):
            count += cell.requests
            yield cell
        steps.say(f"day {number} of {total}, {count:,} requests")


def _report(
    connection: Connection,
    span: Span,
    days: Days,
    spent: Sequence[Cell],
    by: Sequence[By],
    registry: Registry,
    records: Sequence[JsonObject],
) -> Report:
    said = list(opinions(connection, span))
    requests = list(tried(connection, span))
    prices = {model.key: model.price for model in registry.models}
    known = labels(said, requests, [*_referenced(registry), *records])
    found: Costs = summed(spent, tuple(dict.fromkeys(by)))
    return Report(
        days=days,
        costs=found,
        bought=bought(requests, known.worth, known.cheap_worth, prices),
        roi=roi(spent, with_opinions(measured_figures(registry), said), prices),
    )


def _referenced(registry: Registry) -> Iterator[JsonObject]:
    """The records that models.yaml names, as far as they are still there."""
    for entry in registry.entries.values():
        reference = entry.card.measured.get("quality")
        if reference is None:
            continue
        try:
            yield read_record(reference.path)[0]
        except RecordProblem:
            continue


def _record(file: Path) -> JsonObject:
    """Raises ValueError for what cannot be read as one of quality."""
    record, _ = read_record(file)
    if record.get("kind") != "quality":
        raise ValueError(f"{file} is no record of quality: `ringfence bench quality` makes them")
    return record
