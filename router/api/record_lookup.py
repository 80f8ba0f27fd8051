"""`GET /v1/records/{id}`: what happened to a request of the key's own team."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from router.api.answer_headers import headers_of
from router.audit.records import Records
from router.domain import JsonObject
from router.feedback.reading import FeedbackShown

UUID_LENGTH = 36


class RecordRoutes:
    def __init__(self, records: Records, feedback: FeedbackShown) -> None:
        self._records = records
        self._feedback = feedback

    async def read(self, request: Request) -> Response:
        """Takes the request's id, or that of an answer, which ends in it."""
        request_id = request.path_params["record_id"][-UUID_LENGTH:]
        team = request.state.principal.team
        record = await asyncio.to_thread(self._read, request_id, team)
        return JSONResponse(record, headers=headers_of(request.state.trail))

    def _read(self, request_id: str, team: str) -> JsonObject:
        record = self._records.read(request_id, team)
        return {**record, "feedback": self._feedback.of_request(request_id)}
