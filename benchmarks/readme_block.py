"""The parts of the README that records make: each between a pair of markers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class NoMarkers(Exception):
    """The file has no place for the figures."""


@dataclass(frozen=True, slots=True)
class ReadmeBlock:
    """What stands between `<!-- NAME:begin -->` and `<!-- NAME:end -->`."""

    name: str

    @property
    def begin(self) -> str:
        return f"<!-- {self.name}:begin -->"

    @property
    def end(self) -> str:
        return f"<!-- {self.name}:end -->"

    def put(self, text: str, into: str) -> str:
        """The README `into` with this part replaced. Raises NoMarkers."""
        before, begin, rest = into.partition(self.begin)
        _, end, after = rest.partition(self.end)
        if not begin or not end:
            raise NoMarkers(f"put {self.begin} and {self.end} where the figures are to stand")
        return f"{before}{self.begin}\n{text}\n{self.end}{after}"

    def write(self, text: str, readme: Path) -> None:
        """Replaces this part of the file. Raises NoMarkers, OSError."""
        readme.write_text(self.put(text, readme.read_text("utf-8")), encoding="utf-8")
