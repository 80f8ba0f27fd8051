"""What is measured: the generated set, and any JSONL in the shared format."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.privacy.generated.build import FULL, SEED, Size, digest, generate
from benchmarks.privacy.generated.draw import Draw
from benchmarks.privacy.generated.item import Item, Span, chat_body, joined_text
from benchmarks.privacy.generated.kinds import CATEGORY_OF_TYPE

GENERATED = "generated"
CONTEXT = "context"
"""The category of texts whose labels identify nobody by themselves: a city, a date, a company."""

_FOREIGN_TYPES = {
    "person": "PERSON",
    "address": "ADDRESS STREET_ADDRESS POSTAL_ADDRESS LOCATION_ADDRESS",
    "secret": "PASSWORD SECRET API_KEY TOKEN CREDENTIAL",
    "structured": (
        "EMAIL EMAIL_ADDRESS PHONE PHONE_NUMBER SSN US_SSN CREDIT_CARD IBAN IBAN_CODE ACCOUNT "
        "ACCOUNT_NUMBER BANK_ACCOUNT BANK_ACCOUNT_NUM ROUTING_NUMBER PASSPORT PASSPORT_NUM "
        "TAX_ID TAXID PAN AADHAR AADHAAR VOTER_ID DRIVER_LICENSE DRIVER_LICENSE_NUM "
        "US_DRIVER_LICENSE LICENSE IP_ADDRESS MAC_ADDRESS PATIENT_ID MEDICAL_RECORD INSURANCE_ID "
        "INSURANCE_POLICY_NUM POLICE_ID_NUM EMPLOYEE_ID DATE_OF_BIRTH"
    ),
}
_CATEGORY_OF_FOREIGN_TYPE = {
    **{name: category for category, names in _FOREIGN_TYPES.items() for name in names.split()},
    **CATEGORY_OF_TYPE,
}


class BadSet(Exception):
    """A file is not JSONL in the shared format; the message has file and line, and no content."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One request to be judged. `category` is what alone identifies somebody in it, `mixed`, or
    `context`; `demanding` says that our own kinds say what class it has to have.
    """

    id: str
    body: dict[str, Any] = field(repr=False)
    spans: tuple[Span, ...]
    has_pii: bool
    lang: str
    category: str
    shape: str = ""
    subset: str = "main"
    evasion: str | None = None
    demanding: bool = False

    @property
    def stratum(self) -> tuple[object, ...]:
        category = self.category if self.subset == "main" else None
        return (self.subset, self.has_pii, category, self.evasion)


@dataclass(frozen=True, slots=True)
class MeasuredSet:
    """`digest` is over all of it, `samples` what of it is measured."""

    name: str
    digest: str
    n: int
    samples: tuple[Sample, ...] = field(repr=False)


def generated_set(seed: int = SEED, size: Size = FULL) -> MeasuredSet:
    items = list(generate(seed, size))
    samples = tuple(_of_item(item) for item in items)
    return MeasuredSet(GENERATED, digest(iter(items)), len(samples), samples)


def find_files(paths: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """(JSONL files in or at the paths, paths that are not there)."""
    files: list[Path] = []
    absent: list[Path] = []
    for path in paths:
        if path.is_dir():
            files.extend(sorted(path.rglob("*.jsonl")))
        elif path.is_file():
            files.append(path)
        else:
            absent.append(path)
    return files, absent


def load_set(path: Path) -> MeasuredSet:
    """`<folder>/data.jsonl` is named for its folder. Raises BadSet."""
    name = path.parent.name if path.stem == "data" else f"{path.parent.name}/{path.stem}"
    content = path.read_bytes()
    samples = []
    for number, line in enumerate(content.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            samples.append(_of_entry(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadSet(f"{path}:{number}: not in the format ({type(error).__name__})") from None
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    return MeasuredSet(name, digest, len(samples), tuple(samples))


def sampled(measured: MeasuredSet, per_stratum: int, seed: int = SEED) -> MeasuredSet:
    """At most so many of each stratum, always the same ones."""
    strata: dict[tuple[object, ...], list[int]] = {}
    for number, sample in enumerate(measured.samples):
        strata.setdefault(sample.stratum, []).append(number)
    chosen: set[int] = set()
    for stratum, numbers in strata.items():
        chosen.update(
            _some(numbers, per_stratum, Draw(seed, "sample", measured.name, *map(str, stratum)))
        )
    kept = tuple(measured.samples[number] for number in sorted(chosen))
    return MeasuredSet(measured.name, measured.digest, measured.n, kept)


def _some(numbers: Sequence[int], count: int, draw: Draw) -> list[int]:
    left = list(numbers)
    return [left.pop(draw.below(len(left))) for _ in range(min(count, len(left)))]


def category_of(entity_types: Iterable[str]) -> str:
    """The one category of these types, `mixed` for several, `context` for none that identify."""
    categories = {
        _CATEGORY_OF_FOREIGN_TYPE[name]
        for name in entity_types
        if name in _CATEGORY_OF_FOREIGN_TYPE
    }
    if not categories:
        return CONTEXT
    return categories.pop() if len(categories) == 1 else "mixed"


def _of_item(item: Item) -> Sample:
    return Sample(
        id=item.id,
        body=item.body,
        spans=item.spans,
        has_pii=item.has_pii,
        lang=item.lang,
        category=item.category,
        shape=item.shape,
        subset=item.subset,
        evasion=item.evasion,
        demanding=True,
    )


def _of_entry(entry: dict[str, Any]) -> Sample:
    spans = tuple(
        Span(int(s["start"]), int(s["end"]), str(s["type"]), str(s["text"])) for s in entry["spans"]
    )
    has_pii = bool(entry["has_pii"])
    body = entry.get("body") or chat_body([{"role": "user", "content": str(entry["text"])}])
    if joined_text(body) != entry["text"]:
        raise ValueError("text and body differ")
    category = category_of(span.entity_type for span in spans) if has_pii else "harmless"
    return Sample(
        id=str(entry["id"]),
        body=body,
        spans=spans,
        has_pii=has_pii,
        lang=str(entry["lang"]),
        category=str(entry.get("category") or category),
        shape=str(entry.get("shape") or ""),
        subset=str(entry.get("subset") or "main"),
        evasion=entry.get("evasion"),
    )
