"""A cheap look over a text that says whether a dearer one can find anything."""

from __future__ import annotations

from collections.abc import Callable

import re2


def gate(regex: str) -> Callable[[str], bool]:
    """Whether `regex`, in RE2's syntax and whatever the case, matches somewhere: 3 µs per 1,000
    characters, linear by construction. The text must have no lone surrogates."""
    options = re2.Options()
    options.never_capture = True
    options.case_sensitive = False
    compiled = re2.compile(regex, options)

    def opens(text: str) -> bool:
        return compiled.search(text) is not None

    return opens
