"""`ringfence models canary`: how the canaries do beside their champions, and letting one go on."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Engine

from router.accounts.people.permissions import Permission
from router.domain import JsonObject
from router.policy.policy import Rules
from router.store.database import reading
from router.trials.canary_test import CanaryTest, evidence_of
from router.trials.evaluation import Canary, Evaluation, canaries_of
from router.trials.halts import Halt, halts_now, resume, resumed_at
from serving.cli.actor import require_actor
from serving.cli.options import STATE_DIR, AsJson, ReasonIfAny, StateDir
from serving.cli.output import cures, fail, out, print_json
from serving.cli.state import existing
from serving.cluster.database import open_database
from serving.cluster.served_rules import served_rules


@dataclass(frozen=True, slots=True)
class _Found:
    """`halted_at_s` is None for one that takes requests; `evidence` is of then, or of now."""

    canary: Canary
    share: float
    halted_at_s: float | None
    evidence: JsonObject

    def as_json(self) -> JsonObject:
        return {
            "model": self.canary.key,
            "champion": self.canary.champion,
            "canary_share": self.share,
            "tested_from_s": self.canary.since_s,
            "halted": self.halted_at_s is not None,
            "halted_at_s": self.halted_at_s,
            **self.evidence,
        }


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

    Rates are of requests that failed, and of answers that somebody called wrong; their bounds hold
    however often you look. A canary is halted by the gateways themselves when its evidence comes to
    what the policy's alpha asks for. One that is resumed is tested anew.

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
            rules = served_rules(engine)
            if rules is None:
                fail("nothing has served from here yet: ringfence up")
            found = _found(engine, rules)
        finally:
            engine.dispose()
    if as_json:
        print_json({"canaries": [each.as_json() for each in found]})
    elif found:
        out.print(_table(found))
    else:
        out.print("no canary takes requests")


def _found(engine: Engine, rules: Rules) -> list[_Found]:
    trials, now_s = rules.policy.trials, time.time()
    found = []
    with reading(engine).connect() as connection:
        halted: dict[str, Halt] = {each.model: each for each in halts_now(connection)}
        resumed = resumed_at(connection)
        for each in canaries_of(rules.registry):
            tested = each.resumed(resumed.get(each.key))
            share = rules.registry.entries[each.key].card.lifecycle.canary_share
            if each.key in halted:
                halt = halted[each.key]
                found.append(_Found(tested, share, halt.halted_at_s, halt.evidence))
                continue
            evaluation = Evaluation(tested, CanaryTest.begin(trials.margin))
            while evaluation.read_on(connection, now_s):
                pass
            evidence = evidence_of(evaluation.test, trials.alpha)
            found.append(_Found(tested, share, None, evidence))
    return found


def _table(found: list[_Found]) -> Table:
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
            _rate(failed["canary"]),
            _rate(wrong["canary"]),
        )
        champion = escape(each.canary.champion)
        table.add_row(champion, "", "", _rate(failed["champion"]), _rate(wrong["champion"]))
    return table


def _rate(arm: Any) -> str:
    if not arm["requests"]:
        return "none yet"
    return f"{arm['rate']:.1%} [{arm['low']:.1%}, {arm['high']:.1%}] of {arm['requests']}"
