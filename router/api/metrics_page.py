"""`GET /metrics`: for those who run the cluster, since it names teams and what they spend."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from router.accounts.people.permissions import ROLES_OF, Permission, may
from router.api.answer_headers import headers_of
from router.api.in_force import CurrentRules
from router.errors import RoleRequired

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Prometheus' text format."""


class MetricsRoute:
    def __init__(self, current: CurrentRules, page: Callable[[], bytes]) -> None:
        """`page` may block: it is asked in a thread."""
        self._current = current
        self._page = page

    async def read(self, request: Request) -> Response:
        """Raises RoleRequired for whoever may not see what teams and keys have used."""
        asker = await request.state.admit(self._current().tokens)
        if not may(asker.roles, Permission.SEE_KEYS_AND_LIMITS):
            enough = " or ".join(sorted(ROLES_OF[Permission.SEE_KEYS_AND_LIMITS]))
            raise RoleRequired(f"Metrics are for keys with the role {enough}.")
        content = await asyncio.to_thread(self._page)
        headers = headers_of(request.state.trail)
        return Response(content, headers=headers, media_type=CONTENT_TYPE)
