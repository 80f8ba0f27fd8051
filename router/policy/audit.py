"""`audit` in policy.yaml: what is wrong with it, and what it becomes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from router.audit.log.rules import AuditRules
from router.config.yaml_document import YamlDocument
from router.errors import ConfigProblem
from router.policy.audit_schema import AuditSection

if TYPE_CHECKING:
    from router.policy.schema import PolicyFile


def audit_rules(section: AuditSection) -> AuditRules:
    """The rules of a section that `check_audit` has nothing against."""
    return AuditRules()


def check_audit(file: PolicyFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    """What the keys of the section must say together, and with the rest of the policy."""
    return iter(())
