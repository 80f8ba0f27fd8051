"""Templates → texts with spans. A slot is `§kind§`; `§person§` twice is one person, `§person2§`
another.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.privacy.generated.draw import Draw
from benchmarks.privacy.generated.item import Span
from benchmarks.privacy.generated.language import Language
from benchmarks.privacy.generated.values import SLOTS, Value

_SLOT = re.compile(r"§([a-z]+)(\d*)§")


@dataclass(frozen=True, slots=True)
class Composed:
    text: str = field(repr=False)
    spans: tuple[Span, ...] = ()

    def __add__(self, other: Composed | str) -> Composed:
        if isinstance(other, str):
            return Composed(self.text + other, self.spans)
        moved = (
            Span(s.start + len(self.text), s.end + len(self.text), s.entity_type, s.text)
            for s in other.spans
        )
        return Composed(self.text + other.text, (*self.spans, *moved))

    @classmethod
    def whole(cls, value: Value) -> Composed:
        """The value, a span over all of it if it identifies somebody."""
        if value.entity_type is None:
            return cls(value.text)
        return cls(value.text, (Span(0, len(value.text), value.entity_type, value.text),))

    def as_one(self, entity_type: str) -> Composed:
        """The same text as one identifier from end to end."""
        return Composed(self.text, (Span(0, len(self.text), entity_type, self.text),))

    def mapped(self, change: Callable[[str], str]) -> Composed:
        """Every identifier and all text between changed on its own, spans along."""
        changed, done = Composed(""), 0
        for span in self.spans:
            changed += change(self.text[done : span.start])
            value = change(span.text)
            changed += Composed(value, (Span(0, len(value), span.entity_type, value),))
            done = span.end
        return changed + change(self.text[done:])

    def identifiers_mapped(self, change: Callable[[str], str]) -> Composed:
        """Every identifier changed, the text between as it is."""
        originals = {span.text for span in self.spans}
        return self.mapped(lambda text: change(text) if text in originals else text)


def compose(
    template: str,
    draw: Draw,
    lang: Language,
    values: dict[str, Value] | None = None,
    make: Callable[[str], Value] | None = None,
) -> Composed:
    """`values` fills slots by name; the others are drawn by kind, or made by `make`.

    Raises KeyError for a kind that does not exist.
    """
    known = dict(values or {})
    composed, done = Composed(""), 0
    for match in _SLOT.finditer(template):
        kind, number = match.groups()
        name = kind + number
        if name not in known:
            known[name] = make(kind) if make else SLOTS[kind](draw, lang)
        composed += template[done : match.start()]
        composed += Composed.whole(known[name])
        done = match.end()
    return composed + template[done:]


def join(separator: str, parts: list[Composed]) -> Composed:
    joined = Composed("")
    for number, part in enumerate(parts):
        joined += separator if number else ""
        joined += part
    return joined
