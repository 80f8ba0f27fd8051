"""One replica with continuous batching: the state of its batch, moved on step by step.

As vLLM schedules: each step makes a token for every running sequence, and fills what is left of
max_num_batched_tokens with prompts, first come first served. A sequence is let in when its prompt
and all of its answer fit the KV cache; vLLM lets it in for its prompt and preempts later, which is
the same while the cache is not short, and worse when it is.

Between arrivals and completions a batch stays what it is, so that its steps are taken in one jump.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush

from hardware.queueing_steps import StepModel


@dataclass(frozen=True, slots=True)
class Engine:
    """What bounds a replica's batch, and how long its steps take."""

    steps: StepModel
    max_num_seqs: int
    max_num_batched_tokens: int
    kv_tokens: int

    def __post_init__(self) -> None:
        if min(self.max_num_seqs, self.max_num_batched_tokens, self.kv_tokens) < 1:
            raise ValueError("an engine has room for one sequence, one batched token and their KV")


@dataclass(slots=True, eq=False)
class Request:
    """Times are seconds on the simulation's clock; NaN until they have come."""

    arrived_s: float
    prompt_tokens: int
    output_tokens: int
    admitted_s: float = math.nan
    first_token_s: float = math.nan
    finished_s: float = math.nan
    left_to_prefill: int = field(init=False)

    def __post_init__(self) -> None:
        self.left_to_prefill = self.prompt_tokens

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.output_tokens


class Replica:
    """`running_seconds` is the integral of how many sequences are in the batch, `busy_s` how long
    there was any.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: deque[Request] = deque()
        self._prefilling: deque[Request] = deque()
        self._decoding: list[tuple[int, int, Request]] = []  # a heap: by the step of its last token
        self._steps = 0
        self._admitted = 0
        self._context_tokens = 0
        self._kv_tokens = 0
        self.now_s = 0.0
        self.finished: list[Request] = []
        """Those of the last step that was taken."""

        self.busy_s = 0.0
        self.running_seconds = 0.0

    @property
    def is_idle(self) -> bool:
        return not (self._waiting or self._prefilling or self._decoding)

    def outstanding(self, at_s: float) -> int:
        """How many requests are here at a time in the last step that was taken, or after it."""
        still = len(self.finished) if self.now_s > at_s else 0
        return len(self._waiting) + len(self._prefilling) + len(self._decoding) + still

    def submit(self, request: Request) -> None:
        """Raises ValueError for a request that no cache of this size can hold."""
        if request.tokens > self._engine.kv_tokens:
            raise ValueError(
                f"a request of {request.tokens:,} tokens does not fit a KV cache of "
                f"{self._engine.kv_tokens:,}"
            )
        if self.is_idle:
            self.now_s = max(self.now_s, request.arrived_s)
        self._waiting.append(request)

    def advance(self, until_s: float) -> None:
        """Takes every step that begins before `until_s`; the last one may end after it."""
        while self.now_s < until_s and not self.is_idle:
            self.step(until_s)

    def step(self, horizon_s: float = math.inf) -> None:
        """One step, or as many as change nothing in the batch and begin before `horizon_s`."""
        self._admit()
        room = self._engine.max_num_batched_tokens - len(self._decoding)
        running = len(self._prefilling) + len(self._decoding)
        if self._prefilling and room > 0:
            taken_s = self._prefill_step(room)
        else:
            taken_s = self._decode_steps(horizon_s)
        self.busy_s += taken_s
        self.running_seconds += running * taken_s

    def _admit(self) -> None:
        while self._waiting:
            request = self._waiting[0]
            running = len(self._prefilling) + len(self._decoding)
            full = self._kv_tokens + request.tokens > self._engine.kv_tokens
            if running >= self._engine.max_num_seqs or full:
                return
            self._kv_tokens += request.tokens
            request.admitted_s = self.now_s
            self._prefilling.append(self._waiting.popleft())

    def _prefill_step(self, room: int) -> float:
        tokens, pairs, ready = 0, 0.0, []
        for request in self._prefilling:
            chunk = min(request.left_to_prefill, room - tokens)
            before = request.prompt_tokens - request.left_to_prefill
            pairs += chunk * (before + (chunk + 1) / 2)
            request.left_to_prefill -= chunk
            tokens += chunk
            if request.left_to_prefill:
                break
            ready.append(request)
        taken_s = self._engine.steps.step_s(
            len(self._decoding), self._context_tokens, tokens, pairs, len(ready)
        )
        self._moved(1, taken_s)
        for request in ready:
            self._prefilling.popleft()
            self._began(request)
        return taken_s

    def _decode_steps(self, horizon_s: float) -> float:
        count = self._decoding[0][0] - self._steps
        taken_s = self._span_s(count)
        if taken_s > horizon_s - self.now_s:
            # As many as begin before the horizon, by the mean over the whole jump.
            share = max(0.0, horizon_s - self.now_s) / taken_s
            count = min(count, max(1, math.ceil(count * share)))
            taken_s = self._span_s(count)
        self._moved(count, taken_s)
        return taken_s

    def _span_s(self, count: int) -> float:
        """So many steps of the batch as it is: contexts grow evenly, so the mean is half-way."""
        sequences = len(self._decoding)
        middle = self._context_tokens + sequences * (count - 1) / 2
        return count * self._engine.steps.step_s(sequences, middle)

    def _moved(self, count: int, taken_s: float) -> None:
        self.now_s += taken_s
        self._steps += count
        self._context_tokens += count * len(self._decoding)
        self.finished = []
        while self._decoding and self._decoding[0][0] <= self._steps:
            request = heappop(self._decoding)[2]
            self._context_tokens -= request.tokens
            self._finish(request)

    def _began(self, request: Request) -> None:
        """Prefill ends with the first token."""
        request.first_token_s = self.now_s
        if request.output_tokens == 1:
            self._finish(request)
            return
        self._admitted += 1
        last = self._steps + request.output_tokens - 1
        heappush(self._decoding, (last, self._admitted, request))
        self._context_tokens += request.prompt_tokens + 1

    def _finish(self, request: Request) -> None:
        request.finished_s = self.now_s
        self._kv_tokens -= request.tokens
        self.finished.append(request)
