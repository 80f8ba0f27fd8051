"""Evidence for a move: records of suites, by digest, that are about the very version that moves.

A record is a JSON object whose `model` is the version's key (`id@version`). That of an evaluation
says `"passed": true`; what a safety or a bias suite found, the second person judges. `ringfence
evals evidence` makes them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from router.lifecycle.requirements import EvidenceKind, MoveRefused
from router.registry.quality import QUALITY
from router.registry.records import RecordProblem, read_record


@dataclass(frozen=True, slots=True)
class Evidence:
    """`path` is from where models.yaml lies, if the record is below that; `sha256` of the file."""

    kind: EvidenceKind
    path: str
    sha256: str


def gather(said: Iterable[tuple[EvidenceKind, Path]], key: str, directory: Path) -> list[Evidence]:
    """Reads the records that somebody names. Raises MoveRefused for one that shows nothing."""
    found: dict[EvidenceKind, Evidence] = {}
    for kind, path in said:
        if kind in found:
            raise MoveRefused(f"there are two records of the kind {kind}: name the one that counts")
        whole, home = path.absolute(), directory.absolute()
        inside = whole.is_relative_to(home)
        shown = whole.relative_to(home).as_posix() if inside else str(whole)
        found[kind] = Evidence(kind, shown, _digest(kind, path, key))
    return list(found.values())


def verify(evidence: Iterable[Evidence], key: str, directory: Path) -> None:
    """Reads them again, for the second person. Raises MoveRefused where one has changed."""
    for item in evidence:
        if _digest(item.kind, directory / item.path, key) != item.sha256:
            raise MoveRefused(
                f"the record {Path(item.path).name} is not what it was: propose the move again"
            )


def _digest(kind: EvidenceKind, path: Path, key: str) -> str:
    try:
        record, sha256 = read_record(path)
    except RecordProblem as problem:
        raise MoveRefused(f"{problem}: name a record of the {kind}") from None
    said = record.get("kind")
    if said == QUALITY:
        raise MoveRefused(
            f"{path.name} is a record of quality, which says what was measured and not whether "
            f"that is enough: `ringfence evals evidence {path.name}` makes evidence of it"
        )
    if isinstance(said, str) and said in set(EvidenceKind) and said != kind:
        raise MoveRefused(f"{path.name} is evidence of the kind {said}, and not of {kind}")
    if record.get("model") != key:
        raise MoveRefused(
            f"{path.name} is not about {key}: run the suite on this version, and let the record's "
            "`model` say so"
        )
    if kind is EvidenceKind.EVALUATION and record.get("passed") is not True:
        raise MoveRefused(f"{path.name} does not say that {key} passed")
    return sha256
