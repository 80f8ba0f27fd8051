"""A MirrorClient in memory, held to the same tests as the one of a real server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from serving.mlflow_mirror.client import MirroredModel, MirroredVersion
from serving.mlflow_mirror.errors import MirrorError


@dataclass
class _Model:
    versions: list[dict[str, str]] = field(default_factory=list)
    aliases: dict[str, int] = field(default_factory=dict)


class MemoryMirror:
    """`writes` counts what was changed."""

    def __init__(self) -> None:
        self.writes = 0
        self._models: dict[str, _Model] = {}

    def model(self, name: str) -> MirroredModel | None:
        found = self._models.get(name)
        if found is None:
            return None
        versions = (
            MirroredVersion(number, MappingProxyType(dict(tags)))
            for number, tags in enumerate(found.versions, start=1)
        )
        return MirroredModel(tuple(versions), dict(found.aliases))

    def create_model(self, name: str) -> None:
        if name in self._models:
            raise MirrorError(f"{name} is there already")
        self.writes += 1
        self._models[name] = _Model()

    def create_version(self, name: str, source: str, tags: Mapping[str, str]) -> int:
        self.writes += 1
        self._models[name].versions.append(dict(tags))
        return len(self._models[name].versions)

    def set_tag(self, name: str, number: int, tag: str, value: str) -> None:
        self.writes += 1
        self._models[name].versions[number - 1][tag] = value

    def delete_tag(self, name: str, number: int, tag: str) -> None:
        self.writes += 1
        del self._models[name].versions[number - 1][tag]

    def set_alias(self, name: str, alias: str, number: int) -> None:
        self.writes += 1
        self._models[name].aliases[alias] = number

    def delete_alias(self, name: str, alias: str) -> None:
        self.writes += 1
        del self._models[name].aliases[alias]
