"""Attempts beside the one that answers, by what became of what they said: no client gets it."""

from __future__ import annotations

DISCARDED = "discarded"
"""A cheaper model's answer that was not good enough."""

SAMPLED = "sampled"
"""A second answer to the same question, to compare the first with."""

JUDGED = "judged"
"""What a judge said of an answer."""

BESIDE = frozenset({DISCARDED, SAMPLED, JUDGED})
