"""Presidio's framework around our layers: its engine, its registry, its results.

None of Presidio's own recognisers is in it: their regexes can take exponential time, and it takes
one that ran out of time for one that found nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry, RecognizerResult
from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer
from presidio_analyzer.nlp_engine import NlpArtifacts, NoOpNlpEngine

from router.privacy.recognisers.pattern import Match, Pattern

LANGUAGE = "en"
"""Presidio wants one; what is looked for here is written in any of the supported ones."""


class Matcher(Protocol):
    def find(self, text: str, *, joined: bool = False) -> list[Match]: ...


class LinearPatternRecognizer(EntityRecognizer):  # type: ignore[misc]  # untyped
    """Patterns of linear time as one of Presidio's recognisers."""

    def __init__(
        self, name: str, patterns: Sequence[Pattern], matcher: Matcher, *, joined: bool = False
    ) -> None:
        """`matcher` looks for `patterns`; with `joined`, for those that are strict enough."""
        self._matcher = matcher
        self._joined = joined
        super().__init__(
            supported_entities=sorted({pattern.entity_type for pattern in patterns}),
            name=name,
            supported_language=LANGUAGE,
        )

    def occurs_in(self, text: str) -> bool:
        return bool(self._matcher.find(text, joined=self._joined))

    def load(self) -> None:
        """Nothing to load: the patterns are compiled."""

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts
    ) -> list[RecognizerResult]:
        return [
            RecognizerResult(match.entity_type, match.start, match.end, match.score)
            for match in self._matcher.find(text, joined=self._joined)
        ]


class _NoContext(ContextAwareEnhancer):  # type: ignore[misc]  # untyped
    """Patterns look at their context themselves, in seven languages."""

    def __init__(self) -> None:
        super().__init__(0.0, 0.0, 0, 0)

    def enhance_using_context(
        self, text: str, raw_results: list[RecognizerResult], *_: object, **__: object
    ) -> list[RecognizerResult]:
        return raw_results


class PatternAnalyzer:
    """An AnalyzerEngine over some recognisers, without a language model."""

    def __init__(self, recognisers: Sequence[LinearPatternRecognizer]) -> None:
        # It logs each result, and a level below ERROR would cost as much as the search.
        logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
        nlp = NoOpNlpEngine([{"lang_code": LANGUAGE, "model_name": "none"}])
        registry = RecognizerRegistry(list(recognisers), supported_languages=[LANGUAGE])
        self._engine = AnalyzerEngine(
            registry,
            nlp,
            supported_languages=[LANGUAGE],
            context_aware_enhancer=_NoContext(),
        )
        self._recognisers = tuple(recognisers)
        self._entities = sorted({entity for r in recognisers for entity in r.supported_entities})
        self._nothing = nlp.process_text("", LANGUAGE)

    def find(self, text: str) -> list[RecognizerResult]:
        """What the recognisers find in `text`."""
        # A call of the engine costs ten times what a search that finds nothing does.
        if not any(recogniser.occurs_in(text) for recogniser in self._recognisers):
            return []
        found: list[RecognizerResult] = self._engine.analyze(
            text, LANGUAGE, entities=self._entities, nlp_artifacts=self._nothing
        )
        return found
