"""The rows of shadow requests: one before anything is sent (I5), filled in by what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, func, insert, select, update

from router.audit.acts import Act, record_act
from router.domain import DataClass, Usage
from router.trials.tables import trials

DAY_S = 86_400
SENT = "shadow.sent"


@dataclass(frozen=True, slots=True)
class Sending:
    """What is about to be sent. `body_sha256` is 64 hex digits over the bytes that the shadow gets;
    `at_most` and `cost_nano_usd` are what it may take, with every try that it may need.
    """

    request_id: str
    data_class: DataClass
    champion: str
    shadow: str
    weights_digest: str | None
    task: str
    body_sha256: str
    at_most: Usage
    cost_nano_usd: int


@dataclass(frozen=True, slots=True)
class Came:
    """What came of it. `outcome` is "answered", or the name of what failed.

    `usage` and `cost_nano_usd` are of all tries, as they were told or by the rule for what nobody
    tells (`router.accounts.limits.taken`).
    """

    outcome: str
    latency_s: float
    usage: Usage = field(default_factory=Usage)
    cost_nano_usd: int = 0
    ttft_s: float | None = None
    finish_reason: str | None = None
    shadow_flaw: str | None = None
    champion_flaw: str | None = None
    agrees: bool | None = None


def send(connection: Connection, sending: Sending, max_nano_usd: int, now_s: float) -> bool:
    """Puts on record that the body goes to this model, too; False where the day's money is spent.

    What is under way counts with the most that it may cost.
    """
    if sending.cost_nano_usd:
        spent_nano_usd = spent_today_nano_usd(connection, now_s)
        if spent_nano_usd + sending.cost_nano_usd > max_nano_usd:
            return False
    row = {
        "request_id": sending.request_id,
        "champion": sending.champion,
        "shadow": sending.shadow,
        "task": sending.task,
        "sent_at_s": now_s,
        "input_tokens": sending.at_most.input_tokens,
        "output_tokens": sending.at_most.output_tokens,
        "cost_nano_usd": sending.cost_nano_usd,
    }
    connection.execute(insert(trials), [row])
    act = Act(
        SENT,
        actor="cluster",
        reason="a copy, to see what the version in shadow makes of it",
        details={
            "request_id": sending.request_id,
            "data_class": sending.data_class.label,
            "champion": sending.champion,
            "model": sending.shadow,
            "weights_digest": sending.weights_digest,
            "body_sha256": sending.body_sha256,
        },
    )
    record_act(connection, act, now_s)
    return True


def spent_today_nano_usd(connection: Connection, now_s: float) -> int:
    """Since midnight in UTC; what is under way with the most that it may cost."""
    today = trials.c.sent_at_s >= now_s - now_s % DAY_S
    return int(connection.scalar(select(func.sum(trials.c.cost_nano_usd)).where(today)) or 0)


def note(connection: Connection, request_id: str, came: Came) -> None:
    """Puts what it took in the place of what it might have, once: what has its outcome keeps it.

    Does nothing where the record is gone by now, and its trial with it.
    """
    values = {
        "outcome": came.outcome,
        "latency_s": came.latency_s,
        "ttft_s": came.ttft_s,
        "finish_reason": came.finish_reason,
        "shadow_flaw": came.shadow_flaw,
        "champion_flaw": came.champion_flaw,
        "agrees": came.agrees,
        "input_tokens": came.usage.input_tokens,
        "output_tokens": came.usage.output_tokens,
        "cost_nano_usd": came.cost_nano_usd,
    }
    mine = trials.c.request_id == request_id, trials.c.outcome.is_(None)
    connection.execute(update(trials).where(*mine).values(values))
