"""A canary takes requests of its champion's, so whatever may go to that one must be its to take.

What is proven of the champion's ways then holds for the canary's, and no request fails for having
been drawn.
"""

from __future__ import annotations

from collections.abc import Iterator

from router.config.yaml_document import KeyPath, YamlDocument
from router.errors import ConfigProblem
from router.registry.card import LifecycleState
from router.registry.schema import ModelEntry, ModelsFile


def check_canaries(file: ModelsFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    entries = {(entry.id, entry.version): entry for entry in file.models}
    for index, entry in enumerate(file.models):
        if entry.lifecycle.state is not LifecycleState.CANARY:
            continue
        path: KeyPath = ("models", index)
        said = file.aliases.get(entry.id)
        if said is None or said.candidate != entry.version or said.champion is None:
            yield document.problem(
                (*path, "lifecycle"),
                f"{entry.id}@{entry.version} is a canary, and not the candidate beside a champion",
                f"name both under `aliases.{entry.id}`",
            )
            continue
        champion = entries.get((entry.id, said.champion))
        if champion is not None:
            yield from _check_stands_in(entry, champion, path, document)


def _check_stands_in(
    canary: ModelEntry, champion: ModelEntry, path: KeyPath, document: YamlDocument
) -> Iterator[ConfigProblem]:
    name = f"{canary.id}@{canary.version}"
    if canary.location is not champion.location:
        yield document.problem(
            (*path, "location"),
            f"{name} is a canary and runs elsewhere than its champion",
            f"write `location: {champion.location.value}`, or give it an id of its own",
        )
    for key in ("approved_data_classes", "capabilities"):
        lacking = [str(v) for v in getattr(champion, key) if v not in getattr(canary, key)]
        if lacking:
            yield document.problem(
                (*path, key),
                f"{name} is a canary and lacks what its champion has: {', '.join(lacking)}",
                f"add {', '.join(lacking)}, or keep it in shadow",
            )
    outside = [region for region in canary.residency if region not in champion.residency]
    if outside:
        yield document.problem(
            (*path, "residency"),
            f"{name} is a canary and resides where its champion does not: {', '.join(outside)}",
            f"remove {', '.join(outside)}, or give it an id of its own",
        )
    if canary.context_tokens < champion.context_tokens:
        yield document.problem(
            (*path, "context_tokens"),
            f"{name} is a canary and takes fewer tokens than its champion",
            f"raise it to {champion.context_tokens}, or keep it in shadow",
        )
