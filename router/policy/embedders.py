"""Which model makes a request's vectors: the one that is named, or the one of a task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from router.config.validate import closest
from router.config.yaml_document import YamlDocument
from router.domain import AUTO, Capability, InferenceRequest, ModelSpec
from router.errors import ConfigProblem, InvalidRequest
from router.task import Task

if TYPE_CHECKING:
    from router.policy.policy import Rules
    from router.policy.schema import PolicyFile
    from router.registry.registry import Registry


def embedder_of(request: InferenceRequest, named: ModelSpec | None, rules: Rules) -> ModelSpec:
    """The one model whose vectors the request gets; nothing stands in for it.

    `named` is the model that the request names. For `auto` it is the one that the policy gives the
    task that the caller declares, else the one of `other`: a task is never guessed here, since a
    wrong guess would mix the vectors of two models in one index. Raises InvalidRequest.
    """
    if named is not None and Capability.EMBEDDINGS in named.capabilities:
        return named
    embedders = rules.policy.routing.embedders
    if request.choice == AUTO and embedders:
        key = embedders.get(request.task or Task.OTHER, embedders.get(Task.OTHER))
        if key is not None:
            return rules.registry.entries[key].spec
        tasks = ", ".join(task.value for task in embedders)
        raise InvalidRequest(
            "The policy has no embedding model for this: say the task in x-ringfence-task (one of: "
            f"{tasks}), or name the model.",
            param="model",
        )
    names = dict.fromkeys(model.id for model in _embedding_models(rules.registry))
    known = f"name one of: {', '.join(names)}" if names else "none is registered"
    raise InvalidRequest(
        f"Embeddings are made by the embedding model that `model` names, never by a tier; {known}.",
        param="model",
    )


def check_embedders(
    file: PolicyFile, document: YamlDocument, registry: Registry
) -> Iterator[ConfigProblem]:
    """`routing.embeddings` names versions of models that make embeddings."""
    known = [model.key for model in _embedding_models(registry)]
    for task, key in file.routing.embeddings.items():
        if key in known:
            continue
        model = registry.resolve(key)
        why = (
            "which the registry does not have"
            if model is None
            else "which makes no embeddings"
            if Capability.EMBEDDINGS not in model.capabilities
            else "whose version may change, and the vectors with it"
        )
        near = closest(key, known) if model is None else model.key if model.key in known else None
        cure = f"write `{near}`" if near else f"name one of: {', '.join(known) or 'none is there'}"
        yield document.problem(
            ("routing", "embeddings", task.value), f"{task.value} is embedded by {key}, {why}", cure
        )


def _embedding_models(registry: Registry) -> Iterator[ModelSpec]:
    return (model for model in registry.models if Capability.EMBEDDINGS in model.capabilities)
