"""`ringfence limits`"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from router.accounts.limits.rules import Metric
from router.accounts.limits.usage import LimitUse, limit_uses
from router.policy.load import load_rules
from router.store.database import reading
from serving.cli.options import (
    MODELS,
    POLICY,
    STATE_DIR,
    AsJson,
    Models,
    Policy,
    StateDir,
)
from serving.cli.output import cures, fail, out, print_json
from serving.cluster.database import open_database
from serving.cluster.paths import ClusterPaths

_BAR_CELLS = 10
_NANO_USD_PER_USD = 1_000_000_000


def limits(
    team: Annotated[str | None, typer.Option(help="Of this team alone.")] = None,
    key: Annotated[str | None, typer.Option(help="Of the key with this id alone.")] = None,
    state_dir: StateDir = STATE_DIR,
    models: Models = MODELS,
    policy: Policy = POLICY,
    as_json: AsJson = False,
) -> None:
    """Show what is used, held and left of every limit, in the minute, day and month that is now.

    Held is what requests under way may still cost. Windows are in UTC. Exit status: 0, or 1 where
    there is no state directory or the policy cannot be served with.

    Example: ringfence limits --team radiology --json
    """
    wanted = {f"team:{team}"} if team else set()
    wanted |= {f"key:{key}"} if key else set()
    with cures():
        paths = ClusterPaths.of(state_dir)
        if not paths.state.is_dir():
            fail(f"there is no {paths.state}: go where it is, or name it with --state-dir")
        rules = load_rules(models, policy).policy.limits
        engine = open_database(paths)
        try:
            with reading(engine).connect() as connection:
                uses = limit_uses(connection, rules, time.time())
        finally:
            engine.dispose()
    shown = [use for use in uses if not wanted or use.scope in wanted]
    if as_json:
        print_json([_as_json(use) for use in shown])
    elif shown:
        out.print(_table(shown))
    else:
        out.print("no limits", markup=False)


def _table(uses: list[LimitUse]) -> Table:
    table = Table(box=None)
    table.add_column("scope", no_wrap=True)
    for column in ("window", "of"):
        table.add_column(column)
    for column in ("limit", "used", "held", "left"):
        table.add_column(column, justify="right")
    table.add_column("", no_wrap=True)
    table.add_column("until", no_wrap=True)
    for use in uses:
        money = use.ceiling.metric is Metric.MONEY
        table.add_row(
            escape(use.scope),
            use.ceiling.window.value,
            "US$" if money else use.ceiling.metric.value,
            *(_amount(amount, money) for amount in (use.ceiling.limit, use.used)),
            _amount(use.held, money) if money else "",
            _amount(use.left, money),
            _bar(use.share),
            f"{datetime.fromtimestamp(use.ends_at_s, UTC):%Y-%m-%d %H:%MZ}",
        )
    return table


def _bar(share: float) -> str:
    """Full only where nothing is left: the last cell is for what is left, however little."""
    full = _BAR_CELLS if share >= 1 else min(round(share * _BAR_CELLS), _BAR_CELLS - 1)
    return f"{'█' * full}{'░' * (_BAR_CELLS - full)} {int(share * 100):3d} %"


def _amount(amount: int, money: bool) -> str:
    return f"{amount / _NANO_USD_PER_USD:,.4f}" if money else f"{amount:,}"


def _as_json(use: LimitUse) -> dict[str, Any]:
    ceiling = use.ceiling
    shown = {"scope": use.scope, "window": ceiling.window.value, "metric": ceiling.metric.value}
    amounts = {"limit": ceiling.limit, "used": use.used, "held": use.held, "left": use.left}
    unit = "_nano_usd" if ceiling.metric is Metric.MONEY else ""
    amounts = {f"{name}{unit}": amount for name, amount in amounts.items()}
    return {**shown, **amounts, "share": use.share, "ends_at_s": use.ends_at_s}
