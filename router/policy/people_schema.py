"""The format of `people` in policy.yaml."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from router.config.validate import ConfigModel, pattern
from router.domain import TEAM_NAME, Role

_Team: TypeAlias = Annotated[
    str,
    pattern(TEAM_NAME, "is no team's name", "write it as keys do: a-z, 0-9, '.', '_' and '-'"),
]
_Url: TypeAlias = Annotated[
    str,
    Field(max_length=200),
    pattern(
        r"https://[A-Za-z0-9._~:\[\]-]+(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?",
        "is no https URL without a query or a fragment",
        "write https://HOST[:PORT][/PATH], as the provider's openid-configuration has it",
    ),
]
_File: TypeAlias = Annotated[
    str,
    Field(max_length=1000),
    pattern(r"/[^\x00-\x1f]+", "is no absolute path", "write the whole path, from / on"),
]
_Claim: TypeAlias = Annotated[
    str,
    Field(max_length=200),
    pattern(r"[^\s\x00-\x1f]+", "is no name of a claim", "write it as it stands in the token"),
]
_Value: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]


class JwksSection(ConfigModel):
    """Where an issuer's signing keys are: a file, or a URL whose certificate is verified.

    `ca_file` has the authorities (PEM) that may have signed the certificate, in the place of the
    public ones.
    """

    file: _File | None = None
    url: _Url | None = None
    ca_file: _File | None = None


class IssuerEntry(ConfigModel):
    """One identity provider: its tokens, for this audience, are believed."""

    issuer: _Url
    audience: Annotated[str, Field(min_length=1, max_length=200)]
    jwks: JwksSection
    algorithms: Annotated[list[Literal["RS256", "ES256", "EdDSA"]], Field(min_length=1)]
    team_claim: _Claim | None = None
    teams: dict[_Value, _Team] = Field(default_factory=dict)
    roles_claim: _Claim | None = None
    roles: dict[_Value, Role] = Field(default_factory=dict)
    floor_claim: _Claim | None = None


class PeopleSection(ConfigModel):
    """Which identity providers vouch for people, and what of their tokens means what."""

    issuers: list[IssuerEntry] = Field(default_factory=list)
