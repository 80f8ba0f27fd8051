"""Whether a cheaper model is tried first, and under which certificate, as JSON."""

from __future__ import annotations

from router.domain import Decision, JsonObject
from router.escalation.codes import WORDS, code_among
from router.escalation.plan import Cascading
from router.risk.certificate import Certificate


def explain_cascade(
    decision: Decision, cascading: Cascading | None, *, stream: bool
) -> JsonObject | None:
    """None where no pair of tiers is about the request.

    `decision` has the code that `plan_cascade` gave among its reasons. An answer is kept whose
    `signal` is `threshold` at least, and with which nothing else is wrong. `hold_s` is for how long
    a stream may be held, in seconds, and null for what is not streamed.
    """
    code = code_among(decision.reasons)
    if code is None:
        return None
    if cascading is None:
        return {"tried": False, "code": code, "why": WORDS[code]}
    rule, certificate = cascading.rule, cascading.certificate
    return {
        "tried": True,
        "code": code,
        "cheap": cascading.cheap.model.key,
        "strong": [step.model.key for step in cascading.strong],
        "signal": certificate.signal,
        "threshold": certificate.threshold,
        "certificate": _certificate(certificate),
        "second_sample": rule.second_sample,
        "judge": None if cascading.judge is None else cascading.judge.key,
        "hold_s": rule.streams.hold_s if stream else None,
        "on_timeout": rule.streams.on_timeout.value if stream else None,
    }


def _certificate(certificate: Certificate) -> JsonObject:
    return {
        "task": None if certificate.task is None else certificate.task.value,
        "of": certificate.promise.value,
        "max_wrong": certificate.max_wrong_kept,
        "confidence": certificate.confidence,
        "expires_on": certificate.expires_on.isoformat(),
    }
