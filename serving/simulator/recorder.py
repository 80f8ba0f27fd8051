"""What arrived at the simulator, exactly as it arrived: the evidence of tests.

Off by default, since it keeps content and credentials in memory (I6).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from router.domain import JsonObject


@dataclass(slots=True)
class Arrival:
    """One request, filled in while it is being received and answered.

    `client_disconnected` says that the client left before its answer was complete, `completed`
    that the last byte of the answer was handed to the socket.
    """

    number: int
    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
    client_disconnected: bool = False
    completed: bool = False
    tokens_sent: int = 0

    def as_json(self) -> JsonObject:
        return {
            "number": self.number,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": [[name, value] for name, value in self.headers],
            "body_base64": base64.b64encode(self.body).decode(),
            "client_disconnected": self.client_disconnected,
            "completed": self.completed,
            "tokens_sent": self.tokens_sent,
        }


@dataclass(slots=True)
class Recorder:
    """Numbers all requests, and keeps them if it was told to."""

    keeps: bool
    arrivals: list[Arrival] = field(default_factory=list)
    count: int = 0

    def arrived(
        self, method: str, path: str, query: str, headers: tuple[tuple[str, str], ...]
    ) -> Arrival:
        self.count += 1
        arrival = Arrival(self.count, method, path, query, headers if self.keeps else ())
        if self.keeps:
            self.arrivals.append(arrival)
        return arrival
