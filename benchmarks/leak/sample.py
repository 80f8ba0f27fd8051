"""What a planned request is about: a chat with identifiers that are known, or with none."""

from __future__ import annotations

from dataclasses import dataclass, field

from router.domain import JsonObject

HARMLESS = "harmless"


@dataclass(frozen=True, slots=True)
class Sample:
    """`body` is a whole OpenAI chat body; `identifiers` are what stands in it word for word.

    `category` is what kind of identifier it has, `harmless` where there is none.
    """

    id: str
    body: JsonObject = field(repr=False)
    identifiers: tuple[str, ...] = field(repr=False)
    category: str

    @property
    def is_sensitive(self) -> bool:
        return self.category != HARMLESS
