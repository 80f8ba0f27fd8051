"""Items asked again, of a gateway, each pinned to the model whose outcome is lacking."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx2

from benchmarks.quality.gate.outcomes import Cell, Item, OutcomesRefused
from benchmarks.quality.item import Call, Reply
from benchmarks.quality.item import Item as Question
from benchmarks.quality.suite import Suite
from router.domain import Json, JsonObject

NANO_USD = 1_000_000_000


@dataclass(frozen=True, slots=True)
class GatewayAsk:
    """`url` is the gateway's, without `/v1`; `suites` are those that the outcomes are of, by name.

    Items are asked as `bench quality` asks them: temperature 0, the suite's `max_tokens`, the seed.
    What is not answered, or by another model, is left out, and so are items of suites that are not
    here: they stay unknown. Raises OutcomesRefused where no gateway answers at all.
    """

    url: str
    key: str = field(repr=False)
    suites: Mapping[str, Suite] = field(repr=False)
    seed: int = 1
    connections: int = 4
    timeout_s: float = 600.0
    on_item: Callable[[], None] = field(default=lambda: None, repr=False)

    def __call__(self, model: str, items: Sequence[Item]) -> Mapping[Item, Cell]:
        questions = {
            (name, question.id): question
            for name, suite in self.suites.items()
            for question in suite.items
        }
        wanted = [item for item in items if (item.suite, item.name) in questions]
        headers = {"authorization": f"Bearer {self.key}"}
        try:
            with (
                httpx2.Client(
                    base_url=self.url, headers=headers, timeout=self.timeout_s, trust_env=False
                ) as client,
                ThreadPoolExecutor(self.connections) as pool,
            ):
                asked = partial(self._asked, client, model)
                cells = pool.map(lambda item: asked(item, questions[item.suite, item.name]), wanted)
                found = dict(zip(wanted, cells, strict=True))
        except (httpx2.TransportError, httpx2.InvalidURL, httpx2.UnsupportedProtocol):
            raise OutcomesRefused(
                f"no gateway answers at {self.url}: start one, or leave --url out"
            ) from None
        return {item: cell for item, cell in found.items() if cell is not None}

    def _asked(
        self, client: httpx2.Client, model: str, item: Item, question: Question
    ) -> Cell | None:
        suite = self.suites[item.suite]
        began_s = time.perf_counter()
        answer = client.post(
            "/v1/chat/completions",
            json=body_of(question, model, suite.entry.max_tokens, self.seed),
        )
        latency_s = time.perf_counter() - began_s
        self.on_item()
        if not answer.is_success or _answered_by(answer.headers) != model:
            return None
        said = answer.json()
        usage = said.get("usage") or {}
        return Cell(
            score=suite.scorer(question.target, reply_of(said)).score,
            input_tokens=float(usage.get("prompt_tokens", 0)),
            output_tokens=float(usage.get("completion_tokens", 0)),
            cost_nano_usd=float(usage.get("cost_usd", 0.0)) * NANO_USD,
            latency_s=latency_s,
        )


def body_of(question: Question, model: str, max_tokens: int, seed: int) -> JsonObject:
    """An OpenAI chat body."""
    body: JsonObject = {
        "model": model,
        "messages": [{"role": each.role, "content": each.text} for each in question.messages],
        "max_tokens": max_tokens,
        "temperature": 0.0,
        "seed": seed,
    }
    if question.tools:
        body["tools"] = list[Json](question.tools)
    if question.schema is not None:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": question.schema},
        }
    return body


def reply_of(answer: Mapping[str, Any]) -> Reply:
    """What scorers read of an answer."""
    message = answer["choices"][0]["message"]
    calls = [each.get("function") or {} for each in message.get("tool_calls") or []]
    return Reply(
        text=message.get("content") or "",
        calls=tuple(
            Call(str(call.get("name", "")), _arguments(call.get("arguments"))) for call in calls
        ),
    )


def _answered_by(headers: Mapping[str, str]) -> str:
    """A registry key; a fallback's answer says nothing of the model that was asked."""
    return f"{headers.get('x-ringfence-model')}@{headers.get('x-ringfence-version')}"


def _arguments(said: object) -> Json:
    """None for what is no JSON object."""
    try:
        arguments = json.loads(said if isinstance(said, str) else "")
    except (ValueError, RecursionError):
        return None
    return arguments if isinstance(arguments, dict) else None
