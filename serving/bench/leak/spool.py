"""The writing end of what `benchmarks.leak.arrivals` reads."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.simulator.connection import CONTROL_PREFIX


class SpoolingApp:
    """ASGI middleware: every piece of a request is in the file before the app sees it.

    Written with one call to the system each, so that it is there when the process is killed.
    """

    def __init__(self, app: ASGIApp, path: Path) -> None:
        self._app = app
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._process = os.urandom(6).hex()
        self._count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(CONTROL_PREFIX):
            await self._app(scope, receive, send)
            return
        self._count += 1
        key = f"{self._process}-{self._count}"
        self._write(key, head=_head(scope))
        ended = False

        async def spooled() -> Message:
            nonlocal ended
            message = await receive()
            if message["type"] == "http.request" and not ended:
                if message.get("body"):
                    self._write(key, body=base64.b64encode(message["body"]).decode())
                if not message.get("more_body"):
                    ended = True
                    self._write(key, end=True)
            return message

        await self._app(scope, spooled, send)

    def _write(self, key: str, **event: Any) -> None:
        os.write(self._file, json.dumps({"id": key, **event}).encode() + b"\n")


def _head(scope: Scope) -> dict[str, Any]:
    return {
        "method": scope["method"],
        "path": scope["raw_path"].decode("latin-1"),
        "query": scope["query_string"].decode("latin-1"),
        "headers": [[n.decode("latin-1"), v.decode("latin-1")] for n, v in scope["headers"]],
    }
