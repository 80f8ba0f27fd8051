"""A model's card: nothing forgotten, a lifecycle that can be, figures that were measured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from router.config.yaml_document import KeyPath, YamlDocument
from router.errors import ConfigProblem
from router.registry.card import LifecycleState, RecordReference
from router.registry.quality import QUALITY, quality_of
from router.registry.records import RecordProblem, read_referenced
from router.registry.schema import ModelEntry, VllmEntry

_REQUIRED = ("owner", "licence", "lifecycle", "next_review")


def check_card(
    entry: ModelEntry, path: KeyPath, document: YamlDocument, directory: Path, complete: bool
) -> Iterator[ConfigProblem]:
    if complete:
        for name in _REQUIRED:
            if name not in entry.model_fields_set or getattr(entry, name) is None:
                yield document.problem(
                    path, f"`{name}` of {entry.id} is missing", f"add the key `{name}`"
                )
        yield from _check_lifecycle(entry, (*path, "lifecycle"), document)
    yield from _check_certifications(entry, (*path, "certifications"), document)
    if entry.weights_digest is not None and not isinstance(entry.backend, VllmEntry):
        yield document.problem(
            (*path, "weights_digest"),
            f"the weights of {entry.id} are elsewhere, where nobody of ours can measure them",
            "remove `weights_digest`",
        )
    for name, figure in entry.measured.items():
        try:
            record = read_referenced(RecordReference(directory / figure.record, figure.sha256))
            if name == QUALITY:
                quality_of(record, f"{entry.id}@{entry.version}", entry.weights_digest)
        except RecordProblem as problem:
            yield document.problem((*path, "measured", name), str(problem), problem.cure)


def _check_lifecycle(
    entry: ModelEntry, here: KeyPath, document: YamlDocument
) -> Iterator[ConfigProblem]:
    said = entry.lifecycle
    if "lifecycle" in entry.model_fields_set:
        for name in ("state", "since"):
            if name not in said.model_fields_set or getattr(said, name) is None:
                yield document.problem(
                    here, f"`lifecycle.{name}` of {entry.id} is missing", f"add the key `{name}`"
                )
    is_canary = said.state is LifecycleState.CANARY
    if is_canary and said.canary_share is None:
        yield document.problem(
            here, f"{entry.id} is a canary of no share", "add `canary_share: 0.05`"
        )
    if not is_canary and said.canary_share is not None:
        yield document.problem(
            (*here, "canary_share"),
            f"{entry.id} has a share and is no canary",
            "remove `canary_share`, or write `state: canary`",
        )


def _check_certifications(
    entry: ModelEntry, here: KeyPath, document: YamlDocument
) -> Iterator[ConfigProblem]:
    seen: set[str] = set()
    for index, certification in enumerate(entry.certifications):
        if certification.name in seen:
            yield document.problem(
                (*here, index, "name"),
                f"{entry.id} has the certification {certification.name} twice",
                "keep the one that is valid",
            )
        seen.add(certification.name)
