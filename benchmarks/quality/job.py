"""What one run is asked to do, as the process that does it reads it, and what it says back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from benchmarks.quality.record import Outcome, Unanswered

KEY_VARIABLE = "RINGFENCE_BENCH_KEY"
"""Keys are passed in the environment: others see a command line, and a log keeps arguments."""


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Job(_Said):
    """`url` is the gateway's, without `/v1`. `log_folder` gets inspect's logs, texts included."""

    url: str
    choice: str
    suites: tuple[str, ...]
    suites_file: Path
    folders: dict[str, Path]
    limit: int | None
    seed: int
    declare_task: bool
    logprobs: bool
    connections: Annotated[int, Field(ge=1)]
    timeout_s: Annotated[float, Field(gt=0)]
    log_folder: Path


class Done(_Said):
    """One item is answered, or never will be."""

    said: Literal["done"] = "done"
    suite: str


class Finished(_Said):
    """`policy_digests` are those that requests were decided under."""

    said: Literal["finished"] = "finished"
    outcomes: tuple[Outcome, ...]
    unanswered: tuple[Unanswered, ...]
    policy_digests: tuple[str, ...]
    inspect_ai: str


class Failed(_Said):
    """`kind` is the name of an error: its message could have a text in it (I6)."""

    said: Literal["failed"] = "failed"
    kind: str


Line: TypeAlias = Annotated[Done | Finished | Failed, Field(discriminator="said")]
