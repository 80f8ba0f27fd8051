"""`POST /v1/feedback`: what the caller thinks of an answer that the key's team got."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from router.api.answer_headers import headers_of
from router.api.body import read_json
from router.api.in_force import CurrentRules
from router.api.record_lookup import UUID_LENGTH
from router.domain import JsonObject
from router.errors import InvalidRequest
from router.feedback.feedback import Feedback
from router.feedback.inbox import FeedbackInbox

MAX_BODY_BYTES = 16 * 1024
_OPINIONS = ("score", "label", "correction", "comment")

_Id = Annotated[str, StringConstraints(min_length=1, max_length=128)]
_Label = Annotated[str, StringConstraints(min_length=1, max_length=64)]
_Text = Annotated[str, StringConstraints(min_length=1)]


class FeedbackBody(BaseModel):
    """Of ours alone, and so without unknown fields."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    request_id: _Id
    score: Annotated[float, Field(ge=0, le=1)] | None = None
    label: _Label | None = None
    correction: _Text | None = None
    comment: _Text | None = None


class FeedbackRoutes:
    def __init__(self, current: CurrentRules, inbox: FeedbackInbox) -> None:
        self._current = current
        self._inbox = inbox

    async def give(self, request: Request) -> Response:
        """Takes the request's id, or that of an answer, which ends in it."""
        said = parse_feedback(await read_json(request, MAX_BODY_BYTES))
        now = self._current()
        principal = await request.state.admit(now.tokens)
        policy = now.rules.policy
        taken = await self._inbox.take(
            said, principal, policy.feedback, policy.vault, policy.limits
        )
        answer = {
            "object": "ringfence.feedback",
            "id": taken.id,
            "request_id": taken.request_id,
            "text_kept": taken.text_kept,
        }
        return JSONResponse(answer, headers=headers_of(request.state.trail))


def parse_feedback(body: JsonObject) -> Feedback:
    """Raises InvalidRequest, which quotes nothing of the body."""
    try:
        parsed = FeedbackBody.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = next(
            (str(part) for part in first["loc"] if part in FeedbackBody.model_fields), None
        )
        if first["type"] == "extra_forbidden":
            fields = ", ".join(FeedbackBody.model_fields)
            raise InvalidRequest(f"Feedback has no other fields than {fields}.") from None
        raise InvalidRequest(f"{place or 'body'}: {first['msg']}", param=place) from None
    if all(getattr(parsed, name) is None for name in _OPINIONS):
        raise InvalidRequest(f"Say what you think of it in one of {', '.join(_OPINIONS)}.")
    return Feedback(
        request_id=parsed.request_id[-UUID_LENGTH:],
        score=parsed.score,
        label=parsed.label,
        correction=parsed.correction,
        comment=parsed.comment,
    )
