"""Errors in the shape that OpenAI's clients understand."""

from __future__ import annotations

from starlette.responses import JSONResponse

from router.api.answer_headers import headers_of
from router.domain import JsonObject
from router.error_table import row_of
from router.errors import RequestError
from router.trail import Trail

UNFORESEEN = "Something went wrong inside; the request id finds it in the logs."


def error_body(error: BaseException) -> JsonObject:
    """The message of an error that nobody foresaw is not shown: it could quote a request (I6)."""
    row = row_of(error)
    message, param = UNFORESEEN, None
    if isinstance(error, RequestError):
        message, param = error.message, error.param
    return {"error": {"message": message, "type": row.type, "code": row.code, "param": param}}


def error_response(error: BaseException, trail: Trail | None = None) -> JSONResponse:
    headers = headers_of(trail) if trail is not None else {}
    if isinstance(error, RequestError) and error.retry_after_s is not None:
        headers["retry-after"] = str(error.retry_after_s)
    return JSONResponse(error_body(error), status_code=row_of(error).http_status, headers=headers)
