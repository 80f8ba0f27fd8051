"""Every error that a client can get → HTTP status, OpenAI error type, code. The one table."""

from __future__ import annotations

from dataclasses import dataclass, replace

from router.domain import OutcomeStatus
from router.errors import (
    AnswerStopped,
    BackendsFailed,
    BodyTooLarge,
    BudgetExceeded,
    FeedbackFull,
    InvalidRequest,
    KeyRevoked,
    LedgerUnavailable,
    MissingCapability,
    NotAuthenticated,
    NothingAvailable,
    NotPermitted,
    Overloaded,
    RateLimited,
    RecordNotFound,
    RequestError,
    RoleRequired,
    TextNotKept,
    ToolCallStopped,
    UnknownFields,
    UnknownModel,
)


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """How one error is told, in the shape that OpenAI's clients understand."""

    http_status: int
    type: str
    code: str

    @property
    def outcome(self) -> OutcomeStatus:
        return OutcomeStatus.FAILED if self.http_status >= 500 else OutcomeStatus.REFUSED

    @property
    def after_first_byte(self) -> ErrorRow:
        """The same on a stream that has begun, and with it its status."""
        return replace(self, http_status=200)


INTERNAL = ErrorRow(500, "server_error", "internal_error")
"""For what nobody foresaw; its message says nothing of the exception's."""

ERROR_TABLE: dict[type[RequestError], ErrorRow] = {
    InvalidRequest: ErrorRow(400, "invalid_request_error", "invalid_request"),
    MissingCapability: ErrorRow(400, "invalid_request_error", "missing_capability"),
    UnknownFields: ErrorRow(400, "invalid_request_error", "unknown_fields"),
    NotAuthenticated: ErrorRow(401, "authentication_error", "invalid_api_key"),
    KeyRevoked: ErrorRow(401, "authentication_error", "key_revoked"),
    NotPermitted: ErrorRow(403, "permission_error", "no_model_permitted"),
    RoleRequired: ErrorRow(403, "permission_error", "role_required"),
    AnswerStopped: ErrorRow(403, "permission_error", "answer_stopped"),
    ToolCallStopped: ErrorRow(403, "permission_error", "tool_call_stopped"),
    UnknownModel: ErrorRow(404, "invalid_request_error", "model_not_found"),
    RecordNotFound: ErrorRow(404, "invalid_request_error", "record_not_found"),
    FeedbackFull: ErrorRow(409, "invalid_request_error", "feedback_full"),
    BodyTooLarge: ErrorRow(413, "invalid_request_error", "body_too_large"),
    RateLimited: ErrorRow(429, "rate_limit_error", "rate_limit_exceeded"),
    BudgetExceeded: ErrorRow(429, "insufficient_quota", "budget_exceeded"),
    Overloaded: ErrorRow(429, "rate_limit_error", "overloaded"),
    BackendsFailed: ErrorRow(502, "server_error", "backends_failed"),
    NothingAvailable: ErrorRow(503, "server_error", "nothing_available"),
    LedgerUnavailable: ErrorRow(503, "server_error", "ledger_unavailable"),
    TextNotKept: ErrorRow(503, "server_error", "text_not_kept"),
}


def row_of(error: BaseException) -> ErrorRow:
    return ERROR_TABLE[type(error)] if isinstance(error, RequestError) else INTERNAL
