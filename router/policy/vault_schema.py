"""The format of `vault` in policy.yaml."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from router.audit.vault.rules import Keep, KeyPer
from router.config.validate import ConfigModel, pattern
from router.domain import TEAM_NAME
from router.registry.schema import DataClassLabel

Days: TypeAlias = Annotated[int, Field(ge=0, le=36_500)]
Purpose: TypeAlias = Annotated[
    str,
    pattern(TEAM_NAME, "is no purpose", "write it as keys do: a-z, 0-9, '.', '_' and '-'"),
]


class VaultClassEntry(ConfigModel):
    """What is kept of requests of a class, and for how many days at least and at most."""

    keep: Keep = Keep.NONE
    min_days: Days = 0
    max_days: Days | None = None


class VaultSection(ConfigModel):
    """What the vault keeps, for how long, and for which purposes it must."""

    key_per: KeyPer = KeyPer.SUBJECT
    classes: dict[DataClassLabel, VaultClassEntry] = Field(default_factory=dict)
    regulated_purposes: list[Purpose] = Field(default_factory=list)
