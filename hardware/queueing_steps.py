"""How long an engine's step takes, by what is in it: the one thing that a simulation asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class StepModel(Protocol):
    def step_s(
        self,
        sequences: int,
        context_tokens: float,
        prefill_tokens: int = 0,
        prefill_pairs: float = 0.0,
        prompts: int = 0,
    ) -> float:
        """Seconds of one step: a token for each of `sequences`, whose contexts together are
        `context_tokens`, and beside it `prefill_tokens` of so many `prompts`.

        `prefill_pairs` is how many (token, earlier token) pairs that prefill attends to. Between
        completions it should be nearly linear in `context_tokens`: jumps over steps rely on it.
        """


@dataclass(frozen=True, slots=True)
class StepTimes:
    """A step as a straight line: what a fit to measurements gives. Seconds, none negative.

    A step that is decoding takes
    `decode_step_s + decode_sequence_s · sequences + decode_context_token_s · context_tokens`;
    prefill adds
    `prompt_token_s` a token, `prompt_s` a prompt, and `prefill_step_s` where there is any: a step
    of many tokens multiplies matrices where one of few multiplied vectors.
    """

    decode_step_s: float
    decode_sequence_s: float
    decode_context_token_s: float
    prompt_token_s: float
    prompt_s: float
    prefill_step_s: float = 0.0

    def step_s(
        self,
        sequences: int,
        context_tokens: float,
        prefill_tokens: int = 0,
        prefill_pairs: float = 0.0,  # a straight line has no squares
        prompts: int = 0,
    ) -> float:
        return (
            self.decode_step_s
            + self.decode_sequence_s * sequences
            + self.decode_context_token_s * context_tokens
            + self.prompt_token_s * prefill_tokens
            + self.prompt_s * prompts
            + self.prefill_step_s * (prefill_tokens > 0)
        )
