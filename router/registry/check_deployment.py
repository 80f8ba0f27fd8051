"""How an engine is deployed: counts that contradict, and places where it must not or cannot run."""

from __future__ import annotations

from collections.abc import Iterator

from router.config.yaml_document import KeyPath, YamlDocument
from router.errors import ConfigProblem
from router.registry.deployment import SECURE, TOLERANCE
from router.registry.schema import ModelEntry, VllmEntry

_SPLIT = "tensor_parallel_size"


def check_deployment(
    entry: ModelEntry, backend: VllmEntry, path: KeyPath, document: YamlDocument
) -> Iterator[ConfigProblem]:
    """`path` is the model's."""
    here = (*path, "backend")
    yield from _check_replicas(backend, here, document)
    yield from _check_autoscaling(backend, here, document)
    yield from _check_split(entry, backend, here, document)
    zone = backend.placement.zone
    if zone not in (None, SECURE) and "restricted" in entry.approved_data_classes:
        yield document.problem(
            (*here, "placement", "zone"),
            f"{entry.id} is approved for restricted, and its zone is {zone}",
            f"write `zone: {SECURE}`, or remove `restricted` from its approved data classes",
        )
    if backend.placement.accelerator_type is not None and "cuda" not in backend.profiles:
        yield document.problem(
            (*here, "placement", "accelerator_type"),
            f"{entry.id} asks for a GPU, and has a profile for none",
            "add the profile `cuda`, or remove the line",
        )


def _check_replicas(
    backend: VllmEntry, here: KeyPath, document: YamlDocument
) -> Iterator[ConfigProblem]:
    replicas = backend.replicas
    if replicas.min > replicas.max:
        yield document.problem(
            (*here, "replicas", "max"),
            f"`max` is {replicas.max}, and `min` is {replicas.min}",
            "exchange the two, or raise `max`",
        )
    elif replicas.target is not None and not replicas.min <= replicas.target <= replicas.max:
        yield document.problem(
            (*here, "replicas", "target"),
            f"`target` is {replicas.target}, outside of {replicas.min} to {replicas.max}",
            "choose a target from `min` to `max`",
        )


def _check_autoscaling(
    backend: VllmEntry, here: KeyPath, document: YamlDocument
) -> Iterator[ConfigProblem]:
    replicas, rule = backend.replicas, backend.autoscaling
    if rule is None:
        return
    targets = (
        rule.target_ongoing_requests,
        rule.target_kv_use,
        rule.target_waiting_requests,
        rule.ttft_objective_s,
    )
    if all(target is None for target in targets):
        yield document.problem(
            (*here, "autoscaling"),
            "there is no target that the count of replicas could follow",
            "add one or more of `target_ongoing_requests`, `target_kv_use`, "
            "`target_waiting_requests` and `ttft_objective_s`, or remove `autoscaling`",
        )
    if replicas.min == replicas.max:
        yield document.problem(
            (*here, "autoscaling"),
            f"the count cannot follow the load: `min` and `max` are both {replicas.min}",
            "write `replicas: {min: 1, max: 4}` with your own bounds, or remove `autoscaling`",
        )
    most = backend.max_ongoing_requests
    target = rule.target_ongoing_requests
    if target is not None and target * (1 + TOLERANCE) >= most:
        yield document.problem(
            (*here, "autoscaling", "target_ongoing_requests"),
            "a replica never has so many requests under way that one would be added: it takes "
            f"{most}, and gates keep some of these places free",
            "write at most a third of `max_ongoing_requests`, or follow `target_kv_use`",
        )


def _check_split(
    entry: ModelEntry, backend: VllmEntry, here: KeyPath, document: YamlDocument
) -> Iterator[ConfigProblem]:
    """The engine splits as its arguments say, and gets the GPUs that the placement says."""
    split = backend.placement.tensor_parallel
    for accelerator, profile in backend.profiles.items():
        said = profile.engine.get(_SPLIT, 1)
        if accelerator == "cuda" and said != split:
            yield document.problem(
                (*here, "profiles", accelerator, "engine", _SPLIT),
                f"the engine of {entry.id} splits over {said} GPUs, and its placement has {split}",
                f"write `{_SPLIT}: {split}`, or `placement: {{tensor_parallel: {said}}}`",
            )
        if accelerator == "cuda" and split > 1 and profile.gpus != 1:
            yield document.problem(
                (*here, "profiles", accelerator, "gpus"),
                f"{entry.id} splits over {split} GPUs, and takes {profile.gpus:g} of each",
                "write `gpus: 1`: it is what each part of a replica takes",
            )
