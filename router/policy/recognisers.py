"""A customer's own recognisers, as policy.yaml has them → patterns, or why they cannot be."""

from __future__ import annotations

from collections.abc import Iterator

import re2

from router.config.yaml_document import YamlDocument
from router.errors import ConfigProblem
from router.policy.schema import PolicyFile, RecogniserEntry
from router.privacy.recognisers.pattern import Pattern


def recogniser_patterns(entry: RecogniserEntry) -> Iterator[Pattern]:
    """The patterns of a recogniser that `check_recognisers` has nothing against."""
    context = tuple(word.lower() for word in entry.context)
    for pattern in entry.patterns:
        yield Pattern(
            name=f"{entry.name}: {pattern.name}",
            entity_type=entry.supported_entity,
            regex=pattern.regex,
            score=pattern.score,
            context=context,
        )
    if entry.deny_list:
        yield Pattern(
            name=f"{entry.name}: deny_list",
            entity_type=entry.supported_entity,
            regex="|".join(re2.escape(text) for text in entry.deny_list),
            score=entry.deny_list_score,
            context=context,
        )


def check_recognisers(file: PolicyFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    """Patterns must be of linear time, and must not find the empty text everywhere."""
    seen: set[str] = set()
    for number, entry in enumerate(file.detection.recognisers):
        here = ("detection", "recognisers", number)
        if entry.name in seen:
            yield document.problem(
                here, f"two recognisers are called {entry.name}", "give each a name of its own"
            )
        seen.add(entry.name)
        if not entry.patterns and not entry.deny_list:
            yield document.problem(
                here, f"{entry.name} looks for nothing", "add `patterns` or `deny_list`"
            )
        for place, pattern in enumerate(entry.patterns):
            problem = _problem_of(pattern.regex)
            if problem is not None:
                yield document.problem(
                    (*here, "patterns", place, "regex"),
                    f"the regex of {entry.name} {problem}",
                    "write it in RE2's syntax: no lookaround, no backreference; every match takes "
                    "at least one character",
                )


def _problem_of(regex: str) -> str | None:
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(regex, options)
    except re2.error:
        return "cannot be matched in linear time"
    return "matches the empty text" if compiled.search("") else None
