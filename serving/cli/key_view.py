"""API keys as programs and as people see them: everything but the keys."""

from __future__ import annotations

import json
import textwrap
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from router.accounts.api_key import ApiKey
from router.domain import GENERAL_PURPOSE, Allowance, Role, Tier
from serving.cli.output import counted

_NANO_USD_PER_USD = 1_000_000_000
_INDENT = "    "
_HEADING = f"{'id':36}  {'state':7}  {'expires (UTC)':16}  team"


def shown(key: ApiKey) -> dict[str, Any]:
    """For programs."""
    scope = key.scope
    return {
        "id": key.id,
        "name": key.name,
        "team": scope.team,
        "purpose": scope.purpose,
        "owner": scope.owner,
        "roles": sorted(scope.roles),
        "floor": scope.floor.label,
        "tiers": sorted(scope.tiers),
        "models": sorted(scope.models),
        "private_only": scope.private_only,
        "limits": asdict(scope.allowance),
        "created_at_s": key.created_at_s,
        "expires_at_s": key.expires_at_s,
        "revoked_at_s": key.revoked_at_s,
        "predecessor": key.predecessor,
        "successor": key.successor,
        "line": key.line.ids[0],
        "state": _state(key),
    }


def lines_of(keys: list[ApiKey], width: int) -> Iterator[str]:
    """For people: two lines or more for each key, with what `revoke` needs first, and whole."""
    if not keys:
        yield "no keys"
        return
    yield _HEADING
    for key in keys:
        expires = moment(key.expires_at_s)
        yield _folded(f"{key.id}  {_state(key):7}  {expires:16}  {key.scope.team}", width)
        yield _folded(f"{_INDENT}{'; '.join(_details(key))}", width)


def _folded(line: str, width: int) -> str:
    """Ids stay whole on any terminal that has room for one."""
    return textwrap.fill(
        line,
        max(width, 2 * len(_INDENT)),
        subsequent_indent=_INDENT,
        break_on_hyphens=False,
    )


def moment(at_s: float | None) -> str:
    return "never" if at_s is None else time.strftime("%Y-%m-%d %H:%M", time.gmtime(at_s))


def in_words(allowance: Allowance) -> str:
    """What a key has of its own; empty where that is nothing."""
    day, month = allowance.budget_nano_usd_per_day, allowance.budget_nano_usd_per_month
    rates = ((allowance.requests_per_minute, "request"), (allowance.tokens_per_minute, "token"))
    budgets = ((day, "day"), (month, "month"))
    said = [f"{counted(rate, of)} a minute" for rate, of in rates if rate is not None]
    said += [
        f"{budget / _NANO_USD_PER_USD:,.12g} US$ a {window}"
        for budget, window in budgets
        if budget is not None
    ]
    return ", ".join(said)


def _state(key: ApiKey) -> str:
    if key.revoked_at_s is not None:
        return "revoked"
    return "valid" if key.is_valid(time.time()) else "expired"


def _details(key: ApiKey) -> Iterator[str]:
    scope = key.scope
    if key.name:
        yield json.dumps(key.name, ensure_ascii=False)
    yield f"floor {scope.floor.label}"
    if scope.owner is not None:
        yield f"owner {scope.owner}"
    if scope.roles != {Role.DEVELOPER}:
        yield f"roles {', '.join(sorted(scope.roles))}"
    if scope.purpose != GENERAL_PURPOSE:
        yield f"purpose {scope.purpose}"
    if scope.tiers != frozenset(Tier):
        yield f"tiers {', '.join(sorted(scope.tiers))}"
    if scope.models:
        yield f"models {', '.join(sorted(scope.models))}"
    if scope.private_only:
        yield "private only"
    if own := in_words(scope.allowance):
        yield f"at most {own}"
    if key.revoked_at_s is not None:
        yield f"revoked {moment(key.revoked_at_s)}"
    if key.predecessor is not None:
        yield f"replaces {key.predecessor}"
    if key.successor is not None:
        yield f"replaced by {key.successor}"
