"""`ringfence models canary`: how the canaries do beside their champions, and letting one go on."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from router.accounts.people.permissions import Permission
from router.domain import JsonObject
from router.store.database import reading
from router.trials.halts import resume
from router.trials.standing import CanaryStanding, canaries_now
from serving.cli.actor import require_actor
from serving.cli.options import STATE_DIR, AsJson, ReasonIfAny, StateDir
from serving.cli.output import cures, fail, out, print_json
from serving.cli.served import require_served
from serving.cli.state import existing
from serving.cluster.database import open_database


def canary(
    resumed: Annotated[
        str | None,
        typer.Option("--resume", help="Let this halted canary, ID@VERSION, take requests again."),
    ] = None,
    reason: ReasonIfAny = None,
    state_dir: StateDir = STATE_DIR,
    as_json: AsJson = False,
) -> None:
    """Show how each canary does beside its champion, and which were halted for doing worse.

    Rates are of conversations whose first request failed, and of opinions that called an answer
    wrong; their bounds hold however often you look. A canary is halted by the gateways themselves
    when its evidence comes to what the policy's alpha asks for. One that is resumed is tested anew.

    Example: ringfence models canary --resume tiny@2 --reason "The node was at fault."
    """
    paths = existing(state_dir)
    if resumed is not None and not reason:
        raise typer.BadParameter("--resume takes a --reason, too")
    actor = None if resumed is None else require_actor(state_dir, Permission.MOVE_MODELS)
    with cures():
        engine = open_database(paths)
        try:
            if actor is not None and resumed is not None:
                with engine.begin() as connection:
                    if not resume(connection, resumed, actor.name, reason or "", time.time()):
                        fail(f"{resumed} is not halted: `ringfence models canary` shows what is")
            rules = require_served(engine)
            with reading(engine).connect() as connection:
                found = canaries_now(connection, rules, time.time())
        finally:
            engine.dispose()
    if as_json:
        print_json({"canaries": [canary_as_json(each) for each in found]})
    elif found:
        out.print(canary_table(found))
    else:
        out.print("no canary takes requests")


def canary_as_json(standing: CanaryStanding) -> JsonObject:
    return {
        "model": standing.canary.key,
        "champion": standing.canary.champion,
        "canary_share": standing.share,
        "tested_from_s": standing.canary.since_s,
        "halted": standing.halted_at_s is not None,
        "halted_at_s": standing.halted_at_s,
        **standing.evidence,
    }


def canary_table(found: list[CanaryStanding]) -> Table:
    """Two lines for each: the canary's, and its champion's below it."""
    table = Table(box=None, pad_edge=False)
    for column in ("model", "state", "evidence", "failed", "called wrong"):
        table.add_column(column, overflow="fold")
    for each in found:
        said: Any = each.evidence
        state = f"{each.share:.0%}" if each.halted_at_s is None else "halted"
        evidence = f"{said['peak']:.3g} of {said['halts_at']:.3g}"
        failed, wrong = said["answers"], said["opinions"]
        table.add_row(
            escape(each.canary.key),
            state,
            evidence,
            rate_in_words(failed["canary"]),
            rate_in_words(wrong["canary"]),
        )
        champion = escape(each.canary.champion)
        of_champion = rate_in_words(failed["champion"]), rate_in_words(wrong["champion"])
        table.add_row(champion, "", "", *of_champion)
    return table


def rate_in_words(arm: Any) -> str:
    """One version's part of the evidence."""
    if not arm["requests"]:
        return "none yet"
    return f"{arm['rate']:.1%} [{arm['low']:.1%}, {arm['high']:.1%}] of {arm['requests']}"
