"""`ringfence keys limit`, and the options that say what one key may ask for at most."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, TypeAlias

import typer

from router.accounts.api_key import MAX_BUDGET_NANO_USD, MAX_RATE
from router.accounts.people.permissions import Permission
from router.domain import Allowance
from serving.cli.actor import require_actor
from serving.cli.key_view import in_words, shown
from serving.cli.options import STATE_DIR, AsJson, ReasonIfAny, StateDir
from serving.cli.output import cures, out, print_json
from serving.cli.state import existing
from serving.cluster.accounts import open_key_store

_NANO_USD_PER_USD = 1_000_000_000
_MAX_BUDGET_USD = MAX_BUDGET_NANO_USD / _NANO_USD_PER_USD

RequestsPerMinute: TypeAlias = Annotated[
    int | None, typer.Option(help="Of this key alone.", min=1, max=MAX_RATE)
]
TokensPerMinute: TypeAlias = Annotated[
    int | None, typer.Option(help="Of this key alone.", min=1, max=MAX_RATE)
]
BudgetUsdPerDay: TypeAlias = Annotated[
    float | None,
    typer.Option(help="Of this key alone.", min=0, max=_MAX_BUDGET_USD),
]
BudgetUsdPerMonth: TypeAlias = Annotated[
    float | None,
    typer.Option(help="Of this key alone.", min=0, max=_MAX_BUDGET_USD),
]


def allowance(
    requests_per_minute: int | None,
    tokens_per_minute: int | None,
    budget_usd_per_day: float | None,
    budget_usd_per_month: float | None,
) -> Allowance:
    """What the four options say."""
    return Allowance(
        requests_per_minute,
        tokens_per_minute,
        _nano_usd(budget_usd_per_day),
        _nano_usd(budget_usd_per_month),
    )


def limit(
    key_id: Annotated[str, typer.Argument(help="The id that `keys list` shows.")],
    requests_per_minute: RequestsPerMinute = None,
    tokens_per_minute: TokensPerMinute = None,
    budget_usd_per_day: BudgetUsdPerDay = None,
    budget_usd_per_month: BudgetUsdPerMonth = None,
    lift_others: Annotated[
        bool, typer.Option("--lift-others", help="Lift the key's limits that are not given here.")
    ] = False,
    reason: ReasonIfAny = None,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Change what a key may ask for at most, in a running cluster within a second.

    What is not given stays as it is. The limits of the policy hold besides: of two the lower one.
    They are those of the keys that it was rotated from and to as well, which count together. Needs
    the role admin.

    Example: ringfence keys limit 0199d2c4-7b1e-7c55-9a51-0e2d5a1f6b3c --budget-usd-per-day 20
    """
    wanted = allowance(
        requests_per_minute, tokens_per_minute, budget_usd_per_day, budget_usd_per_month
    )
    if wanted == Allowance() and not lift_others:
        raise typer.BadParameter("say which limit, or --lift-others to have none")
    paths = existing(state_dir)
    actor = require_actor(state_dir, Permission.MANAGE_KEYS)
    with cures():
        before, after = open_key_store(paths).limit(
            key_id, wanted, keep_others=not lift_others, actor=actor.name, reason=reason or ""
        )
    if as_json:
        print_json({**shown(after), "limits_before": asdict(before.scope.allowance)})
        return
    was, now = (in_words(key.scope.allowance) or "no limits of its own" for key in (before, after))
    out.print(f"was: {was}\nnow: {now}", markup=False)


def _nano_usd(budget_usd: float | None) -> int | None:
    return None if budget_usd is None else round(budget_usd * _NANO_USD_PER_USD)
