"""An alias in MLflow → a key of models.yaml, if the two agree on what that is."""

from __future__ import annotations

from router.registry.card import LifecycleState
from router.registry.registry import Registry, VllmBackend
from serving.mlflow_mirror.client import MirrorClient, MirroredVersion
from serving.mlflow_mirror.errors import MirrorDiffers, MirrorError
from serving.mlflow_mirror.tags import KEY, WEIGHTS_DIGEST, weights_digest_of


def follow(registry: Registry, client: MirrorClient, model_id: str, alias: str) -> str:
    """The registry key that `alias` of `model_id` means there.

    Who may write to MLflow thereby chooses among the versions that models.yaml has, and cannot
    bring in another or give one other weights. Raises MirrorError where there is no such alias, and
    MirrorDiffers where what it leads to is not what models.yaml says.
    """
    version = _aliased(client, model_id, alias)
    place = f"version {version.number} of {model_id} in MLflow"
    key = version.tags.get(KEY)
    if key is None:
        raise MirrorDiffers(
            f"{place} is none that Ringfence published: enter it in models.yaml, run `ringfence "
            f"mlflow publish`, and set {alias!r} to the version that this makes"
        )
    entry = registry.entries.get(key)
    if entry is None or entry.spec.id != model_id:
        raise MirrorDiffers(
            f"{place} is tagged {key}, which models.yaml does not have as a version of {model_id}: "
            f"enter it there, or set {alias!r} to one that it has"
        )
    if entry.card.lifecycle.state is LifecycleState.RETIRED:
        raise MirrorDiffers(f"{key} is retired: set {alias!r} in MLflow to a version that is not")
    here, there = weights_digest_of(entry), version.tags.get(WEIGHTS_DIGEST)
    if here is None and isinstance(entry.backend, VllmBackend):
        raise MirrorDiffers(
            f"the weights of {key} are not known here: ringfence weights import {key}"
        )
    if here != there:
        raise MirrorDiffers(
            f"{place} is tagged with the weights {there}, and {key} has {here} here: find out "
            "which are right; other weights are another version"
        )
    return key


def _aliased(client: MirrorClient, model_id: str, alias: str) -> MirroredVersion:
    model = client.model(model_id)
    if model is None:
        raise MirrorError(f"MLflow has no model {model_id!r}: ringfence mlflow publish")
    number = model.aliases.get(alias)
    for version in model.versions:
        if version.number == number:
            return version
    known = ", ".join(sorted(model.aliases)) or "none"
    raise MirrorError(
        f"{model_id} has no alias {alias!r} in MLflow; it has {known}: set one there, or run "
        "`ringfence mlflow publish`"
    )
