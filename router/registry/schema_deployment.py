"""The keys of models.yaml that say how an engine is deployed; they came with schema 3."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from router.config.validate import ConfigModel, pattern

Count: TypeAlias = Annotated[int, Field(ge=1, le=1000)]
Target: TypeAlias = Annotated[float, Field(gt=0, le=100_000)]
AcceleratorType: TypeAlias = Annotated[
    str,
    pattern(
        r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}",
        "is not an accelerator type",
        "write it as Ray names it, such as H100, A100-80G, L4 or L40S",
    ),
]
Zone: TypeAlias = Annotated[
    str,
    pattern(
        r"[a-z0-9][a-z0-9-]{0,62}",
        "is not a zone",
        "use lower-case letters, digits and `-`, such as `secure`",
    ),
]


class ReplicasEntry(ConfigModel):
    """`target` is how many run until somebody, or the load, asks for others; `min` without one."""

    min: Count
    max: Count
    target: Count | None = None


def _bounds(value: object) -> object:
    """A plain number is both bounds, and so the target as well."""
    if type(value) is not int:
        return value
    if not 1 <= value <= 1000:
        said = {
            "problem": "is no number of replicas",
            "cure": "write 1 to 1000; what is to run nowhere is left out, or retired",
        }
        raise PydanticCustomError("pattern", "{problem}", said)
    return {"min": value, "max": value}


Replicas: TypeAlias = Annotated[ReplicasEntry, BeforeValidator(_bounds)]


class PlacementEntry(ConfigModel):
    """Where a replica may land. The zone is a resource `zone:NAME` of the nodes in it."""

    accelerator_type: AcceleratorType | None = None
    tensor_parallel: Annotated[int, Field(ge=1, le=64)] = 1
    zone: Zone | None = None


class AutoscalingEntry(ConfigModel):
    """Targets of one replica, any of them; the delays are Ray Serve's, with its defaults."""

    target_ongoing_requests: Target | None = None
    # A full cache is 1: with a target near it no cache could ever be over the target.
    target_kv_use: Annotated[float, Field(gt=0, le=0.9)] | None = None
    target_waiting_requests: Target | None = None
    ttft_objective_s: Annotated[float, Field(gt=0, le=3_600)] | None = None
    upscale_delay_s: Annotated[float, Field(ge=0, le=86_400)] = 30.0
    downscale_delay_s: Annotated[float, Field(ge=0, le=86_400)] = 600.0
