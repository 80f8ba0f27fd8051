"""Whether a cheaper model's answer is kept: what is certain first, what costs most last."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from router.domain import InferenceRequest
from router.escalation.collected import Collected
from router.escalation.plan import Cascading
from router.escalation.signals.agreement import agree
from router.escalation.signals.answer_format import breaks_format
from router.escalation.signals.judge import judged
from router.escalation.signals.logprobs import mean_logprob, min_logprob
from router.escalation.signals.names import Signal
from router.escalation.signals.refusal import refuses
from router.escalation.signals.tool_calls import calls_amiss
from router.escalation.signals.truncation import is_truncated
from router.task import Task

_MORE_PROBABLY_RIGHT = 0.5
"""What a judge must find at least."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`signal` decided; `score` in [0, 1] is how sure the answer is right, where that is known."""

    keep: bool
    signal: Signal
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """The two signals that cost another call. Each gives None where it came to nothing."""

    second_sample: Callable[[], Awaitable[Collected | None]]
    judge: Callable[[], Awaitable[Collected | None]]


async def judge(
    answer: Collected, request: InferenceRequest, cascading: Cascading, task: Task, ask: Ask
) -> Verdict:
    """Escalates at the first signal that says so. What cannot be told does not speak for keeping.

    Calls are made only where the policy wants their signal and nothing before has decided.
    """
    certain = await asyncio.to_thread(_certain, answer, request, cascading)
    if certain is not None:
        return Verdict(keep=False, signal=certain)
    verdict = _by_logprobs(answer, cascading)
    if not verdict.keep:
        return verdict
    if cascading.rule.second_sample:
        second = await ask.second_sample()
        if second is None or not await asyncio.to_thread(agree, answer, second, task):
            return Verdict(keep=False, signal=Signal.AGREEMENT)
    if cascading.judge is not None:
        said = await ask.judge()
        found = None if said is None else judged(said)
        if found is None or found < _MORE_PROBABLY_RIGHT:
            return Verdict(keep=False, signal=Signal.JUDGE, score=found)
    return verdict


def _certain(answer: Collected, request: InferenceRequest, cascading: Cascading) -> Signal | None:
    """What escalates without a number. For a thread: schemas of strangers take their time."""
    wanted = cascading.rule.signals
    if wanted.refusal and refuses(answer):
        # First: whoever refuses keeps to no format either.
        return Signal.REFUSAL
    if not answer.text.strip() and not answer.calls and not answer.refusal:
        return Signal.EMPTY
    if wanted.truncation and is_truncated(answer, request.body):
        return Signal.TRUNCATION
    return unfit(answer, request)


def unfit(answer: Collected, request: InferenceRequest) -> Signal | None:
    """Why no client could use the answer, None if one can. For a thread."""
    if not answer.text.strip() and not answer.calls and not answer.refusal:
        return Signal.EMPTY
    if calls_amiss(answer, request.body):
        return Signal.TOOL_CALL
    if breaks_format(answer, request.body):
        return Signal.FORMAT
    return None


def _by_logprobs(answer: Collected, cascading: Cascading) -> Verdict:
    """What the policy asks for at least, and then what the certificate does."""
    told = {Signal.MEAN_LOGPROB: mean_logprob(answer), Signal.MIN_LOGPROB: min_logprob(answer)}
    wanted, certificate = cascading.rule.signals, cascading.certificate
    for signal, least in (
        (Signal.MEAN_LOGPROB, wanted.least_mean_logprob),
        (Signal.MIN_LOGPROB, wanted.least_min_logprob),
    ):
        found = told[signal]
        if least is not None and (found is None or found < least):
            return Verdict(keep=False, signal=signal)
    certified = Signal(certificate.signal)
    found = told[certified]
    if found is None:
        return Verdict(keep=False, signal=certified)
    score = certificate.probability_right(found)
    return Verdict(keep=certificate.keeps(found), signal=certified, score=score)
