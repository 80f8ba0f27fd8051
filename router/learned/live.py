"""The learned router in service: off unless its record earns it, and silent where it is lost."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from router.learned.artifact import Artifact
from router.learned.embedder import Embedder
from router.learned.inputs import one_input


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an artifact may route; `reason` says why not, in words for an operator."""

    is_allowed: bool
    reason: str | None = None


def is_allowed(artifact: Artifact, embedder_digest: str, registered: Collection[str]) -> Verdict:
    """Pure. An artifact that was made for another encoder, for models that are not registered any
    more, or that is not better than the task lookup with 95% confidence, is off.
    """
    header = artifact.header
    if header.embedder_digest != embedder_digest:
        return Verdict(False, "it was made with another encoder: train it anew")
    unknown = sorted(set(header.models) - set(registered))
    if unknown:
        return Verdict(False, f"it knows models that are not registered: {', '.join(unknown)}")
    compared = header.comparison
    if not compared.is_better:
        return Verdict(
            False,
            f"it is not better than the task lookup: {compared.difference:+.4f} of "
            f"{compared.metric}, 95% from {compared.low:+.4f} to {compared.high:+.4f}",
        )
    return Verdict(True)


@dataclass(frozen=True, slots=True)
class LearnedRouter:
    """Expected quality by registry key. It orders what is permitted, and permits nothing (I3)."""

    artifact: Artifact
    embedder: Embedder = field(repr=False)

    def expected_quality(self, text: str, task: str) -> Mapping[str, float] | None:
        """For each model that it has learned, quality in [0, 1]; None where the text is unlike all
        that it has learned from, so that the figures by task stand.

        `text` is the last message of the user; it is kept nowhere (I6). Takes milliseconds of one
        core and lets go of the GIL: call it on a thread.
        """
        if not text.strip():
            return None
        header, estimator = self.artifact.header, self.artifact.estimator
        index = header.tasks.index(task) if task in header.tasks else -1
        asked = one_input(self.embedder.embed(text), text, index)
        if estimator.is_far(asked):
            return None
        quality = estimator.predict(asked)[0]
        return {key: float(value) for key, value in zip(header.models, quality, strict=True)}
