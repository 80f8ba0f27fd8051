"""Patterns that are looked for only around words without which they mean nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import re2

from .match import PatternMatcher
from .pattern import Match, Pattern

_MAX_MEMORY_BYTES = 64 << 20


class GatedMatcher:
    """As PatternMatcher, for patterns that begin with what is common and end with what is rare.

    `trigger` is in RE2's syntax, case-insensitive, and cheap: a list of words. Where none stands,
    nothing is looked for. Otherwise each stretch from `before` characters before one to `after`
    characters after it is searched, so a longer match is not found. Linear in the text.
    """

    def __init__(
        self, trigger: str, patterns: Sequence[Pattern], *, before: int = 240, after: int = 160
    ) -> None:
        options = re2.Options()
        options.case_sensitive = False
        options.max_mem = _MAX_MEMORY_BYTES
        options.log_errors = False
        options.never_capture = True
        self._trigger = re2.compile(rf"(?:^|[^0-9A-Za-z])(?:{trigger})(?:$|[^0-9A-Za-z])", options)
        self._matcher = PatternMatcher(patterns)
        self._before = before
        self._after = after

    def find(self, text: str, *, joined: bool = False) -> list[Match]:
        """Every match, by start. Takes any string, lone surrogates too."""
        matches: list[Match] = []
        for begin, stop in self._windows(text.encode("utf-8", "replace").decode()):
            matches += [
                replace(match, start=match.start + begin, end=match.end + begin)
                for match in self._matcher.find(text[begin:stop], joined=joined)
            ]
        return matches

    def _windows(self, text: str) -> list[tuple[int, int]]:
        """Apart from each other, in characters; each begins and ends at a line or a space."""
        windows: list[tuple[int, int]] = []
        for hit in self._trigger.finditer(text):
            begin = max(0, hit.start() - self._before)
            stop = min(len(text), hit.end() + self._after)
            if begin:
                begin = text.find(" ", begin, hit.start()) + 1 or begin
            if windows and begin <= windows[-1][1]:
                windows[-1] = (windows[-1][0], stop)
            else:
                windows.append((begin, stop))
        return windows
