"""`fallbacks` in policy.yaml: what stands in for a model, and for what stands in for it."""

from __future__ import annotations

from collections.abc import Iterator

from router.config.validate import closest
from router.config.yaml_document import KeyPath, YamlDocument
from router.domain import Capability, ModelSpec
from router.errors import ConfigProblem
from router.policy.once import check_once
from router.policy.schema import PolicyFile
from router.registry.registry import Registry


def fallback_rules(file: PolicyFile, registry: Registry) -> dict[str, tuple[str, ...]]:
    """By registry key. For a file that `check_fallbacks` has nothing against."""
    rules: dict[str, tuple[str, ...]] = {}
    for name, targets in file.fallbacks.items():
        model = registry.resolve(name)
        found = (registry.resolve(target) for target in targets)
        if model is not None:
            rules[model.key] = tuple(target.key for target in found if target is not None)
    return rules


def check_fallbacks(
    file: PolicyFile, document: YamlDocument, registry: Registry
) -> Iterator[ConfigProblem]:
    """Whatever is named is in the registry and can stand in for what is named before it."""
    in_tiers = {
        model.key
        for names in file.tiers.values()
        for name in names
        if (model := registry.resolve(name)) is not None
    }
    sources: dict[str, str] = {}
    for name, targets in file.fallbacks.items():
        here: KeyPath = ("fallbacks", name)
        source = registry.resolve(name)
        if source is None:
            yield _unknown(name, here, document, registry)
        elif source.key in sources:
            yield document.problem(
                here,
                f"the fallbacks of {source.key} are already under {sources[source.key]}",
                "write them in one place",
            )
        else:
            sources[source.key] = name
            yield from _check_member(source, here, document, in_tiers)
        found = [registry.resolve(target) for target in targets]
        keys = [model.key for model in found if model is not None]
        yield from check_once(keys, here, document)
        for index, (target, model) in enumerate(zip(targets, found, strict=True)):
            if model is None:
                yield _unknown(target, (*here, index), document, registry)
            elif source is not None and model.key == source.key:
                yield document.problem(
                    (*here, index), f"{model.key} falls back to itself", f"remove {target}"
                )
            else:
                yield from _check_member(model, (*here, index), document, in_tiers)


def _check_member(
    model: ModelSpec, path: KeyPath, document: YamlDocument, in_tiers: set[str]
) -> Iterator[ConfigProblem]:
    if model.capabilities == {Capability.EMBEDDINGS}:
        yield document.problem(
            path,
            f"{model.key} makes embeddings, and vectors of two models cannot be compared",
            f"take {model.id} out of fallbacks",
        )
    elif model.key not in in_tiers:
        yield document.problem(
            path,
            f"{model.key} is in no tier, so that no request ever leads to it",
            f"add {model.id} to a tier, or take it out of fallbacks",
        )


def _unknown(name: str, path: KeyPath, document: YamlDocument, registry: Registry) -> ConfigProblem:
    known = [*registry.aliases, *registry.entries]
    near = closest(name, known)
    hint = f"write `{near}`" if near else f"name one of: {', '.join(registry.aliases)}"
    return document.problem(
        path,
        f"fallbacks name {name}, which the registry does not have",
        f"{hint}, or add it to models.yaml",
    )
