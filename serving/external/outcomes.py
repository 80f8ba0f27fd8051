"""What a provider's status, or a transport's exception, is as an outcome of the attempt.

Only which outcome it is gets decided here; what follows from it is decided in `router/cascade/`
(I10). Messages hold the status and the code that the provider declares, and never a body (I6).
"""

from __future__ import annotations

import email.utils
import json
import math
import re
from collections.abc import Mapping
from contextlib import suppress

import httpx2

from router.errors import (
    BackendBroken,
    BackendFailure,
    BackendOverloaded,
    BackendRejected,
    BackendTimeout,
    BackendUnauthorized,
    BackendUnreachable,
    EgressRefused,
)

_CODE = re.compile(r"[a-z_0-9.]{1,64}")
# httpcore2 has one error for no answer and for one that is not HTTP.
_DISCONNECTED = "disconnected without sending a response"
_OVERLOADED = frozenset({429, 503, 529})
_UNAUTHORIZED = frozenset({401, 403})


def failure_of_status(
    status: int, headers: Mapping[str, str], body: bytes, *, now_s: float
) -> BackendFailure:
    """The outcome of an answer whose status is not 200. `now_s` is seconds since the epoch."""
    message = f"status {status}"
    code = _declared_code(body)
    if code:
        message = f"{message} ({code})"
    if status in _OVERLOADED:
        return BackendOverloaded(message, retry_after_s(headers, now_s=now_s))
    if status in _UNAUTHORIZED:
        return BackendUnauthorized(message)
    if 400 <= status < 500:
        return BackendRejected(message)
    return BackendBroken(message)


def failure_of_error(
    error: BaseException, *, answered: bool = True
) -> BackendFailure | EgressRefused:
    """The outcome of whatever was raised instead of an answer, or after `answered` in one.

    SDKs wrap what comes out of a transport: the nearest cause that says something decides.
    """
    cause: BaseException | None = error
    while cause is not None:
        match cause:
            case EgressRefused() | BackendFailure():
                return cause
            # A kind of the next one, but nothing was sent, and nobody charges for that.
            case httpx2.ConnectTimeout():
                return BackendUnreachable("no connection in time")
            case TimeoutError() | httpx2.TimeoutException():
                return BackendTimeout("the attempt's deadline passed")
            case httpx2.ConnectError():
                return BackendUnreachable("no connection")
            case httpx2.WriteError():
                return BackendUnreachable("the connection broke while the request was sent")
            case httpx2.ReadError() if not answered:
                return BackendUnreachable("the connection broke before an answer")
            case httpx2.RemoteProtocolError() if not answered and _DISCONNECTED in str(cause):
                return BackendUnreachable("the connection was closed before an answer")
            case httpx2.SSEError():
                return BackendBroken("not an event stream, or an event over the limit in bytes")
            case httpx2.ReadError() | httpx2.RemoteProtocolError():
                return BackendBroken("the connection broke, or what came is not HTTP")
        cause = cause.__cause__
    return BackendBroken(f"an answer that cannot be read ({type(error).__name__})")


def retry_after_s(headers: Mapping[str, str], *, now_s: float) -> float | None:
    """Seconds to wait from `retry-after-ms` or `retry-after` (seconds, or an HTTP date).

    None where neither says anything that can be read. Header names are lower case.
    """
    milliseconds = _finite(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return max(0.0, milliseconds / 1000)
    value = headers.get("retry-after", "")
    seconds = _finite(value)
    if seconds is None:
        with suppress(ValueError):
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - now_s
    return None if seconds is None else max(0.0, seconds)


def _finite(text: str) -> float | None:
    with suppress(ValueError):
        number = float(text)
        return number if math.isfinite(number) else None
    return None


def _declared_code(body: bytes) -> str | None:
    """Providers put text of the request into messages, and now and then into codes."""
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    error = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(error, dict):
        return None
    for name in ("code", "type"):
        code = error.get(name)
        if isinstance(code, str) and _CODE.fullmatch(code):
            return code
    return None
