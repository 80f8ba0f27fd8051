"""The keys of models.yaml that say who stands behind external models."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from router.config.validate import ConfigModel, pattern
from router.registry.schema_card import Name, QuotedDate

DataClassLabel: TypeAlias = Literal["public", "internal", "confidential", "restricted"]
ProviderName: TypeAlias = Annotated[
    str,
    pattern(
        r"[a-z0-9][a-z0-9._-]{0,127}",
        "is not the name of a provider",
        "write what `backend.provider` of its models says",
    ),
]
Country: TypeAlias = Annotated[
    str,
    pattern(r"[A-Z]{2}", "is not a country", "write its two letters in ISO 3166, such as DE or US"),
]
ContractKind: TypeAlias = Annotated[
    str,
    pattern(
        r"[A-Z][A-Za-z0-9-]{1,31}",
        "is not a kind of contract",
        "write its usual abbreviation, such as DPA, BAA or SCC",
    ),
]


class ContractEntry(ConfigModel):
    """In force from `signed` to `expires`, both days included; without `expires`, until ended."""

    kind: ContractKind
    signed: QuotedDate
    expires: QuotedDate | None = None
    covers: Annotated[list[DataClassLabel], Field(min_length=1)]


class TermsEntry(ConfigModel):
    """The provider's own terms: where they are, and who accepted them by using the service."""

    document: Annotated[str, Field(min_length=1, max_length=512)]
    accepted_by: Name


class ProviderEntry(ConfigModel):
    """What is left out is not stated, and is exported as such."""

    legal_entity: Name | None = None
    jurisdiction: Country | None = None
    countries_of_processing: Annotated[list[Country], Field(min_length=1)] | None = None
    sub_processors: list[Name] | None = None
    terms: TermsEntry | None = None
    contracts: list[ContractEntry] = Field(default_factory=list)
