"""What is raised about weights."""

from __future__ import annotations


class WeightsError(Exception):
    """Weights that are not there or are not what they should be; the message has the cure."""
