"""`ringfence drill`: what would happen without a provider, or at another price."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from router.accounts.people.permissions import Permission
from router.audit.acts import Act, record_act
from router.costs.change import Change, changed, models_named, models_of_provider, new_prices
from router.costs.drill import Known
from router.costs.drill import drill as drilled
from router.costs.figures import measured_figures, with_opinions
from router.costs.latency import latencies
from router.costs.load import limits_of
from router.costs.query import Span, opinions
from router.domain import Json, JsonObject, Price
from router.lifecycle.registers.files import as_csv
from router.policy.load import load_rules
from router.policy.policy import Rules
from router.policy.traffic import Made, of_records
from router.registry.registry import Registry
from router.store.database import reading
from serving.cli.actor import require_actor
from serving.cli.costs_period import Since, Until, period
from serving.cli.drill_report import answers, as_json, rows, table
from serving.cli.options import (
    EXIT_FAILED,
    MODELS,
    POLICY,
    STATE_DIR,
    AsJson,
    Models,
    Policy,
    StateDir,
)
from serving.cli.output import Steps, cures, out, print_json
from serving.cli.policy_records import opened
from serving.cli.state import existing
from serving.cli.today import day_of
from serving.cluster.served_rules import served_rules

_TOLD_EVERY = 5_000


def drill(
    without: Annotated[
        list[str] | None,
        typer.Option(metavar="PROVIDER", help="A provider that is gone, as models.yaml calls it."),
    ] = None,
    without_model: Annotated[
        list[str] | None,
        typer.Option(metavar="MODEL", help="A model that is gone: an id, or one version of it."),
    ] = None,
    price: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MODEL=x2",
            help="A price: so many times what it is, or =0.50/1.50 US$ for a million tokens in"
            " and out.",
        ),
    ] = None,
    since: Since = None,
    until: Until = None,
    csv: Annotated[Path | None, typer.Option(help="A file for the table, as CSV.")] = None,
    models: Models = MODELS,
    policy: Policy = POLICY,
    state_dir: StateDir = STATE_DIR,
    json_wanted: AsJson = False,
) -> None:
    """Replay the requests of a time without a provider or a model, or at another price.

    Says in the first lines what would have happened to them: where they go and which are refused,
    cost, quality, latency, and how full the models on-prem are in their busiest hour. Beside what
    the same rules do unchanged: those that serve, or --models and --policy where nothing has served
    yet. All three options may be said several times. Needs the role auditor, and is recorded. Exit
    status: 0, or 1 where requests would be refused that are answered now.

    Example: ringfence drill --without openai --price claude-sonnet-4-5=x2 --since 30d
    """
    if not (without or without_model or price):
        raise typer.BadParameter("say what to try: --without, --without-model or --price")
    days = period(since, until)
    actor = require_actor(state_dir, Permission.READ_RECORDS_OF_ALL_TEAMS)
    with cures(), opened(existing(state_dir)) as engine:
        rules = served_rules(engine) or load_rules(models, policy)
        change = _change(rules.registry, without or [], without_model or [], price or [])
        span = Span(days.from_s, days.to_s)
        with Steps() as steps, reading(engine).connect() as connection:
            steps.begin("Looking at how models did")
            known = Known(
                figures=with_opinions(measured_figures(rules.registry), opinions(connection, span)),
                latencies=latencies(connection, span),
                limits={
                    key: limits_of(entry, rules.policy.capacity)
                    for key, entry in rules.registry.entries.items()
                    if not entry.spec.is_external
                },
            )
            steps.begin("Replaying requests")
            made = _told(of_records(connection, days.from_s, days.to_s), steps)
            result = drilled(made, rules, changed(rules, change), day_of(None), known)
        details: JsonObject = {
            "from_s": days.from_s,
            "to_s": days.to_s,
            "requests": result.requests,
        }
        with engine.begin() as connection:
            record_act(connection, Act("records.read", actor.name, "", details), time.time())
        if csv is not None:
            csv.write_bytes(as_csv(rows(result, known.latencies)))
    if json_wanted:
        print_json({"change": _said(change, rules), **as_json(result, known.latencies)})
    else:
        for line in answers(result, _what(without or [], without_model or [], price or [])):
            out.print(line, markup=False)
        out.print(table(result, known.latencies))
    if result.refused:
        raise typer.Exit(EXIT_FAILED)


def _change(
    registry: Registry, providers: list[str], models: list[str], prices: list[str]
) -> Change:
    """Raises ValueError for what there is not, or is no price."""
    gone = {key for name in providers for key in models_of_provider(registry, name)}
    gone |= {key for name in models for key in models_named(registry, name)}
    new: dict[str, Price] = {}
    for said in prices:
        new |= new_prices(registry, said)
    return Change(frozenset(gone), new)


def _told(made: Iterable[Made], steps: Steps) -> Iterator[Made]:
    for count, request in enumerate(made, start=1):
        if count % _TOLD_EVERY == 0:
            steps.say(f"{count:,} requests")
        yield request


def _what(providers: list[str], models: list[str], prices: list[str]) -> str:
    gone = " and ".join((*providers, *models))
    priced = f"at {', '.join(prices)}" if prices else ""
    said = " ".join(part for part in (f"without {gone}" if gone else "", priced) if part)
    return said[:1].upper() + said[1:]


def _said(change: Change, rules: Rules) -> JsonObject:
    return {
        "gone": list[Json](sorted(change.gone)),
        "prices": {
            key: {
                "input_usd_per_mtok": price.input_usd_per_mtok,
                "output_usd_per_mtok": price.output_usd_per_mtok,
                "was_input_usd_per_mtok": rules.registry.entries[key].spec.price.input_usd_per_mtok,
                "was_output_usd_per_mtok": rules.registry.entries[
                    key
                ].spec.price.output_usd_per_mtok,
            }
            for key, price in sorted(change.prices.items())
        },
    }
