"""`audit` in policy.yaml: what is wrong with it, and what it becomes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from router.audit.log.rules import AuditRules, FilePlace, HttpPlace, Place, SyslogPlace
from router.config.yaml_document import KeyPath, YamlDocument
from router.errors import ConfigProblem
from router.policy.audit_schema import (
    AuditSection,
    FilePlaceEntry,
    HttpPlaceEntry,
    PlaceEntry,
)

if TYPE_CHECKING:
    from router.policy.schema import PolicyFile


def audit_rules(section: AuditSection) -> AuditRules:
    """The rules of a section that `check_audit` has nothing against."""
    return AuditRules(
        section.checkpoint_interval_s,
        tuple(map(_place, section.publish)),
        section.retention_days,
    )


def check_audit(file: PolicyFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    """What the keys of the section must say together, and with the rest of the policy."""
    seen: set[str] = set()
    for number, entry in enumerate(file.audit.publish):
        here: KeyPath = ("audit", "publish", number)
        place = _place(entry)
        if place.name in seen:
            yield document.problem(
                here,
                f"the place {place.name} is named twice",
                "remove one of the two: each checkpoint is sent to a place once",
            )
        seen.add(place.name)
        if isinstance(place, FilePlace):
            continue
        key = "url" if isinstance(place, HttpPlace) else "address"
        if not _names_a_port(place.url if isinstance(place, HttpPlace) else place.address):
            yield document.problem(
                (*here, key), f"{place.name} has no port between 1 and 65535", "write one of those"
            )


def _place(entry: PlaceEntry) -> Place:
    if isinstance(entry, FilePlaceEntry):
        return FilePlace(entry.path)
    if isinstance(entry, HttpPlaceEntry):
        return HttpPlace(entry.url, entry.ca_file, entry.token_file)
    return SyslogPlace(entry.address)


def _names_a_port(address: str) -> bool:
    try:
        return urlsplit(address).port != 0
    except ValueError:
        return False
