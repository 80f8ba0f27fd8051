"""Everything that a run has on stage: gateways, providers, the database, the load."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.leak.load import Load
from benchmarks.privacy.generated.draw import Draw
from serving.bench.leak.gateway import GatewayProcess
from serving.bench.leak.provider import RecordingProvider

_WRITE_TIMEOUT_S = 10.0


class Doors:
    """The load's Entrance: gateways that are up, in turn."""

    def __init__(self, gateways: Sequence[GatewayProcess]) -> None:
        self._gateways = gateways

    async def url(self, number: int) -> str:
        while True:
            up = [gateway for gateway in self._gateways if gateway.is_up]
            if up:
                return up[number % len(up)].url
            await asyncio.sleep(0.02)


@dataclass(slots=True)
class Stage:
    """`pace` is by what the time that faults last is multiplied; `bad_configurations_served` counts
    gateways that started with what they must refuse.
    """

    directory: Path
    models: Path
    policies: Sequence[Path]
    bad_policy: Path
    detector: str
    gateways: Sequence[GatewayProcess]
    providers: Mapping[str, RecordingProvider]
    load: Load
    pace: float = 1.0
    bad_configurations_served: int = 0
    deaths: int = field(default=0)
    """Gateways that ended although nobody ended them; they are started again."""

    def a_gateway(self, draw: Draw) -> GatewayProcess:
        """One that is up. Raises LookupError if there is none."""
        up = [gateway for gateway in self.gateways if gateway.is_up]
        if not up:
            raise LookupError("no gateway is up")
        return draw.of(up)

    async def hold(self, requests: int, *, at_most_s: float) -> None:
        """Leaves things as they are until so many more requests have ended, or for so long."""
        await self.load.moved_on(requests, at_most_s=at_most_s * self.pace)

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.directory / 'ringfence.db'}"

    @contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        """A connection beside the gateways'."""
        path = self.directory / "ringfence.db"
        with closing(
            sqlite3.connect(
                path, isolation_level=None, timeout=_WRITE_TIMEOUT_S, check_same_thread=False
            )
        ) as connection:
            yield connection
