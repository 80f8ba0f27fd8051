"""What the keys of models.yaml must say together: ids, and claims that contradict."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from router.config.yaml_document import KeyPath, YamlDocument
from router.domain import AUTO, Capability, DataClass, Location, Tier
from router.errors import ConfigProblem
from router.registry.check_aliases import check_aliases
from router.registry.check_canary import check_canaries
from router.registry.check_card import check_card
from router.registry.check_deployment import check_deployment
from router.registry.check_http import check_http
from router.registry.check_price import check_price
from router.registry.check_providers import check_providers
from router.registry.check_shadow import check_shadows
from router.registry.registry import CANDIDATE, CHAMPION
from router.registry.schema import HttpEntry, ModelEntry, ModelsFile, VllmEntry

_RESERVED_IDS = {AUTO, "any", *(tier.value for tier in Tier)}


def check_models(
    file: ModelsFile, document: YamlDocument, directory: Path, complete: bool
) -> Iterator[ConfigProblem]:
    """All problems of a file whose format is right.

    Paths of records are taken from `directory`. `complete` is whether the file's schema has all the
    keys, so that what is not there was forgotten.
    """
    yield from _check_ids(file, document)
    yield from check_aliases(file, document)
    yield from check_canaries(file, document)
    yield from check_shadows(file, document)
    yield from check_providers(file, document, complete)
    for index, entry in enumerate(file.models):
        path: KeyPath = ("models", index)
        yield from _check_claims(entry, path, document)
        yield from check_card(entry, path, document, directory, complete)
        yield from check_price(entry, path, document, directory)
        match entry.backend:
            case VllmEntry():
                yield from _check_vllm(entry, entry.backend, path, document)
                yield from check_deployment(entry, entry.backend, path, document)
            case HttpEntry():
                yield from check_http(entry, entry.backend, path, document)


def _check_ids(file: ModelsFile, document: YamlDocument) -> Iterator[ConfigProblem]:
    first_lines: dict[tuple[str, str], int] = {}
    for index, entry in enumerate(file.models):
        path = ("models", index, "id")
        if entry.id in _RESERVED_IDS:
            yield document.problem(
                path, f"the id {entry.id} is the name of a choice", "give the model another id"
            )
        if entry.version in {CHAMPION, CANDIDATE}:
            yield document.problem(
                ("models", index, "version"),
                f"{entry.version} is the name of an alias",
                "give the version another name",
            )
        key = (entry.id, entry.version)
        if key in first_lines:
            yield document.problem(
                path,
                f"{entry.id}@{entry.version} is already on line {first_lines[key]}",
                "give one of the two another version, or remove it",
            )
        first_lines.setdefault(key, document.line(path))


def _check_claims(
    entry: ModelEntry, path: KeyPath, document: YamlDocument
) -> Iterator[ConfigProblem]:
    for key in ("residency", "approved_data_classes", "capabilities"):
        values = getattr(entry, key)
        if len(set(values)) != len(values):
            yield document.problem((*path, key), f"{key} names one twice", "keep one of them")
    if entry.location is not Location.EXTERNAL:
        return
    if "restricted" in entry.approved_data_classes:
        yield document.problem(
            (*path, "approved_data_classes"),
            f"{entry.id} is external and approved for restricted, which never leaves",
            "remove `restricted`, or serve the model on-prem",
        )
    highest = max(map(DataClass.from_label, entry.approved_data_classes))
    skipped = [
        lower.label
        for lower in DataClass
        if lower < highest and lower.label not in entry.approved_data_classes
    ]
    if skipped:
        # Otherwise a request could get out by becoming more sensitive.
        yield document.problem(
            (*path, "approved_data_classes"),
            f"{entry.id} is external and approved for {highest.label}, but not for what is less "
            f"sensitive: {', '.join(skipped)}",
            f"add {', '.join(skipped)}, or remove what is above",
        )
    if Location.ON_PREM.value in entry.residency:
        yield document.problem(
            (*path, "residency"),
            f"{entry.id} is external and claims to reside on-prem",
            "name the region in which the provider processes, such as `us` or `eu`",
        )


def _check_vllm(
    entry: ModelEntry, backend: VllmEntry, path: KeyPath, document: YamlDocument
) -> Iterator[ConfigProblem]:
    here = (*path, "backend")
    if entry.location is not Location.ON_PREM:
        yield document.problem(
            (*path, "location"),
            f"{entry.id} is a vllm deployment of this cluster and claims to be external",
            "write `location: on-prem`",
        )
    if (backend.weights.embedded is None) == (backend.weights.path is None):
        yield document.problem(
            (*here, "weights"),
            "weights need exactly one of `embedded` and `path`",
            "write `weights: {embedded: NAME}` or `weights: {path: DIRECTORY}`",
        )
    for accelerator, profile in backend.profiles.items():
        at = (*here, "profiles", accelerator)
        if (accelerator == "cuda") != (profile.gpus > 0):
            yield document.problem(
                (*at, "gpus"),
                f"the {accelerator} profile of {entry.id} asks for {profile.gpus:g} GPUs",
                "give `cuda` profiles a positive `gpus`" if accelerator == "cuda" else "remove it",
            )
        max_model_len = profile.engine.get("max_model_len")
        if isinstance(max_model_len, int) and max_model_len < entry.context_tokens:
            yield document.problem(
                (*at, "engine", "max_model_len"),
                f"the engine takes {max_model_len} tokens, fewer than the "
                f"{entry.context_tokens} of `context_tokens`",
                "raise `max_model_len`, or lower `context_tokens`",
            )
    if Capability.EMBEDDINGS in entry.capabilities and len(entry.capabilities) > 1:
        yield document.problem(
            (*path, "capabilities"),
            f"{entry.id} claims embeddings beside others; the engine runs a model one way",
            "make two entries of it",
        )
