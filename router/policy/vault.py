"""`vault` in policy.yaml: what is wrong with it, and what it becomes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from router.audit.vault.rules import ClassRules, Keep, VaultRules
from router.config.yaml_document import KeyPath, YamlDocument
from router.domain import DataClass
from router.errors import ConfigProblem
from router.policy.once import check_once
from router.policy.vault_schema import VaultClassEntry, VaultSection

if TYPE_CHECKING:
    from router.policy.schema import PolicyFile

_ANY = "any"


def vault_rules(section: VaultSection) -> VaultRules:
    """The rules of a section that `check_vault` has nothing against."""
    return VaultRules(
        classes={
            DataClass.from_label(label): ClassRules(entry.keep, entry.min_days, entry.max_days)
            for label, entry in section.classes.items()
        },
        regulated_purposes=frozenset(section.regulated_purposes),
        key_per=section.key_per,
    )


def check_vault(file: PolicyFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    """What is kept has to go one day, and not before it may."""
    section = file.vault
    for label, entry in section.classes.items():
        yield from _check_class(label, entry, section, document)
    yield from _check_regulated(section, document)


def _check_class(
    label: str, entry: VaultClassEntry, section: VaultSection, document: YamlDocument
) -> Iterator[ConfigProblem]:
    here: KeyPath = ("vault", "classes", label)
    if entry.max_days is not None and entry.min_days > entry.max_days:
        yield document.problem(
            (*here, "min_days"),
            f"texts of {label} must stay longer than they may: min_days is above max_days",
            f"lower min_days to at most {entry.max_days}, or raise max_days",
        )
    if entry.keep is Keep.NONE:
        if not section.regulated_purposes and (entry.min_days or entry.max_days):
            yield document.problem(
                here,
                f"the vault keeps nothing of {label}, and is told for how long",
                "write what to `keep`, or remove the days",
            )
    elif not entry.max_days:
        said = "kept for ever" if entry.max_days is None else "kept for no time"
        yield document.problem(
            (*here, "keep" if entry.max_days is None else "max_days"),
            f"texts of {label} would be {said}",
            "write after how many days they go: `max_days`",
        )


def _check_regulated(section: VaultSection, document: YamlDocument) -> Iterator[ConfigProblem]:
    purposes, here = section.regulated_purposes, ("vault", "regulated_purposes")
    yield from check_once(purposes, here, document)
    if _ANY in purposes:
        yield document.problem(
            (*here, purposes.index(_ANY)),
            "`any` is no purpose here: it would be taken for the name of one",
            "name the regulated purposes, or `keep: both` for every class",
        )
    for data_class in DataClass if purposes else ():
        label = data_class.label
        entry = section.classes.get(label, VaultClassEntry())  # type: ignore[call-overload]
        # Where the class keeps texts by itself, the same has been said of it already.
        if not entry.max_days and entry.keep is Keep.NONE:
            yield document.problem(
                ("vault", "classes", label),
                f"a regulated purpose keeps requests of every class, and {label} does not say "
                "for how long",
                f"write `{label}: {{max_days: …}}` under vault.classes, with at least one day",
            )
