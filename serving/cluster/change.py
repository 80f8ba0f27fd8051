"""What somebody wants a running cluster to become: written by commands, read by the supervisor."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from serving.cluster.paths import ClusterPaths
from serving.cluster.private_files import write_private

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Change:
    """`digest` is of rules in the archive, None to keep those in force.

    `replicas` are counts by model key that go before those of models.yaml; `drain_s` bounds how
    long a replica that leaves waits for its requests, None for as long as a request may take.
    `simulated` are the new providers that are to be stood in for.
    """

    actor: str
    reason: str
    asked_at_s: float
    digest: str | None = None
    replicas: dict[str, int] = field(default_factory=dict)
    drain_s: float | None = None
    simulated: tuple[str, ...] = ()
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def save(self, paths: ClusterPaths) -> None:
        """Replaces what was wanted before, at once and durably."""
        content = json.dumps({"schema": SCHEMA, **asdict(self)}, indent=2).encode()
        write_private(paths.wanted_file, content)


def wanted(paths: ClusterPaths) -> Change | None:
    """The last change that was asked for, None where none ever was.

    Raises ValueError for a file that this release does not read.
    """
    try:
        said = json.loads(paths.wanted_file.read_text())
    except FileNotFoundError:
        return None
    if not isinstance(said, dict) or said.pop("schema", None) != SCHEMA:
        raise ValueError(f"{paths.wanted_file.name} is of a schema that this release does not read")
    try:
        return Change(**{**said, "simulated": tuple(said["simulated"])})
    except (TypeError, KeyError):
        raise ValueError(f"{paths.wanted_file.name} lacks something, or has too much") from None


class Stage(StrEnum):
    """The way of a change."""

    PREPARING = "preparing"
    ADDING = "adding"
    SWITCHING = "switching"
    SETTLING = "settling"
    REMOVING = "removing"
    DONE = "done"
    FAILED = "failed"


OVER = frozenset({Stage.DONE, Stage.FAILED})


@dataclass(frozen=True, slots=True)
class ChangeReport:
    """Where a change stands. `detail` is what is waited for, or why it failed."""

    id: str
    stage: Stage
    detail: str = ""

    @property
    def is_over(self) -> bool:
        return self.stage in OVER
