"""Feedback under the limits of whoever gives it: each piece that is sent is one request more."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from router.accounts.limits.afford import Obstacle
from router.accounts.limits.counters import Counted, begin_windows, change_windows, read_counts
from router.accounts.limits.hold import Change
from router.accounts.limits.refusal import refusal
from router.accounts.limits.rules import Ceiling, LimitRules, Metric, Scope
from router.domain import Principal
from router.errors import RequestError


def limited(rules: LimitRules, principal: Principal) -> tuple[Scope, ...]:
    """What the caller's requests are counted in: of the key, the team, and everybody together.

    No model answers feedback, so that no limit of a model counts it.
    """
    scopes = rules.scopes(principal, ())
    return tuple(scope for scope in scopes if _ceiling(scope) is not None)


def count_request(
    connection: Connection, scopes: Sequence[Scope], now_s: float
) -> RequestError | None:
    """Counts one request in each of `scopes`, of which every one limits requests.

    Where one of them has none left, counts nothing and returns the RateLimited to be raised: in the
    job of a writer, others that share its transaction would have to be done again. Nothing is held:
    what is counted is done, whatever becomes of the feedback.
    """
    counts = read_counts(connection, scopes, now_s)
    ceilings = [(scope, ceiling) for scope in scopes if (ceiling := _ceiling(scope)) is not None]
    for scope, ceiling in ceilings:
        counted = counts.get((scope.name, ceiling.window), Counted())
        if counted.requests >= ceiling.limit:
            ends_at_s = ceiling.window.ends_at_s(now_s)
            return refusal(Obstacle(scope, ceiling, ends_at_s, alone=False), now_s)
    changes = [
        Change(scope.name, ceiling.window, ceiling.window.starts_at_s(now_s), requests=1)
        for scope, ceiling in ceilings
    ]
    change_windows(connection, (each for each in changes if (each.scope, each.window) in counts))
    begin_windows(connection, (each for each in changes if (each.scope, each.window) not in counts))
    return None


def _ceiling(scope: Scope) -> Ceiling | None:
    """That of requests; None for a scope that has none."""
    return next((each for each in scope.limits.ceilings if each.metric is Metric.REQUESTS), None)
