"""Names that are nobody's personal data: whether a span is one of those in public_names.txt."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

_LIST = Path(__file__).with_name("public_names.txt")
_ALONE = " / "
_POSSESSIVE = re.compile(r"['’]s?\Z")  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class PublicNames:
    """Folded names. `source` is the list as it was read, for a digest."""

    names: frozenset[str]
    source: str

    @classmethod
    def load(cls, path: Path = _LIST) -> PublicNames:
        source = path.read_text(encoding="utf-8")
        names: set[str] = set()
        for line in source.splitlines():
            if line and not line.startswith("#"):
                names.update(_folded(name) for name in line.split(_ALONE))
        return cls(frozenset(names), source)

    def __contains__(self, name: str) -> bool:
        """Whether `name`, or each word of it, is listed: `Goethes Faust` is."""
        folded = _folded(name)
        return folded in self.names or all(word in self.names for word in folded.split())


def _folded(name: str) -> str:
    """Without case, accents, punctuation, and a possessive's s."""
    decomposed = unicodedata.normalize("NFKD", _POSSESSIVE.sub("", name.strip()).casefold())
    kept = (character for character in decomposed if not unicodedata.combining(character))
    return " ".join(re.findall(r"\w+", "".join(kept)))
