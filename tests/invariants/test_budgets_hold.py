"""Limits and budgets on the wired gateway: what is over them is refused, and nothing stays held."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx2
import pytest

from serving.simulator.process import SimulatorProcess
from tests.bodies import CHAT, CONFIDENTIAL, EMBEDDINGS, RESTRICTED, chat, embedding
from tests.stack import Stack, running_stack, until

Edit = Callable[[dict[str, Any], dict[str, Any]], None]


def limits(**said: Any) -> Edit:
    def edit(_models: dict[str, Any], policy: dict[str, Any]) -> None:
        policy["limits"] = said

    return edit


def free_on_prem(**said: Any) -> Edit:
    def edit(models: dict[str, Any], policy: dict[str, Any]) -> None:
        policy["limits"] = said
        for entry in models["models"]:
            if entry["location"] == "on-prem":
                entry["price"] = {"input_usd_per_mtok": 0.0, "output_usd_per_mtok": 0.0}

    return edit


@pytest.fixture(scope="module")
def limited(
    tmp_path_factory: pytest.TempPathFactory, providers: Mapping[str, SimulatorProcess]
) -> Iterator[Stack]:
    """Everything is counted, and there is enough of it."""
    enough = {"requests_per_minute": 10_000, "budget_usd_per_month": 1_000.0}
    models = dict.fromkeys(("openai-model", "private-model"), enough)
    edit = limits(all=enough, each_team=enough, each_key=enough, models=models)
    directory = tmp_path_factory.mktemp("limited")
    with running_stack(directory, providers=providers, edit=edit) as stack:
        yield stack
        stack.reset()


@pytest.fixture
def stack(limited: Stack) -> Stack:
    limited.reset()
    return limited


def spent_and_held(stack: Stack, scope: str) -> tuple[int, int]:
    """Nano-dollars of all months, so that a test may run through the end of one."""
    (row,) = stack.rows(
        "SELECT COALESCE(SUM(spent_nano_usd), 0), COALESCE(SUM(held_nano_usd), 0)"
        " FROM limit_windows WHERE scope = ? AND \"window\" = 'month'",
        scope,
    )
    return row[0], row[1]


def nothing_is_held(stack: Stack) -> None:
    until(lambda: not stack.rows("SELECT * FROM limit_holds"), timeout_s=30)
    assert stack.rows("SELECT * FROM limit_windows WHERE held_nano_usd <> 0") == []


def refused_at_last(stack: Stack, body: dict[str, Any], at_most: int) -> httpx2.Response:
    """The first refusal. A window may end meanwhile: `at_most` is what two have room for."""
    for _ in range(at_most + 1):
        answer = stack.post(CHAT, body)
        if answer.status_code != 200:
            return answer
    pytest.fail("nothing was refused")


def test_a_request_too_many_in_a_minute_is_told_to_come_back(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack(edit=limits(each_key={"requests_per_minute": 2}))
    answer = refused_at_last(stack, chat(), at_most=4)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (429, "rate_limit_exceeded")
    assert error["type"] == "rate_limit_error"
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    record = stack.record_of(answer)
    assert (record["status"], record["outcome"]["error_code"]) == ("refused", error["code"])
    assert record["plan"] == []
    assert "rate:refused" in record["reasons"]


def test_what_is_over_the_budget_is_refused_and_sent_nowhere(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack(edit=limits(each_team={"budget_usd_per_day": 0.000_001}))
    answer = stack.post(CHAT, chat(model="openai-model"))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (429, "budget_exceeded")
    assert error["type"] == "insufficient_quota"
    assert 1 <= int(answer.headers["retry-after"]) <= 86_400
    assert "budget:refused" in stack.record_of(answer)["reasons"]
    assert stack.arrived(*stack.providers) == []
    nothing_is_held(stack)


def test_a_budget_is_spent_by_what_requests_cost_and_not_by_what_they_held(
    own_stack: Callable[..., Stack],
) -> None:
    # A request may cost 2,000 tokens of output, and takes 16: one is let in after another.
    stack = own_stack(edit=limits(each_team={"budget_usd_per_month": 0.005}))
    body = chat(model="openai-model", max_tokens=2_000)
    costs = []
    for _ in range(4):
        answer = stack.post(CHAT, body)
        assert answer.status_code == 200
        costs.append(round(answer.json()["usage"]["cost_usd"] * 1e9))
    assert spent_and_held(stack, "team:default") == (sum(costs), 0)
    refused = stack.post(CHAT, body | {"max_tokens": 3_000})
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "budget_exceeded")


def test_over_budget_a_cheaper_permitted_model_answers_where_the_policy_says_so(
    own_stack: Callable[..., Stack],
) -> None:
    budget = {"budget_usd_per_day": 0.0, "over_budget": "cheaper"}
    stack = own_stack(edit=free_on_prem(each_team=budget))
    answer = stack.post(CHAT, chat(model="openai-model"))
    assert answer.status_code == 200
    assert answer.headers["x-ringfence-model"] == "fast-model"
    record = stack.record_of(answer)
    assert "budget:narrowed" in record["reasons"]
    assert all(not key.startswith("openai") for key in record["plan"])
    assert stack.arrived_outside() == []


def test_over_budget_no_other_model_answers_where_the_policy_does_not_say_so(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack(edit=free_on_prem(each_team={"budget_usd_per_day": 0.0}))
    answer = stack.post(CHAT, chat(model="openai-model"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "budget_exceeded")
    assert stack.arrived(*stack.providers) == []


@pytest.mark.parametrize("text", [CONFIDENTIAL, RESTRICTED])
def test_no_budget_sends_outside_what_must_stay(own_stack: Callable[..., Stack], text: str) -> None:
    """I3: models outside are the cheaper ones here, and none of them is taken."""

    def edit(models: dict[str, Any], policy: dict[str, Any]) -> None:
        policy["limits"] = {"all": {"budget_usd_per_day": 0.0, "over_budget": "cheaper"}}
        for entry in models["models"]:
            if entry["location"] == "external":
                entry["price"] = {"input_usd_per_mtok": 0.0, "output_usd_per_mtok": 0.0}

    stack = own_stack(edit=edit)
    for choice in ("auto", "openai-model", "private", "balanced"):
        answer = stack.post(CHAT, chat(text, model=choice))
        assert (answer.status_code, answer.json()["error"]["code"]) == (429, "budget_exceeded")
    assert stack.arrived(*stack.providers) == []


def test_embeddings_have_a_cost_too(own_stack: Callable[..., Stack]) -> None:
    stack = own_stack(edit=limits(models={"embedding-model": {"budget_usd_per_day": 0.0}}))
    answer = stack.post(EMBEDDINGS, embedding())
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "budget_exceeded")
    assert stack.post(CHAT, chat()).status_code == 200


@pytest.mark.parametrize("stream", [False, True])
def test_nothing_is_held_after_an_answer(stack: Stack, stream: bool) -> None:
    before, _ = spent_and_held(stack, "model:openai-model")
    answer = stack.post(CHAT, chat(model="openai-model", stream=stream))
    record = stack.record_of(answer)
    nothing_is_held(stack)
    spent, _ = spent_and_held(stack, "model:openai-model")
    assert spent - before == record["outcome"]["cost_nano_usd"] > 0


def test_embeddings_are_settled_as_well(stack: Stack) -> None:
    before, _ = spent_and_held(stack, "all")
    record = stack.record_of(stack.post(EMBEDDINGS, embedding()))
    nothing_is_held(stack)
    assert spent_and_held(stack, "all")[0] - before == record["outcome"]["cost_nano_usd"] > 0


def test_nothing_is_held_after_an_error(stack: Stack) -> None:
    for provider in stack.providers.values():
        provider.configure(outage="unavailable")
    before, _ = spent_and_held(stack, "all")
    answer = stack.post(CHAT, chat(model="openai-model"))
    assert answer.status_code == 503
    nothing_is_held(stack)
    assert spent_and_held(stack, "all")[0] == before


def test_nothing_is_held_after_a_request_that_no_model_can_take(stack: Stack) -> None:
    images = {"type": "image_url", "image_url": {"url": "https://example.com/x.png"}}
    body = {"model": "auto", "messages": [{"role": "user", "content": [images]}]}
    assert stack.post(CHAT, body).status_code == 400
    nothing_is_held(stack)


@pytest.mark.parametrize("fault", ["cut_stream_after_tokens", "error_in_stream_after_tokens"])
def test_a_stream_that_breaks_holds_nothing_and_counts_for_what_arrived_of_it(
    stack: Stack, fault: str
) -> None:
    stack.providers["openai"].configure(**{fault: 3})
    before, _ = spent_and_held(stack, "model:openai-model")
    answer = stack.post(CHAT, chat(model="openai-model", stream=True, max_tokens=1_000))
    record = stack.record_of(answer)
    assert record["status"] == "partial"
    outcome = record["outcome"]
    assert outcome["attempts"][-1]["estimated"]
    assert outcome["input_tokens"] > 0
    assert 3 <= outcome["output_tokens"] < 100
    nothing_is_held(stack)
    spent = spent_and_held(stack, "model:openai-model")[0] - before
    assert spent == outcome["cost_nano_usd"] > 0


@pytest.mark.parametrize("begun", [False, True], ids=["before the first byte", "in the middle"])
def test_nothing_is_held_after_a_client_has_left(stack: Stack, begun: bool) -> None:
    latency = {"itl_s": 0.05, "completion_tokens": 1_000} if begun else {"ttft_s": 30}
    stack.providers["openai"].configure(**latency)
    body = chat(model="openai-model", stream=True)

    async def ask_and_leave() -> None:
        headers = {"authorization": f"Bearer {stack.key}"}
        async with httpx2.AsyncClient(base_url=stack.url, trust_env=False, timeout=30) as client:
            if begun:
                async with client.stream("POST", CHAT, json=body, headers=headers) as response:
                    await anext(response.aiter_lines())
                return
            asking = asyncio.create_task(client.post(CHAT, json=body, headers=headers))
            await asyncio.to_thread(until, lambda: stack.arrived("openai"))
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    before, _ = spent_and_held(stack, "team:default")
    asyncio.run(ask_and_leave())
    nothing_is_held(stack)
    ((cost,),) = stack.rows(
        "SELECT cost_nano_usd FROM outcomes ORDER BY recorded_at_s DESC LIMIT 1"
    )
    assert spent_and_held(stack, "team:default")[0] - before == cost > 0
