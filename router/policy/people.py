"""`people` in policy.yaml: what is wrong with it, and what it becomes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from router.accounts.people.rules import PeopleRules
from router.config.yaml_document import YamlDocument
from router.errors import ConfigProblem
from router.policy.people_schema import PeopleSection

if TYPE_CHECKING:
    from router.policy.schema import PolicyFile


def people_rules(section: PeopleSection) -> PeopleRules:
    """The rules of a section that `check_people` has nothing against."""
    return PeopleRules()


def check_people(file: PolicyFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    """What the keys of the section must say together, and with the rest of the policy."""
    return iter(())
