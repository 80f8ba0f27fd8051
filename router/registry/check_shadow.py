"""A shadow that gets copies of requests is the candidate beside the champion that they are of."""

from __future__ import annotations

from collections.abc import Iterator

from router.config.yaml_document import YamlDocument
from router.errors import ConfigProblem
from router.registry.card import LifecycleState
from router.registry.schema import ModelsFile


def check_shadows(file: ModelsFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    for index, entry in enumerate(file.models):
        if not entry.lifecycle.shadow_share:
            continue
        here = ("models", index, "lifecycle", "shadow_share")
        if entry.lifecycle.state is not LifecycleState.SHADOW:
            yield document.problem(
                here,
                f"{entry.id} has a share of copies and is no shadow",
                "remove `shadow_share`, or write `state: shadow`",
            )
            continue
        said = file.aliases.get(entry.id)
        if said is None or said.candidate != entry.version or said.champion is None:
            yield document.problem(
                here,
                f"{entry.id}@{entry.version} gets copies, and is not the candidate beside a "
                "champion",
                f"name both under `aliases.{entry.id}`, or remove `shadow_share`",
            )
