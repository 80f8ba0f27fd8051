"""`ringfence models trials`: what was asked of shadows and canaries, and what has come of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.markup import escape
from rich.table import Table
from sqlalchemy import Engine

from router.domain import JsonObject
from router.policy.policy import Rules
from router.store.database import reading
from router.trials.book import spent_today_nano_usd
from router.trials.halts import PastHalt, halts_ever
from router.trials.standing import (
    CanaryCost,
    CanaryStanding,
    ShadowStanding,
    canaries_now,
    canary_costs,
    shadows_now,
)
from serving.cli.models_canary import canary_as_json, canary_table, rate_in_words
from serving.cli.options import STATE_DIR, AsJson, StateDir
from serving.cli.output import counted, cures, out, print_json
from serving.cli.served import require_served
from serving.cli.state import existing
from serving.cluster.database import open_database

NANO = 1e9
GONE = "gone"
"""The state of a version that the rules do not know any more."""


@dataclass(frozen=True, slots=True)
class _Trials:
    rules: Rules
    shadows: Sequence[ShadowStanding]
    canaries: list[CanaryStanding]
    costs: dict[str, CanaryCost]
    halts: Sequence[PastHalt]
    spent_today_nano_usd: int

    @property
    def max_nano_usd(self) -> int:
        return self.rules.policy.trials.max_nano_usd_per_day

    def state_of(self, key: str) -> str:
        entry = self.rules.registry.entries.get(key)
        return GONE if entry is None else entry.card.lifecycle.state.value


def trials(state_dir: StateDir = STATE_DIR, as_json: AsJson = False) -> None:
    """Show the trials of new versions: copies that shadows got, canaries, and every halt.

    Shadows and costs go back as far as records are kept. What shadows cost counts against
    `trials.max_usd_per_day` of the policy, what canaries cost against the budgets of those who ask.

    Example: ringfence models trials --json
    """
    paths = existing(state_dir)
    with cures():
        engine = open_database(paths)
        try:
            found = _read(engine)
        finally:
            engine.dispose()
    if as_json:
        print_json(_as_json(found))
        return
    if not (found.shadows or found.canaries or found.halts):
        out.print("no version is tried: docs/guides/models.md says how one is")
        return
    for part in _page(found):
        out.print(part)


def _read(engine: Engine) -> _Trials:
    rules, now_s = require_served(engine), time.time()
    with reading(engine).connect() as connection:
        return _Trials(
            rules=rules,
            shadows=shadows_now(connection),
            canaries=canaries_now(connection, rules, now_s),
            costs=dict(canary_costs(connection)),
            halts=halts_ever(connection),
            spent_today_nano_usd=spent_today_nano_usd(connection, now_s),
        )


def _as_json(found: _Trials) -> JsonObject:
    return {
        "shadows": [
            {
                **asdict(each),
                "failed": each.failed,
                "cost_usd": each.cost_nano_usd / NANO,
                "state": found.state_of(each.shadow),
            }
            for each in found.shadows
        ],
        "shadows_today": {
            "spent_usd": found.spent_today_nano_usd / NANO,
            "max_usd": found.max_nano_usd / NANO,
        },
        "canaries": [
            {
                **canary_as_json(each),
                "answers_given": found.costs.get(each.canary.key, CanaryCost()).answers,
                "cost_usd": found.costs.get(each.canary.key, CanaryCost()).cost_nano_usd / NANO,
            }
            for each in found.canaries
        ],
        "halts": [asdict(each) for each in found.halts],
    }


def _page(found: _Trials) -> Iterator[str | Table]:
    if found.shadows:
        yield _shadow_table(found)
        yield (
            f"copies have cost ${found.spent_today_nano_usd / NANO:,.4f} today, of "
            f"${found.max_nano_usd / NANO:,.2f} a day"
        )
    if found.canaries:
        yield canary_table(found.canaries)
    for each in found.canaries:
        cost = found.costs.get(each.canary.key, CanaryCost())
        yield escape(
            f"{each.canary.key} gave {counted(cost.answers, 'answer')} for "
            f"${cost.cost_nano_usd / NANO:,.4f}"
        )
    for halt in found.halts:
        yield escape(_in_words(halt))


def _shadow_table(found: _Trials) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("shadow", overflow="fold")
    for column in ("state", "beside", "copies", "failed", "flawed", "agree", "cost"):
        table.add_column(column, overflow="fold")
    for each in found.shadows:
        table.add_row(
            escape(each.shadow),
            found.state_of(each.shadow),
            escape(each.champion),
            f"{each.sent:,}" + (f", {each.open:,} open" if each.open else ""),
            _share(each.failed, each.sent - each.open),
            f"{_share(each.shadow_flawed, each.answered)} / "
            f"{_share(each.champion_flawed, each.answered)}",
            _share(each.agreed, each.compared),
            f"${each.cost_nano_usd / NANO:,.4f}",
        )
    return table


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "none yet"


def _in_words(halt: PastHalt) -> str:
    """When it was halted and until when, and for which of its rates."""
    said: Any = halt.evidence
    until = (
        "until it is resumed" if halt.resumed_at_s is None else f"to {_minute(halt.resumed_at_s)}"
    )
    why = [
        f"{what} {rate_in_words(said[bet]['canary'])}, its champion "
        f"{rate_in_words(said[bet]['champion'])}"
        for bet, what in (("answers", "failed"), ("opinions", "called wrong"))
        if bet in said and said[bet]["canary"]["requests"]
    ]
    return f"{halt.model} halted {_minute(halt.halted_at_s)} {until}: {'; '.join(why)}"


def _minute(at_s: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at_s))
