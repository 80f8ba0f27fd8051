"""`GET /v1/records/{id}`: what happened to a request of the key's own team."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from router.api.answer_headers import headers_of
from router.audit.records import Records

UUID_LENGTH = 36


class RecordRoutes:
    def __init__(self, records: Records) -> None:
        self._records = records

    async def read(self, request: Request) -> Response:
        """Takes the request's id, or that of an answer, which ends in it."""
        request_id = request.path_params["record_id"][-UUID_LENGTH:]
        team = request.state.principal.team
        record = await asyncio.to_thread(self._records.read, request_id, team)
        return JSONResponse(record, headers=headers_of(request.state.trail))
