"""`vault` in policy.yaml: what is wrong with it, and what it becomes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from router.audit.vault.rules import VaultRules
from router.config.yaml_document import YamlDocument
from router.errors import ConfigProblem
from router.policy.vault_schema import VaultSection

if TYPE_CHECKING:
    from router.policy.schema import PolicyFile


def vault_rules(section: VaultSection) -> VaultRules:
    """The rules of a section that `check_vault` has nothing against."""
    return VaultRules()


def check_vault(file: PolicyFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    """What the keys of the section must say together, and with the rest of the policy."""
    return iter(())
