"""What is raised about the mirror."""

from __future__ import annotations


class MirrorError(Exception):
    """The mirror cannot be reached, written or followed; the message has the cure."""


class MlflowMissing(MirrorError):
    """MLflow is an extra, and it is not installed."""


class MirrorDiffers(MirrorError):
    """MLflow says what models.yaml does not, of something that decides what is served."""
