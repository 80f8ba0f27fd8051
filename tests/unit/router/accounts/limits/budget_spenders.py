"""What the processes do that spend one budget together. Imported by each of them."""

from __future__ import annotations

import time
from functools import partial
from multiprocessing.connection import Connection as Pipe

from limit_cases import CHEAP, NANO_USD_PER_TOKEN, Desk, answered, asked, caller
from sqlalchemy.exc import OperationalError

from router.accounts.limits.rules import LimitRules, Limits
from router.store.database import connect

HELD_TOKENS = 1_000
TRIES = 6
LIMITS = Limits(budget_nano_usd_per_day=10 * HELD_TOKENS * NANO_USD_PER_TOKEN)
RULES = LimitRules(each_team=LIMITS)
TAKES = {"as-held": HELD_TOKENS, "more": 3 * HELD_TOKENS}
"""By team, the tokens that each of its requests turns out to take."""


def spend(database_url: str, pipe: Pipe) -> None:
    """Sends requests of both teams until each was tried TRIES times; sends back what they cost."""
    engine = connect(database_url)
    desk = Desk(engine, RULES)
    pipe.send("ready")
    pipe.recv()
    spent = dict.fromkeys(TAKES, 0)
    for _ in range(TRIES):
        for team, takes_tokens in TAKES.items():
            request = asked(HELD_TOKENS)
            asker = caller(team)
            if _written(partial(desk.admit, request, CHEAP, principal=asker)).refusal is None:
                outcome = answered(request, CHEAP, takes_tokens)
                _written(partial(desk.settle, outcome))
                spent[team] += outcome.cost_nano_usd
    engine.dispose()
    pipe.send(spent)


def hold(database_url: str, pipe: Pipe) -> None:
    """Lets a request in that holds most of a budget, and never settles it."""
    desk = Desk(connect(database_url), RULES)
    _written(partial(desk.admit, asked(9 * HELD_TOKENS), CHEAP))
    pipe.send("held")
    pipe.recv()


def _written(work):  # type: ignore[no-untyped-def]
    """A gateway that waits too long for the others says 503, and is asked again."""
    while True:
        try:
            return work()
        except OperationalError:
            time.sleep(0.01)
