"""`limits` in policy.yaml: what is wrong with it, and what it becomes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from router.accounts.limits.rules import LimitRules
from router.config.yaml_document import YamlDocument
from router.errors import ConfigProblem
from router.policy.limits_schema import LimitsSection

if TYPE_CHECKING:
    from router.policy.schema import PolicyFile


def limit_rules(section: LimitsSection) -> LimitRules:
    """The rules of a section that `check_limits` has nothing against."""
    return LimitRules()


def check_limits(file: PolicyFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    """What the keys of the section must say together, and with the rest of the policy."""
    return iter(())
