"""A learned router as one file: a header that says what it is, and the arrays it consists of.

A numpy archive without pickled objects, so that loading one runs nothing.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from router.config.validate import ConfigModel
from router.learned.cheap import NAMES
from router.learned.estimator import Estimator
from router.learned.kernel import Scale
from router.learned.lookup import TaskLookup

MAX_ARTIFACT_BYTES = 64 * 1024 * 1024
_HEADER = "header"
_ARRAYS = ("cheap_mean", "cheap_std", "landmarks", "lookup", "weights")


class BadArtifact(ValueError):
    """No learned router, or one that this release does not read; the message has the cure."""


class Comparison(ConfigModel):
    """Ours less the task lookup, on questions that neither had learned from.

    Of `metric`, with a 95% interval from `low` to `high`.
    """

    metric: str
    learned: float
    lookup: float
    difference: float
    low: float
    high: float
    questions: int = Field(gt=0)
    folds: int = Field(gt=1)
    resamples: int = Field(gt=0)

    @property
    def is_better(self) -> bool:
        """With statistical confidence: the whole interval is above nothing."""
        return self.low > 0


class Header(ConfigModel):
    """What an artifact was made of. `models` are registry keys, `tasks` as requests have them.

    `training_digest` is over the outcomes, `embedder_digest` over encoder and settings. `opinions`
    is how many of callers have a say in the lookup.
    """

    schema_: Literal[1] = Field(alias="schema")
    kind: Literal["learned_router"] = "learned_router"
    made_at: datetime = Field(strict=False)
    ringfence: str
    models: tuple[str, ...] = Field(min_length=1)
    tasks: tuple[str, ...]
    cheap_features: tuple[str, ...]
    embedder_digest: str
    training_digest: str
    questions: int = Field(gt=0)
    opinions: int = Field(default=0, ge=0)
    width: float = Field(gt=0)
    cheap_weight: float = Field(ge=0)
    task_weight: float = Field(ge=0)
    far: float
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class Artifact:
    """`sha256` is that of the file."""

    header: Header
    estimator: Estimator = field(repr=False)
    sha256: str


def save_artifact(header: Header, estimator: Estimator, path: Path) -> None:
    """Writes the file; the same header and estimator make the same bytes."""
    arrays: dict[str, NDArray[np.generic]] = {
        _HEADER: np.frombuffer(header.model_dump_json(by_alias=True).encode(), np.uint8),
        "cheap_mean": estimator.scale.cheap_mean,
        "cheap_std": estimator.scale.cheap_std,
        "landmarks": estimator.landmarks,
        "lookup": estimator.lookup.quality,
        "weights": estimator.weights,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.save(content, np.ascontiguousarray(array), allow_pickle=False)
            # A fixed date: ZipInfo has 1980 by itself.
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content.getvalue())
    path.write_bytes(buffer.getvalue())


def load_artifact(path: Path) -> Artifact:
    """Reads and checks one. Raises BadArtifact."""
    try:
        if path.stat().st_size > MAX_ARTIFACT_BYTES:
            raise BadArtifact(f"{path.name} is over {MAX_ARTIFACT_BYTES} bytes: train it anew")
        content = path.read_bytes()
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            header = Header.model_validate_json(archive[_HEADER].tobytes())
            arrays = {name: archive[name] for name in _ARRAYS}
    except OSError as error:
        said = error.strerror or type(error).__name__
        raise BadArtifact(f"{path.name} cannot be read: {said}") from None
    except BadArtifact:
        raise
    except (ValidationError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        raise BadArtifact(
            f"{path.name} is no learned router of this release: make one with "
            "`ringfence route train`"
        ) from None
    _check_shapes(header, arrays, path.name)
    scale = Scale(
        arrays["cheap_mean"],
        arrays["cheap_std"],
        len(header.tasks),
        header.cheap_weight,
        header.task_weight,
    )
    estimator = Estimator(
        TaskLookup(arrays["lookup"]),
        scale,
        arrays["landmarks"],
        arrays["weights"],
        header.width,
        header.far,
    )
    return Artifact(header, estimator, hashlib.sha256(content).hexdigest())


def _check_shapes(header: Header, arrays: dict[str, NDArray[np.float32]], name: str) -> None:
    models, tasks, cheap = len(header.models), len(header.tasks), len(header.cheap_features)
    landmarks = arrays["landmarks"]
    is_right = (
        header.cheap_features == NAMES
        and all(array.dtype == np.float32 and np.isfinite(array).all() for array in arrays.values())
        and arrays["cheap_mean"].shape == arrays["cheap_std"].shape == (cheap,)
        and (arrays["cheap_std"] > 0).all()
        and arrays["lookup"].shape == (tasks + 1, models)
        and landmarks.ndim == 2
        and landmarks.shape[1] > cheap + tasks
        and arrays["weights"].shape == (len(landmarks), models)
    )
    if not is_right:
        raise BadArtifact(
            f"{name} has arrays that do not fit its header: make one with `ringfence route train`"
        )
