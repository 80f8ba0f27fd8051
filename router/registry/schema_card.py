"""The keys of models.yaml that make up a model's card."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from router.config.validate import ConfigModel, pattern
from router.registry.card import LifecycleState

Name: TypeAlias = Annotated[
    str,
    pattern(
        r"[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]{0,126}[^\s\x00-\x1f\x7f])?",
        "is no name",
        "write 1 to 128 characters on one line, with no space at either end",
    ),
]
WeightsDigest: TypeAlias = Annotated[
    str,
    pattern(
        r"sha256:[0-9a-f]{64}",
        "is not a weights digest",
        "write `sha256:` and the 64 hex digits that the import of the weights printed",
    ),
]
RecordDigest: TypeAlias = Annotated[
    str,
    pattern(r"[0-9a-f]{64}", "is not a SHA-256", "write the 64 hex digits of `sha256sum FILE`"),
]


def _day(value: object) -> object:
    """Only YYYY-MM-DD: the library would take seconds since the epoch, in quotes, as well."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def _quoted_day(value: object) -> object:
    day = _day(value)
    if day is None:
        said = {"problem": "is no day", "cure": 'write it in quotes: "2027-05-31"'}
        raise PydanticCustomError("pattern", "{problem}", said)
    return day


QuotedDate: TypeAlias = Annotated[date, BeforeValidator(_quoted_day)]


class LifecycleEntry(ConfigModel):
    """`canary_share` belongs to the state `canary` and to no other, `shadow_share` to `shadow`."""

    state: LifecycleState = LifecycleState.PRODUCTION
    since: QuotedDate | None = None
    canary_share: Annotated[float, Field(gt=0, lt=1)] | None = None
    shadow_share: Annotated[float, Field(ge=0, le=1)] = 0.0


class CertificationEntry(ConfigModel):
    """`expires` is the last day on which it is valid, in UTC."""

    name: Name
    expires: QuotedDate


def _reference(value: object) -> object:
    """A figure that somebody typed has no machine, no version and no workload that it is of."""
    if isinstance(value, dict):
        return value
    said = {
        "problem": "is no reference to a benchmark record",
        "cure": "write `{record: FILE, sha256: DIGEST}`; figures come from records, never by hand",
    }
    raise PydanticCustomError("pattern", "{problem}", said)


class RecordFields(ConfigModel):
    """`record` is taken from where models.yaml lies; `sha256` says which contents were meant."""

    record: Annotated[str, Field(min_length=1)]
    sha256: RecordDigest


RecordEntry: TypeAlias = Annotated[RecordFields, BeforeValidator(_reference)]
