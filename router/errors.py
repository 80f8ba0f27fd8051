"""Everything that Ringfence raises, in one hierarchy.

    RingfenceError
    ├── ConfigError                 files that cannot be served with, every problem with its cure
    │   └── StartNeeded             serving/cli/policy_apply.py: by a new start they can
    ├── RequestError                what a client gets, through the table in error_table.py
    │   ├── InvalidRequest          400
    │   │   ├── MissingCapability   400, names what is lacking
    │   │   └── UnknownFields       400, only where the client asked to be strict
    │   ├── BodyTooLarge            413
    │   ├── NotAuthenticated        401
    │   │   └── KeyRevoked          401, while its request was under way
    │   ├── NotPermitted            403, no model may ever see this
    │   ├── RoleRequired            403, for people of another role
    │   ├── AnswerStopped           403, found in an answer, and the policy lets none out with it
    │   │   └── ToolCallStopped     403, found in a call to an external tool
    │   ├── UnknownModel            404
    │   ├── RecordNotFound          404
    │   ├── FeedbackFull            409, as much has been said of one request as is taken
    │   ├── RateLimited             429, too many in this minute
    │   ├── BudgetExceeded          429, nothing left of the money
    │   ├── Overloaded              429, no place in time: what must stay goes first
    │   ├── NothingAvailable        503, something may, but is not up
    │   ├── LedgerUnavailable       503, no record, no answer
    │   │   └── TextNotKept         503, what must be kept of it could not be
    │   └── BackendsFailed          502, all that were tried answered, and wrongly
    ├── DetectionFailed             no client gets it: privacy/classify.py decides what it means
    │   ├── DetectionTimeout
    │   ├── DetectorOverloaded
    │   ├── DetectorCrashed
    │   └── TextTooLong
    ├── NoRoom                      no client gets it: cascade/walk.py decides what it means
    ├── VaultError                  audit/vault/errors.py: no client gets it, or as TextNotKept
    │   ├── KeyUnavailable          under a master key that is not at hand, or destroyed
    │   └── TextDamaged             not what was sealed, or not in its place
    ├── LogError                    audit/log/errors.py: no client gets it
    │   ├── LogMoved                somebody else has sequenced meanwhile
    │   ├── LogBroken               what is stored contradicts itself
    │   └── BadNote                 not a checkpoint, or not one that this key has signed
    ├── NotTaken                    serving/audit/places.py: a second place refused a checkpoint
    └── BackendFailure              one attempt's outcome: cascade/failures.py decides what it means
        ├── BackendUnreachable
        ├── BackendDrained          an operator lets nobody in, or has ended what was there
        ├── BackendTimeout
        ├── BackendOverloaded       429, 503, a full queue; carries the provider's Retry-After
        ├── BackendBroken           5xx, a cut stream, an answer that cannot be parsed
        ├── BackendUnauthorized     our credentials, not the client's
        ├── BackendRejected         4xx: this request, whichever backend of this kind it is sent to
        └── EgressRefused           no clearance for exactly these bytes; nothing was sent

Messages name fields, limits and cures. They never quote a request or an answer (I6). All of them
survive pickling, since backends raise them in other processes.
"""

from __future__ import annotations

from dataclasses import dataclass


class RingfenceError(Exception):
    """Base of all errors raised on purpose."""


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One thing wrong with one file; `line` counts from 1, None where no line is to blame."""

    file: str
    line: int | None
    problem: str
    cure: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.problem}\n  cure: {self.cure}"


class ConfigError(RingfenceError):
    """A configuration that must not be served with (I8). Holds all problems, not the first."""

    def __init__(self, problems: tuple[ConfigProblem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class RequestError(RingfenceError):
    """What a client is told. `param` names the offending field, `retry_after_s` when to return."""

    def __init__(
        self, message: str, param: str | None = None, retry_after_s: int | None = None
    ) -> None:
        super().__init__(message, param, retry_after_s)
        self.message, self.param, self.retry_after_s = message, param, retry_after_s

    def __str__(self) -> str:
        return self.message


class InvalidRequest(RequestError):
    """The body is not one that any model could answer."""


class MissingCapability(InvalidRequest):
    """Models may see the request, and none of them can do what it asks."""


class UnknownFields(InvalidRequest):
    """A strict client sent fields that the chosen backend does not take."""


class BodyTooLarge(RequestError):
    """The body is over the limit in bytes."""


class NotAuthenticated(RequestError):
    """No key, an unknown one, a revoked one or an expired one."""


class KeyRevoked(NotAuthenticated):
    """The key was good when its request came, and was revoked before the answer was whole."""


class NotPermitted(RequestError):
    """The permitted set is empty whatever is up; waiting does not help."""


class AnswerStopped(RequestError):
    """The model answered, and the policy does not let such an answer, or the rest of it, out."""


class ToolCallStopped(AnswerStopped):
    """The model called an external tool with what must not go outside, or cannot be scanned."""


class RoleRequired(RequestError):
    """The key or the person is known, and may not do this."""


class RateLimited(RequestError):
    """Requests or tokens per minute are used up; `retry_after_s` says for how long."""


class BudgetExceeded(RequestError):
    """The budget of the day or month is spent, or held by requests under way."""


class Overloaded(RequestError):
    """What it may go to is full, and it is not among what must stay, which goes first."""


class UnknownModel(RequestError):
    """Neither a tier nor a registry id."""


class RecordNotFound(RequestError):
    """No record of that id that this key may read."""


class FeedbackFull(RequestError):
    """One request has as much feedback as the policy takes."""


class NothingAvailable(RequestError):
    """Models are permitted, and none of them answers now (I4)."""


class LedgerUnavailable(RequestError):
    """The record could not be made durable (I5)."""


class TextNotKept(LedgerUnavailable):
    """The policy wants the text in the vault, and the vault has no way to keep it."""


class BackendsFailed(RequestError):
    """Permitted backends were reached and none gave an answer that can be passed on."""


class DetectionFailed(RingfenceError):
    """The detector has no answer. `privacy/classify.py` makes it restricted (I2)."""


class DetectionTimeout(DetectionFailed):
    """The deadline passed; the process that was scanning has been killed."""


class DetectorOverloaded(DetectionFailed):
    """More scans are waiting than may."""


class DetectorCrashed(DetectionFailed):
    """The scanning process died or answered with an error."""


class TextTooLong(DetectionFailed):
    """More text than the policy lets a scan take."""


class NoRoom(RingfenceError):
    """No place at a model in time; `retry_after_s` is when there may be one, None if unknown."""

    def __init__(self, message: str, retry_after_s: int | None = None) -> None:
        super().__init__(message, retry_after_s)
        self.message, self.retry_after_s = message, retry_after_s

    def __str__(self) -> str:
        return self.message


class BackendFailure(RingfenceError):
    """One attempt without an answer. The message is for operators and has no content in it."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message, retry_after_s)
        self.message, self.retry_after_s = message, retry_after_s

    def __str__(self) -> str:
        return self.message


class BackendUnreachable(BackendFailure):
    """Nothing was listening, or the connection broke before a byte of the answer."""


class BackendDrained(BackendFailure):
    """Drained: nobody is let in, and who was there still is cut when the time is over."""


class BackendTimeout(BackendFailure):
    """The attempt's deadline passed."""


class BackendOverloaded(BackendFailure):
    """Asked to come back later."""


class BackendBroken(BackendFailure):
    """An error of the backend's own, or an answer that is not one."""


class BackendUnauthorized(BackendFailure):
    """The backend does not take our credentials."""


class BackendRejected(BackendFailure):
    """The backend will not take this request, now or later."""


class EgressRefused(BackendFailure):
    """The transport found no valid clearance for exactly these bytes (I1)."""
