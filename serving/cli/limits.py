"""`ringfence limits`"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Engine

from router.accounts.api_key import ApiKey
from router.accounts.limits.rules import LimitRules, Metric
from router.accounts.limits.usage import LimitUse, limit_uses
from router.accounts.limits.windows import Window
from router.accounts.people.permissions import Permission
from router.policy.load import load_rules
from router.store.database import reading
from serving.cli.actor import require_actor
from serving.cli.options import MODELS, POLICY, STATE_DIR, AsJson, StateDir
from serving.cli.output import cures, fail, out, print_json
from serving.cli.state import existing
from serving.cluster.database import open_database
from serving.cluster.served_rules import served_rules

_BAR_CELLS = (4, 10)
"""At least and at most: as many as the terminal leaves."""
_NANO_USD_PER_USD = 1_000_000_000
_AMOUNTS = ("limit", "used", "held", "left")


def limits(
    team: Annotated[str | None, typer.Option(help="Of this team alone.")] = None,
    key: Annotated[
        str | None, typer.Option(help="Of the key with this id, and of those before and after it.")
    ] = None,
    state_dir: StateDir = STATE_DIR,
    models: Annotated[
        Path | None, typer.Option(help="The registry that --policy goes with, else models.yaml.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="Limits of this file, and not of the policy in force.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what is used, held and left of every limit, in the minute, day and month that is now.

    The limits are those of the policy in force, and those of keys' own. Held is what requests under
    way may still cost. Windows are in UTC. A key that was rotated is counted with those before it.
    Needs one of the roles admin, operator and auditor. Exit status: 0, or 1 where there is no state
    directory, nothing has served yet, or the policy cannot be served with.

    Example: ringfence limits --team radiology --json
    """
    paths = existing(state_dir)
    require_actor(state_dir, Permission.SEE_KEYS_AND_LIMITS)
    now_s = time.time()
    with cures():
        engine = open_database(paths)
        try:
            rules = _rules(engine, models, policy)
            with reading(engine).connect() as connection:
                uses = limit_uses(connection, rules, now_s)
        finally:
            engine.dispose()
    shown = [use for use in uses if _is_wanted(use, team, key)]
    if as_json:
        print_json([_as_json(use) for use in shown])
        return
    for line in _lines(shown, now_s, out.width) if shown else ("no limits",):
        out.print(line, markup=False)


def _rules(engine: Engine, models: Path | None, policy: Path | None) -> LimitRules:
    if policy is not None or models is not None:
        return load_rules(models or MODELS, policy or POLICY).policy.limits
    serving = served_rules(engine)
    if serving is None:
        fail("nothing has served from here yet: `ringfence up` first, or name a file with --policy")
    return serving.policy.limits


def _is_wanted(use: LimitUse, team: str | None, key_id: str | None) -> bool:
    if team is None and key_id is None:
        return True
    ids = () if use.key is None else use.key.line.ids
    return use.scope in (f"team:{team}", f"key:{key_id}") or key_id in ids


def _lines(uses: list[LimitUse], now_s: float, width: int) -> Iterator[str]:
    """A heading for everything that is limited, and a line for each of its limits."""
    rows = [(_label(use), *_shown_amounts(use)) for use in uses]
    titles = ("", *_AMOUNTS)
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    used = sum(widths) + 2 * len(widths) + len("  100 %")
    cells = min(max(_BAR_CELLS[0], width - used - 2), _BAR_CELLS[1])
    yield _row(titles, widths)
    shown = iter(rows)
    for (scope, key), group in groupby(uses, lambda use: (use.scope, use.key)):
        yield scope if key is None else f"{scope}  {_whose(key)}"
        for use in group:
            yield f"{_row(next(shown), widths)}  {_bar(use.share, cells)}"
    for window in Window:
        if any(use.ceiling.window is window for use in uses):
            ends_at_s = window.ends_at_s(now_s)
            ends = f"{datetime.fromtimestamp(ends_at_s, UTC):%Y-%m-%d %H:%M} UTC"
            yield f"this {window.value} ends at {ends}, in {_span(ends_at_s - now_s)}"


def _row(parts: tuple[str, ...], widths: list[int]) -> str:
    first, *amounts = parts
    aligned = (f"{amount:>{width}}" for amount, width in zip(amounts, widths[1:], strict=True))
    return f"  {first:{widths[0]}}  {'  '.join(aligned)}"


def _label(use: LimitUse) -> str:
    metric = "US$" if use.ceiling.metric is Metric.MONEY else use.ceiling.metric.value
    return f"{metric}/{use.ceiling.window.value}"


def _whose(key: ApiKey) -> str:
    name = f" {json.dumps(key.name, ensure_ascii=False)}" if key.name else ""
    return f"{key.scope.team}{name}"


def _shown_amounts(use: LimitUse) -> tuple[str, ...]:
    money = use.ceiling.metric is Metric.MONEY
    held = _amount(use.held, money) if money else ""
    return (
        _amount(use.ceiling.limit, money),
        _amount(use.used, money),
        held,
        _amount(use.left, money),
    )


def _bar(share: float, cells: int) -> str:
    """Full only where nothing is left: the last cell is for what is left, however little."""
    full = cells if share >= 1 else min(round(share * cells), cells - 1)
    return f"{'█' * full}{'░' * (cells - full)} {int(share * 100):3d} %"


def _amount(amount: int, money: bool) -> str:
    """Cents of a cent, where there are few dollars."""
    if not money:
        return f"{amount:,}"
    usd = amount / _NANO_USD_PER_USD
    return f"{usd:,.4f}" if usd < 1_000 else f"{usd:,.2f}"


def _span(seconds: float) -> str:
    minutes = max(0, int(seconds) // 60)
    days, hours = minutes // 1_440, minutes // 60 % 24
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min" if minutes else f"{max(0, int(seconds))} s"


def _as_json(use: LimitUse) -> dict[str, Any]:
    ceiling = use.ceiling
    shown = {"scope": use.scope, "window": ceiling.window.value, "metric": ceiling.metric.value}
    amounts = {"limit": ceiling.limit, "used": use.used, "held": use.held, "left": use.left}
    unit = "_nano_usd" if ceiling.metric is Metric.MONEY else ""
    amounts = {f"{name}{unit}": amount for name, amount in amounts.items()}
    keys = {} if use.key is None else {"key_ids": [*use.key.line.ids]}
    return {**shown, **amounts, "share": use.share, "ends_at_s": use.ends_at_s, **keys}
