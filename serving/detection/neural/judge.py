"""How far to believe the model: its log-odds for a span, plus what the text says for and against.

Weights are in natural log-odds (2 is "seven times as likely"); they are few, round and general, and
were set by hand, looking at public sets and at texts unlike them. 0.5 is the threshold to use;
`ringfence bench privacy` draws the curve of what others would give. Of what is missed at 0.5 in
presidio-research's person-only texts, half says "Unlike the <name> novel".
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from serving.detection.neural import cues, fields, identifiers, plausible
from serving.detection.neural.common_words import Commonness, Dictionary
from serving.detection.neural.fields import Naming, Tables
from serving.detection.neural.labels import LOCATION, PERSON, POSTAL_ADDRESS
from serving.detection.neural.plausible import Casing, Fragment, Shape
from serving.detection.neural.public_names import PublicNames
from serving.detection.neural.spans import Span

_MOST = 0.998
"""A probability nearer to 1 than this says no more."""
_WORDS = re.compile(r"[^\W\d_]+")
_NOUN_AFTER = re.compile(r" ([a-z]{5,20})\b")
_ABBREVIATION_LETTERS = 3
_MOST_NAMES = 5
_THRESHOLD = 0.5

_IDENTIFIER = -5.0
_BROKEN = -5.0
_PLACEHOLDER = -12.0
_IN_CODE = -4.0
_NEAR_CODE = -2.0
_PUBLIC = -9.0
_NAMED_AFTER = -5.0
_SHOUTED = -2.0
"""Capitals only, among words that are not."""
_TITLED = 2.0
_INTRODUCED = 1.0
_FULL_NAME = 1.5
_SMALL_FULL = 1.0
"""Two words or more where nobody writes capitals."""
_STRANGE_FULL_NAME = 2.0
"""Of words that the dictionary does not know."""
_ABBREVIATION = -3.0
_CALENDAR = -3.0
_CAPITAL_WITHIN = 2.5
"""A capital inside a sentence."""
_NOUN_CAPITAL = -1.0
"""The same in German, where every noun has one."""
_FOR = 2.0
_MODEL_NUMBER = -5.0
_OPENS = -1.0
"""One word that begins a sentence, and would have its capital anyway."""
_FUNCTION_WORD = -6.0
_FRAGMENT_WORD = -5.0
_FRAGMENT_SMALL = -8.0
_FIELD = {Naming.PERSON: 3.0, Naming.NAME: 1.0, Naming.THING: -6.0, Naming.UNKNOWN: 0.0}
_FOR_SOMEBODY = 0.6
"""Of words that look like a full name, and that something is for."""
_THING_AFTER = -3.0
"""A noun right behind, as in `Nimbus router`."""
_OPENS_COMMON = -2.5
_IN_FIELD = 0.9
"""Of a value that nothing speaks against in a field for somebody's name."""
_MISTAKEN_PLACE = 0.3
"""What the model's `place` is worth as a name, where a person is expected."""
_LANGUAGE_RADIUS = 200

_SMALL = {
    Casing.CASED: -7.0,
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
        for word in sorted(
            dictionary.nouns | dictionary.words | dictionary.function_words | dictionary.german
        ):
            digest.update(word.encode())
        return cls(dictionary, public_names, digest.hexdigest())

    def judged(self, text: str, spans: Iterable[Span]) -> Iterator[Span]:
        """The same spans with scores of which 0.5 is the threshold."""
        tables = Tables.of(text)
        judged = [self._judged(text, span, tables) for span in spans]
        yield from judged
        believed = [one for one in judged if one.entity_type == PERSON and one.score >= _THRESHOLD]
        for span in self._unseen(text, judged, tables):
            if not any(one.start < span.end and span.start < one.end for one in believed):
                believed.append(span)
                yield span

    def _unseen(self, text: str, judged: Iterable[Span], tables: Tables) -> Iterator[Span]:
        """Names that the place says, whatever the model says."""
        for value in fields.person_values(text, tables):
            words = text[value.start : value.end]
            several = len(_WORDS.findall(words)) > 1
            whose = value.naming is Naming.PERSON or (several and self._is_unknown(words))
            if whose and self._can_fill(words):
                yield Span(PERSON, value.start, value.end, _IN_FIELD)
        places = [one for one in judged if one.entity_type == LOCATION]
        for start, end in cues.beneficiaries(text):
            words = text[start:end]
            if (
                self._is_unknown(words)
                and self._can_fill(words)
                and plausible.casing(text, start, end) is Casing.CASED
                and not any(one.start < end and start < one.end for one in places)
            ):
                yield Span(PERSON, start, end, _FOR_SOMEBODY)

    def _is_unknown(self, words: str) -> bool:
        """Whether the dictionary knows no common word here, and most words not at all."""
        common = [self.dictionary.look_up(word) for word in _WORDS.findall(words) if len(word) > 1]
        unknown = sum(one is Commonness.UNKNOWN for one in common)
        return Commonness.WORD not in common and 2 * unknown > len(common)

    def _judged(self, text: str, span: Span, tables: Tables) -> Span:
        places = {LOCATION, POSTAL_ADDRESS}
        if span.entity_type in places and self._is_mistaken_place(text, span):
            span = replace(span, entity_type=PERSON, score=min(span.score, _MISTAKEN_PLACE))
        if span.entity_type != PERSON:
            return replace(span, score=_shifted(span.score, identifiers.evidence(text, span)))
        span = self._without_opening(text, span)
        return replace(span, score=_shifted(span.score, self.for_person(text, span, tables)))

    def _can_fill(self, words: str) -> bool:
        """Whether a value looks like a name: one to five words, none of them a common one."""
        found = _WORDS.findall(words)
        common = [self.dictionary.look_up(word) for word in found]
        return (
            len(found) <= _MOST_NAMES
            and not plausible.is_placeholder(words)
            and words not in self.public_names
            and plausible.shape(words) in {Shape.TITLE, Shape.UPPER, Shape.CASELESS}
            and any(one is not Commonness.WORD for one in common)
        )

    def _is_mistaken_place(self, text: str, span: Span) -> bool:
        """Whether a place stands where a person is expected and has a name's shape."""
        words = text[span.start : span.end]
        found = _WORDS.findall(words)
        if not 2 <= len(found) <= _MOST_NAMES or any(map(str.isdigit, words)):
            return False
        if "\n" in words or "," in words or words in self.public_names:
            return False
        if not self._is_unknown(words):
            return False
        return cues.is_beneficiary(text, span.start) or cues.is_introduced(text, span.start)

    def _without_opening(self, text: str, span: Span) -> Span:
        """The span without a function word that opens its sentence: `Hier` in `Hier Anne dort`."""
        words = text[span.start : span.end]
        first = _WORDS.match(words)
        if first is None or first.end() == len(words):
            return span
        rest = _WORDS.search(words, first.end())
        if (
            rest is None
            or first[0].lower() not in self.dictionary.function_words
            or not plausible.starts_sentence(text, span.start)
        ):
            return span
        return replace(span, start=span.start + rest.start())

    def for_person(self, text: str, span: Span, tables: Tables) -> float:
        """Log-odds that a span which the model takes for a name is somebody's."""
        start, end = span.start, span.end
        words = text[start:end]
        shape = plausible.shape(words)
        if plausible.is_placeholder(words):
            return _PLACEHOLDER
        if shape is Shape.BROKEN:
            return _BROKEN
        evidence = self._written(text, span, shape)
        key = fields.key_of(text, start, tables)
        evidence += _FIELD[fields.naming(key)] if key is not None else 0.0
        if cues.has_model_number(text, start, end):
            evidence += _MODEL_NUMBER
        if shape is not Shape.CASELESS and cues.is_beneficiary(text, start):
            evidence += _FOR if " " in words else 0.0
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
        single = len(words) == 1
        if single and words[0].lower() in self.dictionary.function_words:
            return _FUNCTION_WORD
        if shape is Shape.LOWER and self._is_fragment(text, span):
            return _FRAGMENT_SMALL
        if single and shape is not Shape.CASELESS and self._is_fragment(text, span):
            return _FRAGMENT_WORD
        full = _FULL_NAME if len(words) > 1 and common is not Commonness.WORD else 0.0
        if full and common is Commonness.UNKNOWN:
            full = _STRANGE_FULL_NAME
        if shape is Shape.CASELESS:
            return full
        if shape is Shape.LOWER:
            both = not single and casing is Casing.NONE and common is Commonness.UNKNOWN
            return _SMALL[casing] + _SMALL_COMMON[common] + (_SMALL_FULL if both else 0.0)
        within = (
            shape is Shape.TITLE
            and casing is not Casing.HEADING
            and not plausible.starts_sentence(text, span.start)
        )
        if shape is Shape.UPPER and len("".join(words)) <= _ABBREVIATION_LETTERS:
            return _ABBREVIATION
        if single and shape is Shape.TITLE and plausible.starts_sentence(text, span.start):
            full = _OPENS + (_OPENS_COMMON if common is Commonness.WORD else 0.0)
        if single and shape is Shape.TITLE:
            noun = _NOUN_AFTER.match(text, span.end)
            if noun and self.dictionary.look_up(noun[1]) is Commonness.NOUN:
                upper_noun = noun[1] not in self.dictionary.function_words
                full += _THING_AFTER if upper_noun else 0.0
        upper = _SHOUTED if shape is Shape.UPPER and casing is Casing.CASED else 0.0
        capital = _NOUN_CAPITAL if single and self._is_german(text, span) else _CAPITAL_WITHIN
        return full + upper + (capital if within else 0.0) + _CAPITAL_COMMON[common]

    def _is_fragment(self, text: str, span: Span) -> bool:
        """Whether the text is a title, a value, a file name: a few words that say nothing."""
        around = plausible.fragment(text, span.start, span.end)
        if around is not Fragment.SHORT:
            return around is Fragment.LONE
        beside = text[: span.start] + " " + text[span.end :]
        return not any(
            len(word) > 1 and word in self.dictionary.function_words
            for word in _WORDS.findall(beside)
        )

    def _is_german(self, text: str, span: Span) -> bool:
        """Whether two German function words or more are near, of no other language."""
        near = text[max(0, span.start - _LANGUAGE_RADIUS) : span.end + _LANGUAGE_RADIUS]
        return sum(word in self.dictionary.german for word in _WORDS.findall(near)) > 1


def _shifted(score: float, evidence: float) -> float:
    bounded = min(max(score, 1 - _MOST), _MOST)
    return 1 / (1 + math.exp(-(math.log(bounded / (1 - bounded)) + evidence)))
