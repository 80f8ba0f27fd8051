"""What a cheaper model has begun is recorded and charged alike, however it ends, and nothing stays
held: neither money nor a place at a model.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import httpx2
import pytest

from router.domain import Finding, Segment
from router.protocols import Detector, Settling
from serving.detection.fake import FakePatternDetector
from serving.simulator.process import SimulatorProcess
from tests.bodies import CHAT, RESTRICTED, chat
from tests.cascading import CHEAP, STRONG, SURE_LOGPROB, cascading
from tests.stack import Stack, running_stack, until

ENOUGH = {"budget_usd_per_month": 1_000.0, "tokens_per_minute": 10_000_000}
JUDGE = "private-model@1"
MAX_TOKENS = 1_000


class Unhurried(FakePatternDetector):
    """Takes for ever over answers, unless it hurries."""

    def __init__(self) -> None:
        self.hurries = False
        self.asked = threading.Event()

    async def detect(
        self, segments: Sequence[Segment], settling: Settling | None = None
    ) -> tuple[Finding, ...]:
        if not self.hurries and any(each.path.startswith(".answer") for each in segments):
            self.asked.set()
            await asyncio.Event().wait()
        return await super().detect(segments, settling)


def budgeted(_models: dict[str, Any], policy: dict[str, Any]) -> None:
    """Everything is counted, and the models on-prem have room for one request each."""
    models = dict.fromkeys(("fast-model", "openai-model", "private-model"), ENOUGH)
    policy["limits"] = {"all": ENOUGH, "models": models}
    alone = {"concurrent": 1, "reserved_for_private": 0.0}
    policy["output"] = [
        {"models": ["any"], "from_data_class": "restricted", "action": "stop"},
    ]
    policy["capacity"] = {
        "headroom_for_other_teams": 0.0,
        "models": {"fast-model": alone, "private-model": alone},
    }


@pytest.fixture(scope="module")
def stack_with(
    tmp_path_factory: pytest.TempPathFactory, providers: Mapping[str, SimulatorProcess]
) -> Iterator[Callable[..., Stack]]:
    with ExitStack() as running:

        def make(detector: Detector | None = None, **pair: Any) -> Stack:
            directory = tmp_path_factory.mktemp("begun")
            edit = cascading(directory, None, budgeted, **pair)
            stack = running.enter_context(
                running_stack(directory, providers=providers, edit=edit, detector=detector)
            )
            stack.reset()
            return stack

        yield make
        for provider in providers.values():
            provider.configure()


@pytest.fixture(scope="module")
def holding_stack(stack_with: Callable[..., Stack]) -> Stack:
    return stack_with(streams={"hold_s": 60})


@pytest.fixture
def holding(holding_stack: Stack) -> Stack:
    """Streams are held for a minute at most."""
    holding_stack.reset()
    return holding_stack


def asked(**more: Any) -> dict[str, Any]:
    return chat(**{"stream": True, "max_tokens": MAX_TOKENS} | more)


def attempt_of(record: Mapping[str, Any], model: str) -> dict[str, Any]:
    (found,) = [each for each in record["outcome"]["attempts"] if each["model"] == model]
    attempt: dict[str, Any] = found
    return attempt


def spent(stack: Stack, scope: str) -> int:
    """Nano-dollars of all months, so that a test may run through the end of one."""
    (row,) = stack.rows(
        "SELECT COALESCE(SUM(spent_nano_usd), 0) FROM limit_windows"
        " WHERE scope = ? AND \"window\" = 'month'",
        scope,
    )
    total: int = row[0]
    return total


def nothing_is_held(stack: Stack) -> None:
    until(lambda: not stack.rows("SELECT * FROM limit_holds"), timeout_s=30)
    assert stack.rows("SELECT * FROM limit_windows WHERE held_nano_usd <> 0") == []


def there_is_room(stack: Stack) -> None:
    """For one more at each model: it waits for nobody."""
    stack.reset()
    stack.providers["fast"].configure(logprob=SURE_LOGPROB)
    stack.providers["private"].configure(says="yes")
    answer = stack.post(CHAT, asked())
    outcomes = [each["outcome"] for each in stack.record_of(answer)["outcome"]["attempts"]]
    assert answer.headers["x-ringfence-escalation"] == "kept;signal=mean_logprob"
    assert set(outcomes) <= {"answered", "judged"}


async def leave_after(stack: Stack, has_come: Callable[[], object], body: dict[str, Any]) -> None:
    """Asks, and hangs up once `has_come`."""
    headers = {"authorization": f"Bearer {stack.key}"}
    async with httpx2.AsyncClient(base_url=stack.url, trust_env=False, timeout=30) as client:
        asking = asyncio.create_task(client.post(CHAT, json=body, headers=headers))
        await asyncio.to_thread(until, has_come)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


def last_outcome(stack: Stack) -> dict[str, Any]:
    """Of the only request that is not answered yet, once it is recorded."""
    until(lambda: stack.rows("SELECT 1 FROM outcomes WHERE status = 'cancelled'"))
    ((attempts, cost),) = stack.rows(
        "SELECT attempts, cost_nano_usd FROM outcomes WHERE status = 'cancelled'"
    )
    return {"outcome": {"attempts": json.loads(attempts), "cost_nano_usd": cost}}


@pytest.mark.parametrize("fault", ["cut_stream_after_tokens", "error_in_stream_after_tokens"])
def test_a_held_stream_that_breaks_costs_what_arrived_of_it(holding: Stack, fault: str) -> None:
    stack = holding
    stack.providers["fast"].configure(logprob=SURE_LOGPROB, **{fault: 3})
    before, before_cheap = spent(stack, "all"), spent(stack, "model:fast-model")
    answer = stack.post(CHAT, asked())
    record = stack.record_of(answer)
    broken, answered = attempt_of(record, CHEAP), attempt_of(record, STRONG)
    assert answer.headers["x-ringfence-held"] == "true"
    assert record["outcome"]["model"] == STRONG
    assert broken["outcome"] not in ("answered", "discarded")
    assert broken["estimated"]
    assert broken["input_tokens"] > 0
    assert 3 <= broken["output_tokens"] < MAX_TOKENS
    assert "estimated" not in answered
    nothing_is_held(stack)
    assert spent(stack, "model:fast-model") - before_cheap == broken["cost_nano_usd"] > 0
    assert spent(stack, "all") - before == record["outcome"]["cost_nano_usd"]


def test_a_held_stream_that_nobody_waits_for_costs_what_arrived_of_it(
    stack_with: Callable[..., Stack],
) -> None:
    stack = stack_with(streams={"hold_s": 1.0, "on_timeout": "escalate"})
    stack.providers["fast"].configure(
        logprob=SURE_LOGPROB, itl_s=0.05, completion_tokens=MAX_TOKENS
    )
    record = stack.record_of(stack.post(CHAT, asked()))
    thrown_away = attempt_of(record, CHEAP)
    assert (thrown_away["outcome"], thrown_away["estimated"]) == ("discarded", True)
    assert 1 <= thrown_away["output_tokens"] < MAX_TOKENS
    escalation = record["outcome"]["escalation"]
    assert escalation["signal"] == "hold_timeout"
    assert escalation["cheap_cost_nano_usd"] == thrown_away["cost_nano_usd"] > 0
    nothing_is_held(stack)
    assert spent(stack, "all") == record["outcome"]["cost_nano_usd"]


def test_a_judge_that_is_cut_short_is_paid_for_and_so_is_what_it_judged(
    stack_with: Callable[..., Stack],
) -> None:
    stack = stack_with(judge="private-model", streams={"hold_s": 3.0, "on_timeout": "escalate"})
    stack.providers["fast"].configure(logprob=SURE_LOGPROB)
    stack.providers["private"].configure(stall=True)
    record = stack.record_of(stack.post(CHAT, asked()))
    judge, judged = attempt_of(record, JUDGE), attempt_of(record, CHEAP)
    assert (judge["outcome"], judge["estimated"]) == ("cancelled", True)
    assert judge["input_tokens"] > 0
    assert judged["outcome"] == "discarded"
    assert "estimated" not in judged
    beside = judge["cost_nano_usd"] + judged["cost_nano_usd"]
    assert record["outcome"]["escalation"]["cheap_cost_nano_usd"] == beside
    nothing_is_held(stack)
    assert spent(stack, "model:private-model") == judge["cost_nano_usd"] > 0
    assert spent(stack, "all") == record["outcome"]["cost_nano_usd"]


def test_a_client_that_leaves_while_its_stream_is_held_leaves_nothing_reserved(
    stack_with: Callable[..., Stack],
) -> None:
    stack = stack_with(streams={"hold_s": 60})
    fast = stack.providers["fast"]
    fast.configure(logprob=SURE_LOGPROB, itl_s=0.05, completion_tokens=5_000)
    asyncio.run(leave_after(stack, lambda: stack.arrived("fast"), asked(max_tokens=5_000)))
    fast.wait_for_disconnect()
    record = last_outcome(stack)
    attempt = attempt_of(record, CHEAP)
    assert (attempt["outcome"], attempt["estimated"]) == ("cancelled", True)
    assert stack.arrived("openai") == []
    nothing_is_held(stack)
    assert spent(stack, "all") == record["outcome"]["cost_nano_usd"] == attempt["cost_nano_usd"] > 0
    there_is_room(stack)


def test_a_client_that_leaves_while_a_held_answer_is_judged_leaves_nothing_reserved(
    stack_with: Callable[..., Stack],
) -> None:
    stack = stack_with(judge="private-model", streams={"hold_s": 60})
    stack.providers["fast"].configure(logprob=SURE_LOGPROB)
    stack.providers["private"].configure(stall=True)
    asyncio.run(leave_after(stack, lambda: stack.arrived("private"), asked()))
    stack.providers["private"].wait_for_disconnect()
    record = last_outcome(stack)
    judged, judge = attempt_of(record, CHEAP), attempt_of(record, JUDGE)
    assert judged["outcome"] == "discarded"
    assert "estimated" not in judged
    assert (judge["outcome"], judge["estimated"]) == ("cancelled", True)
    nothing_is_held(stack)
    both = judged["cost_nano_usd"] + judge["cost_nano_usd"]
    assert spent(stack, "all") == record["outcome"]["cost_nano_usd"] == both
    there_is_room(stack)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_kept_answer_costs_what_its_model_said_whoever_leaves_before_it_is_shown(
    stack_with: Callable[..., Stack], stream: bool
) -> None:
    detector = Unhurried()
    stack = stack_with(detector, streams={"hold_s": 60})
    stack.providers["fast"].configure(logprob=SURE_LOGPROB)
    asyncio.run(leave_after(stack, detector.asked.is_set, asked(stream=stream)))
    left = last_outcome(stack)
    nothing_is_held(stack)
    assert spent(stack, "all") == left["outcome"]["cost_nano_usd"]
    detector.hurries = True
    stayed = stack.record_of(stack.post(CHAT, asked(stream=stream)))
    for record in (left, stayed):
        assert attempt_of(record, CHEAP)["outcome"] == "answered"
        assert "estimated" not in attempt_of(record, CHEAP)
    assert left["outcome"]["cost_nano_usd"] == stayed["outcome"]["cost_nano_usd"] > 0


def test_a_stream_that_is_stopped_before_anything_of_it_is_shown_costs_what_was_said(
    holding: Stack,
) -> None:
    stack = holding
    stack.providers["private"].configure(says=RESTRICTED)
    before = spent(stack, "all")
    answer = stack.post(CHAT, asked(model="private-model"))
    record = stack.record_of(answer)
    assert RESTRICTED not in answer.text
    assert record["outcome"]["error_code"] == "answer_stopped"
    assert 0 < record["outcome"]["output_tokens"] < MAX_TOKENS
    nothing_is_held(stack)
    assert spent(stack, "all") - before == record["outcome"]["cost_nano_usd"] > 0


def test_a_released_stream_costs_what_was_read_ahead_of_it_whoever_leaves_before_it_is_shown(
    stack_with: Callable[..., Stack],
) -> None:
    detector = Unhurried()
    stack = stack_with(detector, streams={"hold_s": 0.5, "on_timeout": "release"})
    stack.providers["fast"].configure(
        logprob=SURE_LOGPROB, itl_s=0.05, completion_tokens=MAX_TOKENS
    )
    asyncio.run(leave_after(stack, detector.asked.is_set, asked()))
    record = last_outcome(stack)
    attempt = attempt_of(record, CHEAP)
    assert (attempt["outcome"], attempt["estimated"]) == ("answered", True)
    nothing_is_held(stack)
    longest_nano_usd = MAX_TOKENS * 2_000
    assert 0 < spent(stack, "all") == record["outcome"]["cost_nano_usd"] < longest_nano_usd
