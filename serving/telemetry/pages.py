"""One page for all gateways of a host: each leaves what it counts where the others find it.

An ingress hands a scrape to any one of them. What is shown is what is in the files, one's own
included, so that two scrapes answered by two gateways never see a counter go back.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from router.ids import new_id
from serving.telemetry.snapshot import Snapshot, merged, snapshot_of

logger = logging.getLogger(__name__)

WRITE_INTERVAL_S = 2.0
GONE_AFTER_S = 30.0
"""A gateway that has written nothing for so long has ended, or hangs; its series end, too."""


class MetricsPages:
    """What `page` shows: the `own` collectors of every gateway, each under its own `gateway` label,
    and the `shared` ones, asked once by whoever answers.

    Effects: owns a thread from `start` to `close`, which writes a file into `directory` every two
    seconds; without a directory nothing is written, and the page shows this gateway alone.
    """

    def __init__(
        self,
        own: CollectorRegistry,
        shared: Iterable[Collector] = (),
        directory: Path | None = None,
    ) -> None:
        self._own = own
        self._shared = tuple(shared)
        self._directory = directory
        self._name = new_id()[-12:]
        self._writing = threading.Lock()
        self._failed = False
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="metrics-pages", daemon=True)

    def start(self) -> None:
        """Raises OSError where the directory cannot be made."""
        if self._directory is not None:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._thread.start()

    def close(self) -> None:
        """A gateway that ends in order leaves nothing."""
        self._closing.set()
        if self._directory is not None and self._thread.is_alive():
            self._thread.join()
            with self._writing:
                self._file(self._directory).unlink(missing_ok=True)

    def page(self) -> bytes:
        """The text format of Prometheus. Blocks: on files, and on what the collectors ask."""
        own = self._write()
        snapshots = {self._name: own}
        if self._directory is not None:
            snapshots |= dict(read_snapshots(self._directory))
        families = [*merged(snapshots), _gateways(len(snapshots))]
        for collector in self._shared:
            families.extend(collector.collect())
        return generate_latest(_Fixed(families))

    def _run(self) -> None:
        while not self._closing.wait(WRITE_INTERVAL_S):
            self._write()
            self._forget_the_gone()

    def _write(self) -> Snapshot:
        """One at a time: a later file never says less than an earlier one."""
        with self._writing:
            snapshot = snapshot_of(self._own)
            if self._directory is None or self._closing.is_set():
                return snapshot
            file = self._file(self._directory)
            fresh = file.with_suffix(".new")
            try:
                fresh.write_text(json.dumps(snapshot), "utf-8")
                os.replace(fresh, file)
            except OSError as error:
                if not self._failed:
                    logger.warning("metrics cannot be written: %s", type(error).__name__)
                self._failed = True
            else:
                self._failed = False
            return snapshot

    def _forget_the_gone(self) -> None:
        if self._directory is None:
            return
        oldest_s = time.time() - GONE_AFTER_S
        for file in self._directory.iterdir():
            try:
                if file.stat().st_mtime < oldest_s:
                    file.unlink(missing_ok=True)
            except FileNotFoundError:
                continue  # another gateway was faster

    def _file(self, directory: Path) -> Path:
        return directory / f"{self._name}.json"


def read_snapshots(directory: Path) -> Iterator[tuple[str, Snapshot]]:
    """What each gateway of this host that lives has left, by its name."""
    oldest_s = time.time() - GONE_AFTER_S
    for file in sorted(directory.glob("*.json")):
        try:
            if file.stat().st_mtime >= oldest_s:
                yield file.stem, json.loads(file.read_text("utf-8"))
        except FileNotFoundError:
            continue  # its gateway has ended meanwhile
        except (OSError, ValueError) as error:
            logger.warning("metrics of a gateway are unreadable: %s", type(error).__name__)


class _Fixed:
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families


def _gateways(number: int) -> Metric:
    metric = Metric("ringfence_gateways", "Gateways of this host that serve.", "gauge")
    metric.add_sample("ringfence_gateways", {}, number)
    return metric
