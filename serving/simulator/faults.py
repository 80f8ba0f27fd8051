"""What a request meets before it is answered: outage, stall, redirect, error."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from fastapi.responses import JSONResponse, Response
from starlette.requests import Request

from router.domain import JsonObject
from serving.simulator.connection import ARRIVAL_KEY, break_connection
from serving.simulator.state import SimulatorState


async def fault(
    request: Request, state: SimulatorState, error: Callable[[int, str], JsonObject]
) -> Response | None:
    """The answer that `request` gets instead of its own, None where all is well.

    Never returns for a stall or a closed connection: the client leaving cancels it.
    """
    config = state.config
    if config.outage == "closed":
        break_connection(request.scope)
    if config.outage == "closed" or config.stall:
        await asyncio.Event().wait()
    if config.redirect_to is not None:
        return Response(status_code=307, headers={"location": config.redirect_to})
    status = 503 if config.outage == "unavailable" else 0
    if not status and state.draws_error(request.scope[ARRIVAL_KEY].number):
        status = config.error_status
    if not status:
        return None
    headers = {}
    if config.retry_after_s is not None:
        headers["retry-after"] = f"{config.retry_after_s:g}"
    return JSONResponse(error(status, "simulated"), status, headers)
