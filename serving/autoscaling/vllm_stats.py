"""What vLLM says of its load, in the replica's process. Imports nothing of it before it runs."""

from __future__ import annotations

from typing import Any

from serving.autoscaling.policy import ReplicaLoad
from serving.autoscaling.reports import RecentTTFT


class VllmStats:
    """Stands among vLLM's stat loggers, and logs nothing: each of them is given, after each of the
    engine's steps, what its scheduler holds and how long first tokens took.

    `client` is vLLM's AsyncLLM. Times to first tokens are as vLLM takes them: from when a request
    came to it, streamed or not.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._ttft = RecentTTFT()
        # By the number of the engine: a replica may have several, in parallel.
        self._kv_use: dict[int, float] = {}
        self._waiting: dict[int, int] = {}

    def load(self) -> ReplicaLoad:
        # The last request's end may be no step, as when its client has left.
        if self._client.get_num_unfinished_requests() == 0:
            return ReplicaLoad(0.0, 0, self._ttft.p95_s())
        used = tuple(self._kv_use.values())
        return ReplicaLoad(
            kv_use=sum(used) / len(used) if used else 0.0,
            waiting_requests=sum(self._waiting.values()),
            ttft_p95_s=self._ttft.p95_s(),
        )

    def record(
        self,
        scheduler_stats: Any,
        iteration_stats: Any,
        mm_cache_stats: Any = None,
        engine_idx: int = 0,
    ) -> None:
        """Called by vLLM; what raises here would end its output."""
        if scheduler_stats is not None:
            self._kv_use[engine_idx] = scheduler_stats.kv_cache_usage
            # Not those that wait for something else than room, such as a grammar.
            self._waiting[engine_idx] = scheduler_stats.num_waiting_reqs
        if iteration_stats is not None:
            for ttft_s in iteration_stats.time_to_first_tokens_iter:
                self._ttft.add(ttft_s)

    def log(self) -> None:
        """Called by vLLM."""

    def log_engine_initialized(self) -> None:
        """Called by vLLM."""

    def record_sleep_state(self, is_awake: int, level: int) -> None:
        """Called by vLLM."""


def watched_stats(client: Any) -> VllmStats:
    """`client` is vLLM's AsyncLLM, which has started, with its statistics on.

    Its loggers are its own business: raises AttributeError where a release has moved them, or what
    they are given, so that no engine starts whose load would not be seen.
    """
    from vllm.v1.metrics.stats import IterationStats, SchedulerStats  # noqa: PLC0415

    stats = VllmStats(client)
    stats.record(SchedulerStats(), IterationStats())
    stats.load()
    client.logger_manager.stat_loggers.append(stats)
    return stats
