"""Walking the plan: what is tried, how often, in which order, and what the client is told."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from router.cascade.walk import Cascade
from router.domain import (
    Capability,
    DataClass,
    Decision,
    Dialect,
    Endpoint,
    InferenceRequest,
    JsonObject,
    Location,
    ModelSpec,
    PlanStep,
    Price,
    Tier,
)
from router.egress.clearance import ClearanceOffice
from router.errors import (
    BackendBroken,
    BackendFailure,
    BackendOverloaded,
    BackendRejected,
    BackendsFailed,
    BackendTimeout,
    BackendUnauthorized,
    BackendUnreachable,
    InvalidRequest,
    NothingAvailable,
    RequestError,
    UnknownFields,
)
from router.load.gates import Claim
from router.load.rules import Lane
from router.policy.policy import BreakerRules, CascadeRules
from router.policy.rank import NOTHING_KNOWN
from router.protocols import Dispatch
from router.task import Features
from router.trail import Trail
from tests.unit.clock import ManualClock

RULES = CascadeRules(
    attempts_per_model=2,
    attempt_timeout_s=10,
    total_timeout_s=60,
    backoff_initial_s=0.1,
    backoff_max_s=2.0,
    breaker=BreakerRules(failures_to_open=3, open_s=30),
    retry_after_s=5,
)

CLAIM = Claim("default", Lane.OTHERS)


class ScriptedBackend:
    """Fails as it is told, then answers."""

    def __init__(self, *failures: BackendFailure) -> None:
        self.failures = list(failures)
        self.dispatches: list[Dispatch] = []

    async def attempt(self, dispatch: Dispatch) -> AsyncIterator[JsonObject]:
        self.dispatches.append(dispatch)
        if self.failures:
            raise self.failures.pop(0)
        yield {"answered_by": dispatch.model}


class SayingBackend(ScriptedBackend):
    """Says what it is told to."""

    def __init__(self, *events: JsonObject) -> None:
        super().__init__()
        self._events = events

    async def attempt(self, dispatch: Dispatch) -> AsyncIterator[JsonObject]:
        for event in self._events:
            yield event


def model(name: str, origin: str | None = None) -> ModelSpec:
    return ModelSpec(
        id=name,
        version="1",
        dialect=Dialect.OPENAI,
        location=Location.EXTERNAL if origin else Location.ON_PREM,
        approved=frozenset(DataClass),
        residency=frozenset({"on-prem"}),
        capabilities=frozenset(Capability),
        context_tokens=1_000,
        price=Price(0, 0),
        upstream_model=name,
        origin=origin,
    )


class Walk:
    """One cascade over models a, b, … and all that it did."""

    def __init__(self, *backends: ScriptedBackend, origin: str | None = None) -> None:
        self.backends = backends
        models = [model("abcdef"[place], origin) for place in range(len(backends))]
        self.plan = tuple(PlanStep(each, Tier.FAST) for each in models)
        self.clock = ManualClock()
        self.slept_s: list[float] = []
        self.cascade = Cascade(
            rules=RULES,
            backends=dict(zip((each.key for each in models), backends, strict=True)),
            office=ClearanceOffice(Ed25519PrivateKey.generate()),
            clock=self.clock,
            random=Random(0),
            sleep=self._sleep,
        )

    async def run(
        self,
        *,
        strict: bool = False,
        features: Features = NOTHING_KNOWN,
        input_tokens: int | None = None,
        **fields: object,
    ) -> tuple[JsonObject, Trail]:
        trail = Trail("request")
        events = await self.begin(
            trail, strict=strict, features=features, input_tokens=input_tokens, **fields
        )
        first = await anext(events)
        await events.aclose()
        return first, trail

    async def begin(
        self,
        trail: Trail,
        *,
        strict: bool = False,
        features: Features = NOTHING_KNOWN,
        input_tokens: int | None = None,
        **fields: object,
    ) -> AsyncGenerator[JsonObject, None]:
        body: JsonObject = {"model": "auto", "messages": [{"role": "user", "content": "hi"}]}
        request = InferenceRequest(
            request_id="request",
            endpoint=Endpoint.CHAT,
            body=body | fields,  # type: ignore[operator]
            choice="auto",
            stream=False,
            unknown_fields=frozenset(fields),
            reject_unknown_fields=strict,
        )
        keys = tuple(step.model.key for step in self.plan)
        decision = Decision(
            "auto", DataClass.INTERNAL, keys, (), self.plan, (), "sha256:0", features=features
        )
        return await self.cascade.serve(
            request,
            decision,
            self.plan,
            "salt",
            trail,
            claim=CLAIM,
            input_tokens=input_tokens,
        )

    async def _sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.clock.advance(seconds)


def outcomes(trail: Trail) -> list[tuple[str, str]]:
    return [(attempt.model, attempt.outcome) for attempt in trail.attempts]


async def test_the_first_of_the_plan_answers_if_it_can() -> None:
    walk = Walk(ScriptedBackend(), ScriptedBackend())
    answer, trail = await walk.run()
    assert answer == {"answered_by": "a@1"}
    assert outcomes(trail) == [("a@1", "answered")]
    assert trail.fallbacks == ()


async def test_a_backend_that_is_gone_is_tried_again_and_then_the_next_one() -> None:
    walk = Walk(ScriptedBackend(*[BackendUnreachable("x")] * 2), ScriptedBackend())
    answer, trail = await walk.run()
    assert answer == {"answered_by": "b@1"}
    assert outcomes(trail) == [
        ("a@1", "BackendUnreachable"),
        ("a@1", "BackendUnreachable"),
        ("b@1", "answered"),
    ]
    assert trail.fallbacks == ("a@1",)


@pytest.mark.parametrize("kind", [BackendTimeout, BackendRejected, BackendUnauthorized])
async def test_what_would_end_the_same_way_is_not_tried_again(kind: type[BackendFailure]) -> None:
    walk = Walk(ScriptedBackend(kind("x")), ScriptedBackend())
    _, trail = await walk.run()
    assert outcomes(trail) == [("a@1", kind.__name__), ("b@1", "answered")]
    assert walk.slept_s == []


async def test_a_providers_retry_after_is_waited_for() -> None:
    walk = Walk(ScriptedBackend(BackendOverloaded("x", 1.5)))
    await walk.run()
    assert len(walk.slept_s) == 1
    assert walk.slept_s[0] >= 1.5


async def test_a_retry_after_beyond_patience_goes_to_the_next_model() -> None:
    walk = Walk(ScriptedBackend(BackendOverloaded("x", 60)), ScriptedBackend())
    answer, _ = await walk.run()
    assert answer == {"answered_by": "b@1"}
    assert walk.slept_s == []


@pytest.mark.parametrize(
    ("failures", "told"),
    [
        ([BackendUnreachable("x"), BackendUnreachable("x")], NothingAvailable),
        ([BackendTimeout("x")], NothingAvailable),
        ([BackendUnauthorized("x")], NothingAvailable),
        ([BackendBroken("x"), BackendBroken("x")], BackendsFailed),
        ([BackendRejected("status 400")], InvalidRequest),
    ],
)
async def test_what_the_client_is_told_at_the_end_of_the_plan(
    failures: Sequence[BackendFailure], told: type[RequestError]
) -> None:
    with pytest.raises(told):
        await Walk(ScriptedBackend(*failures)).run()


async def test_the_longest_retry_after_is_passed_on() -> None:
    walk = Walk(
        ScriptedBackend(BackendOverloaded("x", 60)), ScriptedBackend(BackendOverloaded("x", 20.5))
    )
    with pytest.raises(NothingAvailable) as told:
        await walk.run()
    assert told.value.retry_after_s == 60


async def test_an_open_breaker_is_not_knocked_at() -> None:
    ill = ScriptedBackend(*[BackendUnreachable("x")] * 99)
    walk = Walk(ill, ScriptedBackend())
    await walk.run()
    await walk.run()
    assert len(ill.dispatches) == 3  # the third failure opened it
    _, trail = await walk.run()
    assert len(ill.dispatches) == 3
    assert outcomes(trail) == [("a@1", "breaker_open"), ("b@1", "answered")]


async def test_an_open_breaker_alone_is_a_503() -> None:
    walk = Walk(ScriptedBackend(*[BackendUnreachable("x")] * 99))
    for _ in range(3):
        with pytest.raises(NothingAvailable) as told:
            await walk.run()
    assert told.value.retry_after_s == RULES.retry_after_s


async def test_a_busy_backend_opens_no_breaker() -> None:
    busy = ScriptedBackend(*[BackendOverloaded("x")] * 8)
    walk = Walk(busy)
    for _ in range(4):
        with pytest.raises(NothingAvailable):
            await walk.run()
    await walk.run()
    assert len(busy.dispatches) == 9


async def test_nothing_is_waited_for_beyond_the_time_of_the_whole() -> None:
    walk = Walk(ScriptedBackend(BackendOverloaded("x", 1.9)), ScriptedBackend())
    walk.clock.advance(0)

    async def slow(seconds: float) -> None:
        walk.clock.advance(100)

    walk.cascade._sleep = slow
    with pytest.raises(NothingAvailable):
        await walk.run()


async def test_each_attempt_outside_has_a_clearance_of_its_own() -> None:
    backend = ScriptedBackend(BackendBroken("x"))
    await Walk(backend, origin="https://api.example.com").run()
    first, second = (dispatch.clearance for dispatch in backend.dispatches)
    assert first
    assert second
    assert first != second


async def test_what_stays_inside_needs_none_and_gets_the_tenants_salt() -> None:
    backend = ScriptedBackend()
    await Walk(backend).run()
    assert backend.dispatches[0].clearance is None
    assert json.loads(backend.dispatches[0].body)["cache_salt"] == "salt"


async def test_the_salt_never_leaves() -> None:
    backend = ScriptedBackend()
    await Walk(backend, origin="https://api.example.com").run()
    assert b"salt" not in backend.dispatches[0].body


async def test_an_unknown_field_is_dropped_and_named() -> None:
    backend = ScriptedBackend()
    _, trail = await Walk(backend).run(shiny=1)
    assert trail.dropped_fields == ("shiny",)
    assert b"shiny" not in backend.dispatches[0].body


async def test_a_strict_client_is_refused_before_anything_is_sent() -> None:
    backend = ScriptedBackend()
    with pytest.raises(UnknownFields, match="shiny"):
        await Walk(backend).run(strict=True, shiny=1)
    assert backend.dispatches == []


async def test_an_answer_that_ends_before_it_begins_is_none() -> None:
    class Silent(ScriptedBackend):
        async def attempt(self, dispatch: Dispatch) -> AsyncIterator[JsonObject]:
            self.dispatches.append(dispatch)
            for never in ():
                yield never

    answer, trail = await Walk(Silent(), ScriptedBackend()).run()
    assert answer == {"answered_by": "b@1"}
    assert outcomes(trail)[0] == ("a@1", "BackendBroken")


async def test_a_long_answer_asked_for_by_one_closes_no_model_for_the_others() -> None:
    slow = ScriptedBackend(*[BackendTimeout("x")] * 9)
    walk = Walk(slow)
    for _ in range(9):
        with pytest.raises(NothingAvailable):
            await walk.run()
    await walk.run()
    assert len(slow.dispatches) == 10


@pytest.mark.parametrize(
    ("failure", "is_charged"),
    [
        (BackendTimeout("x"), True),
        (BackendUnreachable("x"), False),
        (BackendOverloaded("x"), False),
        (BackendRejected("x"), False),
        (BackendBroken("x"), False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BackendFailure) else "",
)
async def test_what_had_the_request_in_hand_is_taken_to_have_worked_on_it(
    failure: BackendFailure, is_charged: bool
) -> None:
    _, trail = await Walk(ScriptedBackend(failure), ScriptedBackend()).run(max_tokens=70)
    failed, answered = trail.attempts[0], trail.attempts[-1]
    assert (failed.outcome, failed.estimated) == (type(failure).__name__, is_charged)
    assert (failed.usage.output_tokens if failed.usage else 0) == (70 if is_charged else 0)
    assert (answered.usage, answered.estimated) == (None, False)


@pytest.mark.parametrize(("told", "counted"), [(None, 17), (23, 23)], ids=["own", "another's"])
async def test_whoever_is_cut_short_is_charged_for_what_was_counted_before(
    told: int | None, counted: int
) -> None:
    _, trail = await Walk(ScriptedBackend(BackendTimeout("x")), ScriptedBackend()).run(
        features=Features(input_tokens=17), input_tokens=told
    )
    assert trail.attempts[0].usage is not None
    assert trail.attempts[0].usage.input_tokens == counted


async def test_what_a_model_says_is_heard_as_it_leaves_it() -> None:
    events: list[JsonObject] = [
        {"choices": [{"index": 0, "delta": {"content": word}}]} for word in ("The", " Rhine")
    ]
    walk = Walk(SayingBackend(*events))
    trail = Trail("request")
    answer = await walk.begin(trail)
    assert trail.heard.texts == ("The",)
    assert [event async for event in answer] == events
    assert trail.heard.texts == ("The Rhine",)


async def test_a_clearance_lasts_as_long_as_it_takes_to_send() -> None:
    backend = ScriptedBackend()
    walk = Walk(backend, origin="https://api.example.com")
    await walk.run()
    payload, _, _ = (backend.dispatches[0].clearance or "").partition(".")
    cleared = json.loads(base64.urlsafe_b64decode(payload + "=="))
    assert cleared["expires_at_s"] - walk.clock.now_s() <= 15


async def test_an_answer_that_took_too_long_is_said_to_have() -> None:
    with pytest.raises(NothingAvailable, match="max_tokens"):
        await Walk(ScriptedBackend(BackendTimeout("x"))).run()
