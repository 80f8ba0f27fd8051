"""A gateway as inspect's model: one POST a question, and what its headers say kept with the answer.

inspect's own OpenAI provider shows no headers, and they are what a record is made of.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import httpx2
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    modelapi,
)
from inspect_ai.tool import ToolCall, ToolChoice, ToolInfo

from benchmarks.quality.inspected.said_no import NotAnswered
from benchmarks.quality.inspected.signals import signals_of
from benchmarks.quality.record import NOT_PERMITTED

PROVIDER = "ringfence"
PREFIX = "x-ringfence-"
_RETRIED = frozenset({408, 429, 502, 503, 504})


class GatewayAPI(ModelAPI):
    """One client for the run. `generate` raises NotAnswered, and httpx2's errors of transport."""

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),  # noqa: B008 -- inspect's own signature
        timeout_s: float = 600.0,
    ) -> None:
        super().__init__(model_name, base_url, api_key, [], config)
        self._client = httpx2.AsyncClient(
            base_url=base_url or "",
            trust_env=False,
            timeout=timeout_s,
            headers={"authorization": f"Bearer {api_key}"},
            limits=httpx2.Limits(max_connections=None),
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    def connection_key(self) -> str:
        return PROVIDER

    def should_retry(self, ex: BaseException) -> bool:
        """What a queue or a restart may mend. Everything else stands as it is."""
        if isinstance(ex, NotAnswered):
            return ex.status in _RETRIED
        return isinstance(ex, httpx2.TransportError)

    async def generate(
        self,
        input: list[ChatMessage],
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> ModelOutput:
        began_s = time.perf_counter()
        answer = await self._client.post(
            "/v1/chat/completions",
            json=body_of(self.model_name, input, tools, config),
            headers=config.extra_headers or {},
        )
        latency_s = time.perf_counter() - began_s
        if not answer.is_success:
            raise NotAnswered(answer.status_code, _code(answer))
        if is_withheld(answer.headers):
            raise NotAnswered(answer.status_code, NOT_PERMITTED)
        return _output(answer.json(), answer.headers, latency_s)


@modelapi(PROVIDER)
def ringfence() -> type[ModelAPI]:
    """What `get_model("ringfence/…")` makes."""
    return GatewayAPI


def body_of(
    choice: str, messages: list[ChatMessage], tools: list[ToolInfo], config: GenerateConfig
) -> dict[str, Any]:
    """An OpenAI chat body. Texts alone: the suites have nothing else."""
    body: dict[str, Any] = {
        "model": choice,
        "messages": [{"role": each.role, "content": each.text} for each in messages],
    }
    for name in ("max_tokens", "temperature", "seed", "logprobs"):
        if (value := getattr(config, name)) is not None:
            body[name] = value
    if tools:
        body["tools"] = [{"type": "function", "function": _function(tool)} for tool in tools]
    if config.response_schema is not None:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {
                "name": config.response_schema.name,
                "schema": config.response_schema.json_schema.model_dump(exclude_none=True),
            },
        }
    return body


def _function(tool: ToolInfo) -> dict[str, Any]:
    return {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters.model_dump(exclude_none=True),
    }


def _output(answer: Mapping[str, Any], headers: httpx2.Headers, latency_s: float) -> ModelOutput:
    choice = answer["choices"][0]
    message, usage = choice["message"], answer.get("usage") or {}
    counts = int(usage.get("prompt_tokens", 0)), int(usage.get("completion_tokens", 0))
    spoken = ChatMessageAssistant(
        content=message.get("content") or "",
        tool_calls=[_call(each) for each in message.get("tool_calls") or []] or None,
        model=answer.get("model"),
        source="generate",
    )
    return ModelOutput(
        model=str(answer.get("model", "")),
        choices=[ChatCompletionChoice(message=spoken, stop_reason="stop")],
        usage=ModelUsage(input_tokens=counts[0], output_tokens=counts[1], total_tokens=sum(counts)),
        metadata={
            "request_id": headers.get(f"{PREFIX}request-id", ""),
            "policy_digest": headers.get(f"{PREFIX}policy-digest", ""),
            "escalated": is_escalated(headers),
            "cost_nano_usd": round(float(usage.get("cost_usd", 0.0)) * 1e9),
            "latency_s": latency_s,
            "signals": signals_of(choice.get("logprobs")),
        },
    )


def is_escalated(headers: Mapping[str, str]) -> bool:
    """Whether a cheaper model's answer was set aside for this one."""
    return headers.get(f"{PREFIX}escalation", "").split(";")[0].strip() == "escalated"


def is_withheld(headers: Mapping[str, str]) -> bool:
    """Whether another model answered because the one that was named may not see the request."""
    return "pin_not_permitted" in headers.get(f"{PREFIX}reasons", "").split(",")


def _call(said: Mapping[str, Any]) -> ToolCall:
    """Arguments that are no JSON object are kept out: `parse_error` says so."""
    function = said["function"]
    try:
        arguments = json.loads(function.get("arguments") or "")
    except (ValueError, RecursionError):
        arguments = None
    is_object = isinstance(arguments, dict)
    return ToolCall(
        id=str(said.get("id", "")),
        function=str(function.get("name", "")),
        arguments=arguments if is_object else {},
        parse_error=None if is_object else "no JSON object",
    )


def _code(answer: httpx2.Response) -> str:
    """The error's code, which is a word of the gateway's; the status where there is none."""
    try:
        code = answer.json()["error"]["code"]
    except (ValueError, KeyError, TypeError):
        code = None
    return code if isinstance(code, str) else str(answer.status_code)
