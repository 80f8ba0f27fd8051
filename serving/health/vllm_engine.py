"""vLLM as the watchdog sees it. Imports nothing of it before an engine runs."""

from __future__ import annotations

from itertools import count
from typing import Any

from serving.health.processes import ChildProcesses

_ANY_TOKEN = 1


class VllmEngine:
    """See `serving.health.engine.WatchedEngine`. `client` is vLLM's AsyncLLM, which has started.

    Tokens in flight are read from where AsyncLLM puts requests together, since what is answered
    whole shows nothing else before its end. That place is vLLM's own: raises AttributeError where a
    release has moved it, so that an engine does not start without its watchdog's eyes.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._requests = client.output_processor.request_states
        self._generates = client.model_config.runner_type == "generate"
        self._processes = ChildProcesses()
        self._numbers = count()

    async def ping(self) -> None:
        # A question that the core answers between two steps, and that changes nothing.
        await self._client.is_sleeping()

    async def generate_one(self) -> None:
        """A pooling model has no tokens to give: its loop's answer has to do."""
        if not self._generates:
            await self.ping()
            return
        from vllm import SamplingParams  # noqa: PLC0415
        from vllm.inputs import TokensPrompt  # noqa: PLC0415

        answers = self._client.generate(
            TokensPrompt(prompt_token_ids=[_ANY_TOKEN]),
            SamplingParams(max_tokens=1),
            f"watchdog-{next(self._numbers)}",
        )
        async for _answer in answers:
            pass

    def tokens_in_flight(self) -> int:
        return sum(
            state.detokenizer.num_output_tokens()
            for state in tuple(self._requests.values())
            if state.detokenizer is not None
        )

    def cpu_s(self) -> float:
        return self._processes.cpu_s()

    def kill(self) -> None:
        self._processes.kill()
