"""Requests whose cost is easy to reckon, and an admission to send them through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import Connection, Engine, select

from router.accounts.limits.admission import Admission, Admitted
from router.accounts.limits.rules import LimitRules
from router.accounts.limits.tables import limit_holds, limit_windows
from router.accounts.limits.taken import taken
from router.cascade.walk import ANSWERED
from router.domain import (
    Attempt,
    Capability,
    DataClass,
    Decision,
    Dialect,
    Endpoint,
    InferenceRequest,
    Location,
    ModelSpec,
    Outcome,
    OutcomeStatus,
    PlanStep,
    Price,
    Principal,
    Tier,
    Usage,
)
from router.ids import new_id
from router.store.database import connect, metadata

NOON_S = 1_793_707_200.0
"""2026-11-03 12:00:00 UTC: the beginning of a minute, and neither of a day nor of a month."""

NANO_USD_PER_TOKEN = 1_000
"""Of output, at a dollar a million; input is free here: a cost follows from max_tokens."""


def model(name: str, usd_per_mtok: float = 1.0, context_tokens: int = 10_000) -> ModelSpec:
    return ModelSpec(
        id=name,
        version="1",
        dialect=Dialect.OPENAI,
        location=Location.EXTERNAL,
        approved=frozenset(DataClass),
        residency=frozenset({"us"}),
        capabilities=frozenset({Capability.CHAT}),
        context_tokens=context_tokens,
        price=Price(0.0, usd_per_mtok),
        upstream_model=name,
        origin="https://api.example",
    )


DEAR, CHEAP, FREE = model("dear", 2.0), model("cheap", 1.0), model("free", 0.0)


def asked(max_tokens: int = 100, **body: object) -> InferenceRequest:
    content = {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": max_tokens, **body}
    return InferenceRequest(new_id(), Endpoint.CHAT, content, "auto", stream=False)  # type: ignore[arg-type]


def decided(*models: ModelSpec) -> Decision:
    return Decision(
        choice="auto",
        data_class=DataClass.INTERNAL,
        permitted=tuple(each.key for each in models),
        excluded=(),
        plan=tuple(PlanStep(each, Tier.FAST) for each in models),
        reasons=("class:internal",),
        policy_digest="sha256:0",
    )


def caller(team: str = "claims", key_id: str = "k1") -> Principal:
    return Principal(key_id, team, DataClass.PUBLIC, frozenset(Tier))


def answered(
    request: InferenceRequest, by: ModelSpec, output_tokens: int, input_tokens: int = 5
) -> Outcome:
    usage = Usage(input_tokens, output_tokens)
    return Outcome(
        request_id=request.request_id,
        status=OutcomeStatus.ANSWERED,
        http_status=200,
        error_code=None,
        model=by.key,
        weights_digest=None,
        tier=Tier.FAST,
        attempts=(Attempt(by.key, Tier.FAST, ANSWERED, 0.1),),
        usage=usage,
        cost_nano_usd=by.price.cost_nano_usd(usage),
        ttft_s=0.1,
        latency_s=0.2,
    )


def failed(request: InferenceRequest, *attempts: tuple[ModelSpec, str]) -> Outcome:
    """No usage was reported; `attempts` are what was tried, and what came of it."""
    made = tuple(Attempt(each.key, Tier.FAST, outcome, 0.1) for each, outcome in attempts)
    last = made[-1].model if made and made[-1].outcome == ANSWERED else None
    return replace(
        answered(request, DEAR, 0, 0),
        status=OutcomeStatus.FAILED,
        model=last,
        attempts=made,
        usage=Usage(),
        cost_nano_usd=0,
    )


def given_up(request: InferenceRequest, by: ModelSpec, outcome: str) -> Attempt:
    """Of which nothing had arrived."""
    return taken(request, by).written_on(Attempt(by.key, Tier.FAST, outcome, 0.1))


class Desk:
    """One gateway's admission over a database, each step in a transaction of its own."""

    def __init__(self, engine: Engine, rules: LimitRules, longest_request_s: float = 100.0) -> None:
        self.engine = engine
        self.now_s = NOON_S
        self._admission = Admission(rules, longest_request_s=longest_request_s)

    def admit(
        self,
        request: InferenceRequest,
        *models: ModelSpec,
        principal: Principal | None = None,
    ) -> Admitted:
        with self.engine.begin() as connection:
            return self._admission.admit(
                connection, request, principal or caller(), decided(*models), self.now_s
            )

    def settle(self, outcome: Outcome) -> None:
        with self.engine.begin() as connection:
            self._admission.settle(connection, outcome, self.now_s)

    def window(self, scope: str, window: str) -> tuple[int, int, int, int] | None:
        """Requests, tokens, nano-dollars spent and held; None where nothing was counted."""
        c = limit_windows.c
        with self.engine.begin() as connection:
            row = connection.execute(
                select(c.requests, c.tokens, c.spent_nano_usd, c.held_nano_usd)
                .where(c.scope == scope, c.window == window)
                .order_by(c.starts_at_s.desc())
            ).first()
        return None if row is None else tuple(row)  # type: ignore[return-value]

    def money(self, scope: str, window: str = "day") -> tuple[int, int]:
        """Nano-dollars spent and held."""
        found = self.window(scope, window)
        return (0, 0) if found is None else found[2:]

    def holds(self) -> int:
        with self.engine.begin() as connection:
            return held(connection)


def held(connection: Connection) -> int:
    return len(connection.execute(select(limit_holds.c.request_id)).all())


def opened(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url)
    metadata.create_all(engine, tables=[limit_windows, limit_holds])
    yield engine
    engine.dispose()
