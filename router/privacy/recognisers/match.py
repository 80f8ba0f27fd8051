"""Finding what a catalogue of patterns describes, in time linear in the text."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

import re2

from .context import ContextIndex, Hit
from .neighbours import is_isolated, stands_alone
from .pattern import Match, Pattern

_MAX_VALUE_BYTES = 256
"""A value that needs a context is looked for this far around the context's window; and only after
a match no longer than this that failed its check does the search go back, or it would not be
linear."""

_UTF8_BYTES = 4
_MAX_MEMORY_BYTES = 16 << 20

_GATED_BYTES = 8192
"""Up to here what counts is how many searches are made; in longer texts a union of patterns could
outgrow its automaton, and each pattern by itself costs little for every byte."""

_BOUNDED = (r"(?:^|\b|[^0-9A-Za-z])", r"(?:$|\b|[^0-9A-Za-z])")
_ISOLATED = (
    r"(?:^|[^0-9A-Za-z.-]|(?:^|[^0-9])[.-])",
    r"(?:$|[^0-9A-Za-z.-]|[.-](?:$|[^0-9]))",
)

_PATTERNS_BEHIND_A_GATE = 12
_NEAREST = 4
"""So many words before a value are looked at: several phrases may begin at one place."""
_GATE_MEMORY_BYTES = 64 << 20


_start_of = attrgetter("start")


@dataclass(frozen=True, slots=True)
class _Compiled:
    pattern: Pattern
    regexp: re2._Regexp
    value_group: int
    context_group: int | None

    @property
    def everywhere(self) -> bool:
        """Whether a match means something without a context."""
        return not self.pattern.context or self.pattern.score_alone is not None


@dataclass(frozen=True, slots=True)
class _Gate:
    """One automaton that says whether any of the patterns behind it matches at all."""

    regexp: re2._Regexp
    behind: tuple[_Compiled, ...]


class PatternMatcher:
    """Immutable once made; `find` may be called from several threads, and RE2 releases the GIL.

    Patterns that mean nothing without a context are looked for around their context's words only,
    so what ordinary text costs is the patterns that stand for themselves and one search for words.
    """

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        contexts = sorted({p.context for p in patterns if p.context})
        numbers = {context: number for number, context in enumerate(contexts)}
        self._context = ContextIndex(contexts)
        compiled = [_compile(p, numbers.get(p.context)) for p in patterns]
        self._everywhere = _gates([c for c in compiled if c.everywhere])
        self._joining = _gates([c for c in compiled if c.everywhere and c.pattern.joins])
        self._near: dict[int, list[_Compiled]] = defaultdict(list)
        for one in compiled:
            if one.context_group is not None and not one.everywhere:
                self._near[one.context_group].append(one)

    def find(self, text: str, *, joined: bool = False) -> list[Match]:
        """Every match, by start. `joined`: only what is strict enough for where texts meet, by a
        check of its own or by a word that names it.

        Takes any string: a lone surrogate counts as a question mark. Where several patterns find
        one value as one type, the highest score stands.
        """
        data = text.encode("utf-8", "replace")
        hits = self._context.find(data)
        best: dict[tuple[int, int, str], Match] = {}
        for compiled in self._worth_trying(data, hits, joined=joined):
            pattern = compiled.pattern
            near = hits.get(compiled.context_group, ())
            for start, end, score in _search(compiled, data, near):
                key = (start, end, pattern.entity_type)
                known = best.get(key)
                if known is None or known.score < score:
                    best[key] = Match(pattern.entity_type, start, end, score, pattern.name)
        found = [best[key] for key in sorted(best)]
        return found if len(data) == len(text) else _in_characters(found, data)

    def _worth_trying(
        self, data: bytes, hits: Mapping[int | None, Sequence[Hit]], *, joined: bool
    ) -> Iterator[_Compiled]:
        for gate in self._joining if joined else self._everywhere:
            if len(data) > _GATED_BYTES or gate.regexp.search(data) is not None:
                yield from gate.behind
        for group in hits:
            yield from self._near.get(group, ()) if group is not None else ()


def _compile(pattern: Pattern, context_group: int | None) -> _Compiled:
    options = re2.Options()
    options.case_sensitive = False
    options.max_mem = _MAX_MEMORY_BYTES
    options.log_errors = False
    # ASCII neighbours are the automaton's work; the rest is looked at after a match.
    edge, close = ("", "") if not pattern.boundaries else _BOUNDED
    if pattern.isolated:
        edge, close = _ISOLATED
    try:
        regexp = re2.compile(f"{edge}({pattern.regex}){close}", options)
    except re2.error as error:
        raise ValueError(f"{pattern.name}: not a pattern of RE2") from error
    return _Compiled(pattern, regexp, regexp.groupindex.get("value", 1), context_group)


def _gates(compiled: Sequence[_Compiled]) -> tuple[_Gate, ...]:
    options = re2.Options()
    options.case_sensitive = False
    options.never_capture = True
    options.max_mem = _GATE_MEMORY_BYTES
    gates = []
    for first in range(0, len(compiled), _PATTERNS_BEHIND_A_GATE):
        behind = tuple(compiled[first : first + _PATTERNS_BEHIND_A_GATE])
        # A name may stand only once in a regular expression.
        alternatives = (f"(?:{c.regexp.pattern.replace('(?P<value>', '(')})" for c in behind)
        gates.append(_Gate(re2.compile("|".join(alternatives), options), behind))
    return tuple(gates)


def _search(
    compiled: _Compiled, data: bytes, hits: Sequence[Hit]
) -> Iterator[tuple[int, int, float]]:
    """Values that hold, as byte offsets with their score."""
    pattern = compiled.pattern
    windows = [(0, len(data))] if compiled.everywhere else _windows(pattern, data, hits)
    for begin, stop in windows:
        for start, end in _values(compiled, data, begin, stop):
            score = _score(pattern, data, hits, start, end)
            if score is not None:
                yield start, end, score


def _values(compiled: _Compiled, data: bytes, begin: int, stop: int) -> Iterator[tuple[int, int]]:
    position = begin
    while (match := compiled.regexp.search(data, position, stop)) is not None:
        start, end = match.span(compiled.value_group)
        outer_start, outer_end = match.span(1)
        if start < end and _holds(compiled.pattern, data, (outer_start, outer_end), (start, end)):
            yield start, end
            position = end
        elif outer_end - outer_start <= _MAX_VALUE_BYTES:
            position = outer_start + 1
        else:
            position = outer_end


def _holds(pattern: Pattern, data: bytes, outer: tuple[int, int], value: tuple[int, int]) -> bool:
    if pattern.boundaries and not stands_alone(data, *outer):
        return False
    if pattern.isolated and not is_isolated(data, *value):
        return False
    if pattern.validate is None:
        return True
    return pattern.validate(data[value[0] : value[1]].decode("utf-8", "replace"))


def _score(
    pattern: Pattern, data: bytes, hits: Sequence[Hit], start: int, end: int
) -> float | None:
    if not pattern.context or _is_near(pattern.context_characters, data, hits, start, end):
        return pattern.score
    return pattern.score_alone


def _is_near(reach: int, data: bytes, hits: Sequence[Hit], start: int, end: int) -> bool:
    """Whether a word ends at most `reach` characters before the value or starts a third of that
    after it. A word inside the value does not count."""
    index = bisect_left(hits, start, key=_start_of)
    for hit in reversed(hits[max(0, index - _NEAREST) : index]):
        if hit.end <= start and _within(data, hit.end, start, reach):
            return True
    index = bisect_left(hits, end, key=_start_of)
    return index < len(hits) and _within(data, end, hits[index].start, reach // 3)


def _within(data: bytes, start: int, end: int, characters: int) -> bool:
    if end - start > characters * _UTF8_BYTES:
        return False
    return end - start <= characters or _characters(data, start, end) <= characters


def _windows(pattern: Pattern, data: bytes, hits: Sequence[Hit]) -> list[tuple[int, int]]:
    """Byte ranges, apart from each other, that hold all values which can be near a hit."""
    before = pattern.context_characters * _UTF8_BYTES + _MAX_VALUE_BYTES
    windows: list[tuple[int, int]] = []
    for hit in hits:
        begin, stop = max(0, hit.start - before), min(len(data), hit.end + before)
        if windows and begin <= windows[-1][1]:
            windows[-1] = (windows[-1][0], max(stop, windows[-1][1]))
        else:
            windows.append((begin, stop))
    return windows


def _characters(data: bytes, start: int, end: int) -> int:
    return end - start if end - start <= 1 else len(data[start:end].decode("utf-8", "replace"))


def _in_characters(found: Sequence[Match], data: bytes) -> list[Match]:
    """The same with character offsets: one walk over the text, in order of the offsets."""
    offsets = sorted({o for match in found for o in (match.start, match.end)})
    characters: dict[int, int] = {}
    last, count = 0, 0
    for offset in offsets:
        count += _characters(data, last, offset)
        last = offset
        characters[offset] = count
    return [
        Match(m.entity_type, characters[m.start], characters[m.end], m.score, m.pattern)
        for m in found
    ]
