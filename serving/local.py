"""The engine: vLLM through ray.serve.llm, behind the `Backend` protocol.

Importing this module costs 17 s and 470 MB (it imports vLLM): replicas of the engine do, which
Serve gives it to by name, and nobody else.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError
from ray.llm._internal.common.callbacks.base import CallbackBase
from ray.llm._internal.serve.core.configs.openai_api_models import (
    ChatCompletionRequest,
    CompletionRequest,
    EmbeddingRequest,
    ErrorResponse,
)
from ray.llm._internal.serve.core.server.llm_server import LLMServer
from ray.serve.llm import LLMConfig
from vllm.exceptions import VLLMClientError, VLLMServerError

from router.domain import Endpoint, JsonObject
from router.errors import BackendBroken, BackendRejected
from router.protocols import Dispatch
from router.registry.deployment import Targets
from serving.autoscaling.reports import report_of
from serving.autoscaling.serve_policy import targets_told
from serving.autoscaling.vllm_stats import watched_stats
from serving.engine_answer import answers_until, refusal, tidy
from serving.health.replica import ReplicaHealth
from serving.model_application import environment_of
from serving.telemetry.load_board import post_loads
from serving.weights import WeightsError
from serving.weights.guard import WeightsGuard

_REQUESTS: dict[Endpoint, tuple[str, TypeAdapter[Any]]] = {
    Endpoint.CHAT: ("chat", TypeAdapter(ChatCompletionRequest)),
    Endpoint.COMPLETIONS: ("completions", TypeAdapter(CompletionRequest)),
    Endpoint.EMBEDDINGS: ("embeddings", TypeAdapter(EmbeddingRequest)),
}

_NAMED_FIELDS = set(ChatCompletionRequest.model_fields) | set(CompletionRequest.model_fields)


class WeightsAreHere(CallbackBase):  # type: ignore[misc]
    """Leaves out the task that fetches a model: 20 s of imports, and nothing may be fetched."""

    async def on_before_node_init(self) -> None:
        self.ctx.run_init_node = False


class EngineDeployment(LLMServer):  # type: ignore[misc]  # ray ships no types
    """One replica of one engine. Its one door is `attempt`; it is called through a handle."""

    async def __init__(self, args: Mapping[str, Any]) -> None:  # type: ignore[misc]  # Serve awaits
        """`args` are those of `serving.cluster.applications`."""
        self._health = ReplicaHealth(args["accelerator"], os.environ)
        self._targets = Targets()
        await super().__init__(_config(args))

    async def attempt(self, dispatch: Dispatch) -> AsyncIterator[JsonObject]:
        """See `router.protocols.Backend.attempt`.

        A streaming handle call. Raises BackendRejected, BackendOverloaded, BackendBroken and
        BackendTimeout. Closing the generator, or cancelling the call, aborts the request at the
        engine.
        """
        self._must_be_the_weights()
        method, request = self._request_of(dispatch)
        with self._health.request():
            outputs = getattr(self.engine, method)(request, None)
            try:
                async for output in answers_until(dispatch.timeout_s, outputs):
                    self._health.output()
                    if isinstance(output, ErrorResponse):
                        raise refusal(output.error.code, output.error.type)
                    yield tidy(
                        output if isinstance(output, dict) else output.model_dump(mode="json")
                    )
            except (ValueError, VLLMClientError) as failure:
                # What the engine finds wrong with a request; its words may quote that (I6).
                raise BackendRejected(f"the engine refused with {type(failure).__name__}") from None
            except (RuntimeError, VLLMServerError) as failure:
                raise BackendBroken(f"the engine failed with {type(failure).__name__}") from None
            finally:
                await outputs.aclose()

    def _request_of(self, dispatch: Dispatch) -> tuple[str, Any]:
        method, schema = _REQUESTS[dispatch.endpoint]
        try:
            request = schema.validate_json(dispatch.body)
        except ValidationError as invalid:
            # Only a name that OpenAI's schema has: others come from the client (I6).
            fields = {str(e["loc"][0]) for e in invalid.errors(include_input=False) if e["loc"]}
            named = ", ".join(sorted(fields & _NAMED_FIELDS)) or "body"
            raise BackendRejected(
                f"the engine does not take this {dispatch.endpoint.value} request: {named}"
            ) from None
        request.model = self._llm_config.model_id
        request.request_id = f"{dispatch.request_id}-{dispatch.attempt}"
        if hasattr(request, "stream"):
            request.stream = dispatch.stream
        return method, request

    async def check_health(self) -> None:
        """Fails once the weights have been found to be others, the engine stands still, or its GPU
        is cordoned: Serve then ends the replica and starts another.
        """
        self._guard.while_serving()
        self._health.check()
        await super().check_health()

    def reconfigure(self, config: JsonObject) -> None:
        """Serve calls it at the start and for other targets, where replicas follow the load."""
        self._targets = targets_told(config)

    def record_autoscaling_stats(self) -> dict[str, float]:
        """Serve asks every few seconds, where the model's replicas follow the load."""
        return report_of(self._stats.load(), self._targets)

    def _must_be_the_weights(self) -> None:
        """Serve asks for health only every few seconds. Raises BackendBroken."""
        try:
            self._guard.while_serving()
        except WeightsError:
            raise BackendBroken("the weights are not what they were: see the log") from None

    async def _start_engine(self) -> None:
        self._guard = WeightsGuard.from_environment(os.environ)
        self._guard.before_loading()
        self._health.before_loading()
        # The original then starts an actor of 400 MB that gathers usage statistics for Ray.
        await self.engine.start()
        self._health.watch(self.engine._engine_client)
        self._stats = watched_stats(self.engine._engine_client)
        posting = post_loads(self._llm_config.model_id, self._stats.load)
        self._posting = asyncio.create_task(posting, name="load-posts")


def _config(args: Mapping[str, Any]) -> LLMConfig:
    """Ray's configuration of the engine; where it runs has been decided by its deployment."""
    return LLMConfig(
        model_loading_config={"model_id": args["name"], "model_source": args["weights"]},
        placement_group_config={"bundles": args["bundles"], "strategy": "STRICT_PACK"},
        # Never what was asked or answered, whatever the profile says (I6).
        engine_kwargs={
            **args["engine"],
            "enable_log_requests": False,
            # Without them an engine does not say how full it is.
            "disable_log_stats": False,
        },
        callback_config={"callback_class": WeightsAreHere},
        experimental_configs={"stream_batching_interval_ms": 0},
        log_engine_metrics=False,
        # What this process was given goes on to those that the engine starts.
        runtime_env={"env_vars": environment_of(args)},
        **({"accelerator_config": {"kind": "cpu"}} if args["accelerator"] == "cpu" else {}),
    )
