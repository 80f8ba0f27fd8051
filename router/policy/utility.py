"""What is to be expected of a model for one request, and what that is worth. Pure.

    utility = w_quality · quality - w_cost · cost - w_latency · lateness

in parts of one right answer:

    quality    the mean score in [0, 1] that the model's record shows for the task
    cost       US dollars: the model's price * the tokens that are expected
    lateness   latency ÷ objective up to 1, and beyond it 1 + OVERRUN * (latency ÷ objective - 1)

It is linear in money, as a budget is: w_cost is what a dollar buys elsewhere, in right answers, and
the order of two models does not depend on which others there are. Lateness is convex, since an
objective is meant to be kept: within it time is worth little, beyond it much. Utility rises with
quality and falls with cost and latency, whatever the weights. A model whose latency nobody knows
loses nothing by it: it gets its try, and is known then.
"""

from __future__ import annotations

from dataclasses import dataclass

from router.domain import Expectation, ModelSpec, Usage
from router.policy.conditions import ModelCondition
from router.policy.routing_rules import Weights
from router.registry.card import QualityFigure
from router.task import Features

OVERRUN = 4.0
"""How many times the time beyond the objective counts."""

ASSUMED_OUTPUT_TOKENS = 300
"""Of an answer whose model has no record for the task: an assumption, the same for all models."""

_NANO_USD_PER_USD = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Objective:
    """What one request wants: its features, its time, and how its terms weigh."""

    features: Features
    latency_s: float
    weights: Weights

    def expect(
        self,
        key: str,
        model: ModelSpec,
        figure: QualityFigure | None,
        condition: ModelCondition,
    ) -> Expectation:
        """Of a model with no figure for the task, neither quality nor utility is known."""
        output_tokens = self._output_tokens(model, figure)
        input_tokens = min(self.features.input_tokens, model.context_tokens)
        price = model.price
        cost_nano_usd = round(
            1_000
            * (input_tokens * price.input_usd_per_mtok + output_tokens * price.output_usd_per_mtok)
        )
        latency_s = condition.latency_s(output_tokens)
        if figure is None:
            return Expectation(key, None, cost_nano_usd, latency_s, None)
        utility = self._utility(figure.mean, cost_nano_usd, latency_s)
        return Expectation(key, figure.mean, cost_nano_usd, latency_s, utility)

    def utility_of_reading(self, model: ModelSpec, condition: ModelCondition) -> float:
        """What it costs that a model has to read the whole input, as one without its prefix does.

        Price of the input, and the time to the first token.
        """
        input_tokens = min(self.features.input_tokens, model.context_tokens)
        cost_nano_usd = model.price.cost_nano_usd(Usage(input_tokens, 0))
        return -self._utility(0.0, cost_nano_usd, condition.ttft_s)

    def _utility(self, quality: float, cost_nano_usd: int, latency_s: float | None) -> float:
        weights = self.weights
        late = 0.0 if latency_s is None else lateness(latency_s, self.latency_s)
        return (
            weights.quality * quality
            - weights.cost * cost_nano_usd / _NANO_USD_PER_USD
            - weights.latency * late
        )

    def _output_tokens(self, model: ModelSpec, figure: QualityFigure | None) -> float:
        """What answers to the task took of the model, and never more than is asked for."""
        typical = None if figure is None else figure.output_tokens
        expected = ASSUMED_OUTPUT_TOKENS if typical is None else typical
        most = self.features.max_output_tokens
        return min(expected, model.context_tokens if most is None else most)


def lateness(latency_s: float, objective_s: float) -> float:
    """1 where the objective is just kept. Rises with the latency; convex."""
    share = latency_s / objective_s
    return share if share <= 1 else 1 + OVERRUN * (share - 1)
