"""What a running simulator holds: its configuration, and what it has served."""

from __future__ import annotations

import random
from dataclasses import dataclass

from router.domain import JsonObject, Price, Usage
from serving.simulator.answers import Answer
from serving.simulator.config import SimulatorConfig
from serving.simulator.recorder import Recorder


@dataclass(slots=True)
class SimulatorState:
    config: SimulatorConfig
    recorder: Recorder
    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_nano_usd: int = 0

    def settle(self, answer: Answer) -> None:
        """Counts an answer at today's prices; one that is cut later is charged all the same."""
        usage = Usage(answer.input_tokens, answer.output_tokens)
        price = Price(self.config.input_usd_per_mtok, self.config.output_usd_per_mtok)
        self.requests += 1
        self.input_tokens += usage.input_tokens
        self.output_tokens += usage.output_tokens
        self.cost_nano_usd += price.cost_nano_usd(usage)

    def usage(self) -> JsonObject:
        return {
            "requests": self.requests,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cost_nano_usd": self.cost_nano_usd,
        }

    def draws_error(self, number: int) -> bool:
        """Whether request `number` fails; the same for the same seed."""
        rng = random.Random(f"error/{self.config.seed}/{number}")  # noqa: S311 - no secret
        return rng.random() < self.config.error_rate
