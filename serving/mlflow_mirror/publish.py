"""models.yaml → MLflow. Doing it twice is the same as doing it once."""

from __future__ import annotations

from router.registry.registry import RegisteredModel, Registry
from serving.mlflow_mirror.client import MirrorClient
from serving.mlflow_mirror.compare import (
    Difference,
    aliases_of,
    diff,
    entries_of,
    ids_of,
    published,
)
from serving.mlflow_mirror.errors import MirrorDiffers
from serving.mlflow_mirror.tags import WEIGHTS_DIGEST, tags_of


def publish(
    registry: Registry, client: MirrorClient, policy_digest: str | None = None
) -> tuple[Difference, ...]:
    """Makes the mirror say what models.yaml says; returns what differed and does no more.

    Effects: registered models, versions, tags and aliases there. What models.yaml no longer has
    stays, as do versions, tags and aliases that are not ours. Raises MirrorError, and MirrorDiffers
    before anything is written where a published version would get other weights.
    """
    differing = [each for each in diff(registry, client, policy_digest) if _is_ours(each)]
    for each in differing:
        if each.what == WEIGHTS_DIGEST and each.there is not None:
            raise MirrorDiffers(
                f"{each.model} was published with the weights {each.there} and has {each.here} "
                "here: other weights are another version, give them one in models.yaml"
            )
    for model_id in ids_of(registry):
        concerned = [each for each in differing if each.model.partition("@")[0] == model_id]
        if concerned:
            _publish_model(registry, model_id, concerned, client, policy_digest)
    return tuple(differing)


def _publish_model(
    registry: Registry,
    model_id: str,
    differing: list[Difference],
    client: MirrorClient,
    policy_digest: str | None,
) -> None:
    there = client.model(model_id)
    if there is None:
        client.create_model(model_id)
    numbers = {} if there is None else {k: v.number for k, v in published(there).items()}
    for entry in entries_of(registry, model_id):
        if entry.spec.key not in numbers:
            numbers[entry.spec.key] = _create(entry, client, policy_digest)
    aliases = aliases_of(registry, model_id)
    for each in differing:
        kind, _, alias = each.what.partition(":")
        if kind == "alias":
            key = aliases[alias]
            if key is None:
                client.delete_alias(model_id, alias)
            else:
                client.set_alias(model_id, alias, numbers[key])
        elif kind != "version" and each.here is None:
            client.delete_tag(model_id, numbers[each.model], each.what)
        elif kind != "version" and each.here is not None:
            client.set_tag(model_id, numbers[each.model], each.what, each.here)


def _create(entry: RegisteredModel, client: MirrorClient, policy_digest: str | None) -> int:
    # MLflow wants a place where the artifacts are; they stay where they are.
    source = f"ringfence:///{entry.spec.key}"
    return client.create_version(entry.spec.id, source, tags_of(entry, policy_digest))


def _is_ours(difference: Difference) -> bool:
    return difference.what != "version" or difference.here is not None
