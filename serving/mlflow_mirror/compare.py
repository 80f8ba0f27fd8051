"""What differs between models.yaml and its mirror."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from router.registry.registry import CANDIDATE, CHAMPION, RegisteredModel, Registry
from serving.mlflow_mirror.client import MirrorClient, MirroredModel, MirroredVersion
from serving.mlflow_mirror.tags import KEY, PREFIX, WEIGHTS_DIGEST, tags_of

ABSENT = MirroredModel((), {})


@dataclass(frozen=True, slots=True)
class Difference:
    """`model` is a registry key, or an id where it is about an alias; `what` is a tag, `alias:NAME`
    or `version`. `here` is what models.yaml says, `there` what MLflow says; None is nothing.
    """

    model: str
    what: str
    here: str | None
    there: str | None


def diff(
    registry: Registry, client: MirrorClient, policy_digest: str | None = None
) -> tuple[Difference, ...]:
    """Empty where the mirror is true. Versions that were never Ringfence's are not looked at.

    A digest that is not known here is no difference. Raises MirrorError.
    """
    found: list[Difference] = []
    for model_id in ids_of(registry):
        there = client.model(model_id) or ABSENT
        found += _of_versions(registry, model_id, there, policy_digest)
        found += _of_aliases(registry, model_id, there)
    return tuple(found)


def ids_of(registry: Registry) -> list[str]:
    """Each once, in the order of the file."""
    return list(dict.fromkeys(entry.spec.id for entry in registry.entries.values()))


def entries_of(registry: Registry, model_id: str) -> list[RegisteredModel]:
    return [entry for entry in registry.entries.values() if entry.spec.id == model_id]


def published(there: MirroredModel) -> dict[str, MirroredVersion]:
    """By registry key. The lowest number counts where two were published at once."""
    found: dict[str, MirroredVersion] = {}
    for version in there.versions:
        if KEY in version.tags:
            found.setdefault(version.tags[KEY], version)
    return found


def aliases_of(registry: Registry, model_id: str) -> dict[str, str | None]:
    """The key that each alias of ours means; None for one that models.yaml does not give."""
    return {
        CHAMPION: registry.aliases.get(model_id),
        CANDIDATE: registry.candidates.get(model_id),
    }


def _of_versions(
    registry: Registry, model_id: str, there: MirroredModel, policy_digest: str | None
) -> Iterator[Difference]:
    known = published(there)
    for entry in entries_of(registry, model_id):
        key = entry.spec.key
        version = known.pop(key, None)
        if version is None:
            yield Difference(key, "version", key, None)
        else:
            yield from _of_tags(key, tags_of(entry, policy_digest), version)
    for key, version in known.items():
        yield Difference(key, "version", None, str(version.number))


def _of_tags(key: str, wanted: dict[str, str], version: MirroredVersion) -> Iterator[Difference]:
    there = {tag: value for tag, value in version.tags.items() if tag.startswith(PREFIX)}
    for tag in sorted(wanted.keys() | there.keys()):
        is_unknown_here = tag == WEIGHTS_DIGEST and tag not in wanted
        if wanted.get(tag) != there.get(tag) and not is_unknown_here:
            yield Difference(key, tag, wanted.get(tag), there.get(tag))


def _of_aliases(registry: Registry, model_id: str, there: MirroredModel) -> Iterator[Difference]:
    keys = {version.number: version.tags.get(KEY) for version in there.versions}
    for alias, here in aliases_of(registry, model_id).items():
        number = there.aliases.get(alias)
        meant = None if number is None else keys.get(number) or f"version {number}"
        if here != meant:
            yield Difference(model_id, f"alias:{alias}", here, meant)
