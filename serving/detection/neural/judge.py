"""How far to believe the model: its log-odds for a span, plus what the text says for and against.

Weights are in natural log-odds (2 is "seven times as likely"); they are few, round and general, and
were set by hand, looking at public sets and at texts unlike them. 0.5 is the threshold to use. For
persons, threshold -> share of texts with one found: person-only texts of presidio-research synth_v2
and generated_large, own varied texts; then harmless prompts (a dozen and a half of the 427 do name
somebody) and harmless code (CPython's library, 300 slices; two name somebody).

    0.2   .965  .966  1.000    .096  .053
    0.4   .955  .958  1.000    .077  .027
    0.5   .948  .954  1.000    .066  .020
    0.7   .928  .942   .986    .056  .020
    0.9   .907  .912   .971    .044  .010

Half of what is missed at 0.5 in the first two says "Unlike the <name> novel".
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from serving.detection.neural import cues, identifiers, plausible
from serving.detection.neural.common_words import Commonness, Dictionary
from serving.detection.neural.labels import PERSON
from serving.detection.neural.plausible import Casing, Shape
from serving.detection.neural.public_names import PublicNames
from serving.detection.neural.spans import Span

_MOST = 0.998
"""A probability nearer to 1 than this says no more."""
_WORDS = re.compile(r"[^\W\d_]+")
_ABBREVIATION_LETTERS = 3

_IDENTIFIER = -5.0
_BROKEN = -5.0
_IN_CODE = -4.0
_NEAR_CODE = -2.0
_PUBLIC = -9.0
_NAMED_AFTER = -5.0
_SHOUTED = -2.0
"""Capitals only, among words that are not."""
_TITLED = 2.0
_INTRODUCED = 1.0
_FULL_NAME = 1.5
_ABBREVIATION = -3.0
_CALENDAR = -3.0
_CAPITAL_WITHIN = 2.5
"""A capital inside a sentence."""

_SMALL = {
    Casing.CASED: -6.0,
    Casing.HEADING: -6.0,
    Casing.UNCASED_LINE: -2.5,
    Casing.NONE: 0.0,
}
_SMALL_COMMON = {Commonness.UNKNOWN: 0.0, Commonness.NOUN: -2.0, Commonness.WORD: -4.0}
_CAPITAL_COMMON = {Commonness.UNKNOWN: 0.0, Commonness.NOUN: -1.0, Commonness.WORD: -2.0}


@dataclass(frozen=True, slots=True)
class Judge:
    """Pure once loaded."""

    dictionary: Dictionary
    public_names: PublicNames
    digest: str

    @classmethod
    def load(cls) -> Judge:
        """Reads the word lists. Raises DictionaryMissing."""
        public_names, dictionary = PublicNames.load(), Dictionary.load()
        digest = hashlib.sha256()
        for file in sorted(Path(__file__).parent.glob("*.py")):
            digest.update(file.read_bytes())
        digest.update(public_names.source.encode())
        for word in sorted(dictionary.nouns | dictionary.words):
            digest.update(word.encode())
        return cls(dictionary, public_names, digest.hexdigest())

    def judged(self, text: str, spans: Iterable[Span]) -> Iterator[Span]:
        """The same spans with scores of which 0.5 is the threshold."""
        for span in spans:
            evidence = (
                self.for_person(text, span)
                if span.entity_type == PERSON
                else identifiers.evidence(text, span)
            )
            yield replace(span, score=_shifted(span.score, evidence))

    def for_person(self, text: str, span: Span) -> float:
        """Log-odds that a span which the model takes for a name is somebody's."""
        start, end = span.start, span.end
        words = text[start:end]
        shape = plausible.shape(words)
        if shape is Shape.BROKEN:
            return _BROKEN
        evidence = self._written(text, span, shape)
        if plausible.is_identifier(text, start, end):
            evidence += _IDENTIFIER
        if plausible.in_code(text, start, end):
            evidence += _IN_CODE
        elif plausible.near_code(text, start, end):
            evidence += _NEAR_CODE
        if cues.has_title(text, start):
            return evidence + _TITLED
        if cues.is_introduced(text, start):
            return evidence + _INTRODUCED
        if words in self.public_names:
            return evidence + _PUBLIC
        if cues.is_date(text, start, end):
            return evidence + _CALENDAR
        return evidence + (_NAMED_AFTER if cues.names_a_thing(text, end) else 0.0)

    def _written(self, text: str, span: Span, shape: Shape) -> float:
        """What capitals and the dictionary say."""
        words = _WORDS.findall(text[span.start : span.end])
        common = min((self.dictionary.look_up(word) for word in words), key=list(Commonness).index)
        casing = plausible.casing(text, span.start, span.end)
        full = _FULL_NAME if len(words) > 1 and common is not Commonness.WORD else 0.0
        if shape is Shape.CASELESS:
            return full
        if shape is Shape.LOWER:
            return _SMALL[casing] + _SMALL_COMMON[common]
        within = (
            shape is Shape.TITLE
            and casing is not Casing.HEADING
            and not plausible.starts_sentence(text, span.start)
        )
        if shape is Shape.UPPER and len("".join(words)) <= _ABBREVIATION_LETTERS:
            return _ABBREVIATION
        upper = _SHOUTED if shape is Shape.UPPER and casing is Casing.CASED else 0.0
        return full + upper + (_CAPITAL_WITHIN if within else 0.0) + _CAPITAL_COMMON[common]


def _shifted(score: float, evidence: float) -> float:
    bounded = min(max(score, 1 - _MOST), _MOST)
    return 1 / (1 + math.exp(-(math.log(bounded / (1 - bounded)) + evidence)))
