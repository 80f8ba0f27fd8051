"""Verdicts → rates, by category, language, shape, family of evasion and type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from benchmarks.privacy.generated.item import Span, message_strings
from benchmarks.privacy.generated.kinds import demanded_class
from benchmarks.privacy.judges import Found, Verdict
from benchmarks.privacy.record import Group, Rate
from benchmarks.privacy.sets import CONTEXT, Sample
from router.domain import DataClass, JsonObject

_MIN_QUOTED_CHARACTERS = 4


@dataclass(frozen=True, slots=True)
class Judged:
    """`entities` has, for each span of the sample, whether a finding overlaps it."""

    sample: Sample
    verdict: Verdict
    entities: tuple[bool, ...]

    @classmethod
    def of(cls, sample: Sample, verdict: Verdict) -> Judged:
        return cls(sample, verdict, spans_found(sample.body, sample.spans, verdict.found))


def spans_found(
    body: JsonObject, spans: Iterable[Span], found: Iterable[Found]
) -> tuple[bool, ...]:
    """Whether a finding of any type overlaps each span.

    A finding in JSON that stood inside a string is at no offset of the text; it counts for a span
    that it quotes.
    """
    places: dict[str, int] = {}
    start = 0
    for path, text in message_strings(body):
        places[path] = start
        start += len(text) + 1
    found = tuple(found)
    return tuple(any(_covers(finding, span, places) for finding in found) for span in spans)


def _covers(finding: Found, span: Span, places: dict[str, int]) -> bool:
    offset = places.get(finding.path)
    if offset is not None:
        return finding.start + offset < span.end and finding.end + offset > span.start
    quoted = finding.text.strip()
    return "(json)" in finding.path and (
        (len(quoted) >= _MIN_QUOTED_CHARACTERS and quoted in span.text) or span.text in quoted
    )


@dataclass(slots=True)
class _Tally:
    """Pairs of (hits, n)."""

    requests: list[int] = field(default_factory=lambda: [0, 0])
    restricted: list[int] = field(default_factory=lambda: [0, 0])
    entities: list[int] = field(default_factory=lambda: [0, 0])
    harmless: list[int] = field(default_factory=lambda: [0, 0])
    undetermined: int = 0
    harmless_undetermined: int = 0

    def add(self, judged: Judged) -> None:
        sample, verdict = judged.sample, judged.verdict
        if not sample.has_pii:
            _count(self.harmless, verdict.forced_on_prem)
            self.harmless_undetermined += verdict.undetermined
            return
        _count(self.requests, verdict.forced_on_prem)
        self.undetermined += verdict.undetermined
        if sample.demanding and _demanded(sample) is DataClass.RESTRICTED:
            _count(self.restricted, verdict.data_class is DataClass.RESTRICTED)
        for hit in judged.entities:
            _count(self.entities, hit)


def _count(pair: list[int], hit: bool) -> None:
    pair[0] += hit
    pair[1] += 1


def _demanded(sample: Sample) -> DataClass:
    return max(demanded_class(span.entity_type) for span in sample.spans)


def groups(subject: str, set_name: str, judged: Iterable[Judged]) -> tuple[Group, ...]:
    """One Group for each way to put the requests together that this set knows."""
    tallies: dict[tuple[str, str], _Tally] = {}
    for one in judged:
        for key in _keys(one.sample):
            tallies.setdefault(key, _Tally()).add(one)
    return tuple(
        Group.model_validate(
            {
                "subject": subject,
                "set_name": set_name,
                "by": by,
                "group": group,
                "requests": Rate.of(*tally.requests),
                "restricted": Rate.of(*tally.restricted),
                "entities": Rate.of(*tally.entities),
                "harmless": Rate.of(*tally.harmless),
                "undetermined": tally.undetermined,
                "harmless_undetermined": tally.harmless_undetermined,
            }
        )
        for (by, group), tally in sorted(tallies.items())
    )


def _keys(sample: Sample) -> Iterator[tuple[str, str]]:
    if sample.subset == "evasion":
        yield "evasion", sample.evasion or "none"
        return
    if sample.subset == "agent_run":
        yield "shape", "agent_run"
        return
    yield "all", "all"
    yield "category", sample.category
    if sample.category != CONTEXT:
        yield "lang", sample.lang
    if sample.shape:
        yield "shape", sample.shape
    if sample.demanding and sample.category in {"structured", "secret"} and sample.has_pii:
        yield "type", sample.spans[0].entity_type
