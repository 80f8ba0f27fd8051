"""A text to look at in place of another one, and where each of its characters came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class View:
    """`text` is what to scan. `starts[i]` and `ends[i]` bound, in the original, what character `i`
    of `text` was made of; both None where they are the same text, character for character.

    `kind` names what was done (`as-is`, `folded`, `spelled`, `base64`, `base64+percent`, …): for
    reports, and without content.
    """

    kind: str
    text: str = field(repr=False)
    starts: Sequence[int] | None = field(default=None, repr=False)
    ends: Sequence[int] | None = field(default=None, repr=False)

    def locate(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that `text[start:end]` was made of; `start < end`."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]
